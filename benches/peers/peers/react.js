// What the React peers share: each delta is on the page when `write` returns. A peer that keeps the text in a state of its
// own, set in an effect, needs two flushes for that: the first alone would leave it one delta behind. The second is given the
// very same element, so that only what has a new state is rendered again.

import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";

// React wants its turn now and then, as it would get between two deltas of a real stream.
export const TURN = 25;

export function openReact(stage, view, flushes = 1) {
  const host = stage.appendChild(document.createElement("div"));
  const root = createRoot(host);
  const show = (text, done) => {
    const element = view(text, done);
    for (let flush = 0; flush < flushes; flush++) flushSync(() => root.render(element));
  };
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
