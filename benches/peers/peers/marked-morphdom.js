import { marked } from "marked";
import morphdom from "morphdom";

export function open(stage) {
  const host = stage.appendChild(document.createElement("div"));
  let text = "";
  return {
    host,
    parts: [host],
    write(line) {
      text += JSON.parse(line).text;
      morphdom(host, `<div>${marked.parse(text)}</div>`, { childrenOnly: true });
    },
    end() {},
  };
}
