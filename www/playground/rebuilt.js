// The same outline the usual way: with each line, what is shown is thrown away and built again. At most once a frame, which
// flatters it.

import { stick } from "./stick.js";
import { Tally } from "./tally.js";

export class Rebuilt {
  #box;
  #toEnd;
  #tally;
  #asked = false;

  constructor(box, counted) {
    this.#box = box;
    this.#toEnd = stick(box);
    this.#tally = new Tally(box, () => counted(this.#tally.removed));
  }

  clear() {
    this.#box.replaceChildren();
    this.#tally.clear();
  }

  /** `outline()` gives what is to be shown. */
  show(outline) {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      const { title, children } = outline();
      this.#box.replaceChildren(make("p", title), list(children));
      this.#toEnd();
    });
  }
}

function list(nodes) {
  const made = make("ol");
  for (const { kind, title, children } of nodes) {
    const item = make("li");
    item.className = kind;
    item.append(make("span", title));
    if (children.length > 0) item.append(list(children));
    made.append(item);
  }
  return made;
}

function make(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
