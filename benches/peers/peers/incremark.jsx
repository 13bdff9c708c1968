import { Incremark, IncremarkContainerProvider, useIncremark } from "@incremark/react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { TURN } from "./react.js";

export function open(stage) {
  const host = stage.appendChild(document.createElement("div"));
  let incremark;
  const View = () => {
    incremark = useIncremark();
    return (
      <IncremarkContainerProvider definitions={incremark._definitionsContextValue}>
        <Incremark blocks={incremark.blocks} />
      </IncremarkContainerProvider>
    );
  };
  flushSync(() => createRoot(host).render(<View />));
  return {
    host,
    parts: [host],
    turn: TURN,
    write: (line) => flushSync(() => incremark.append(JSON.parse(line).text)),
    end: () => flushSync(() => incremark.finalize()),
  };
}
