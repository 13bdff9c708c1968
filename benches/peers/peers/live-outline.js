// Ours: the release build, through the element, as a page would use it.

import { DONE } from "../corpus.js";

export async function open(stage) {
  const embed = "/dist/embed.js";
  await import(embed);
  const element = document.createElement("live-outline");
  stage.append(element);
  await element.ready;
  const root = element.shadowRoot;
  return {
    host: element,
    parts: [root.querySelector("[part~=title]"), root.querySelector("[part~=modules]")],
    write: (line) => element.push(line),
    end: () => element.push(DONE),
    fetch(url) {
      const done = new Promise((resolve) => element.addEventListener("outline-done", resolve, { once: true }));
      element.src = url;
      return done;
    },
  };
}
