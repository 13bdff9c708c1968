// What the React peers share: one render for each delta, done when `write` returns.

import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";

// React wants its turn now and then, as it would get between two deltas of a real stream.
export const TURN = 25;

export function openReact(stage, view) {
  const host = stage.appendChild(document.createElement("div"));
  const root = createRoot(host);
  const show = (text, done) => flushSync(() => root.render(view(text, done)));
  let text = "";
  show("", false);
  return {
    host,
    parts: [host],
    turn: TURN,
    write: (line) => show((text += JSON.parse(line).text), false),
    end: () => show(text, true),
  };
}
