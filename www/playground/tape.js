// The raw lines as they arrive, the newest marked. It never reads them: what looks like text of the model is set off, that
// is all.

import { stick } from "./stick.js";

const ROWS = 300; // rows kept
const SPARE = 100; // rows over that before the oldest go, so that not every line moves the whole list
const SHOWN = 2000; // characters of a line that are shown

const TEXT = /^(.*"(?:text|title|message|content|delta)":\s*")((?:[^"\\]|\\.)*)(".*)$/;

export class Tape {
  #box;
  #toEnd;
  #waiting = []; // { number, line }, drawn with the next frame
  #asked = false;

  constructor(box) {
    this.#box = box;
    this.#toEnd = stick(box);
  }

  clear() {
    this.#waiting = [];
    this.#box.replaceChildren();
  }

  /** `first` is the one-based number of the first line. */
  add(lines, first) {
    const from = Math.max(0, lines.length - ROWS);
    for (let i = from; i < lines.length; i++) this.#waiting.push({ number: first + i, line: lines[i] });
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#asked = false;
    const rows = this.#waiting.splice(0).slice(-ROWS).map(row);
    if (rows.length === 0) return;
    this.#box.lastElementChild?.classList.remove("now");
    rows.at(-1).classList.add("now");
    this.#box.append(...rows);
    const over = this.#box.childElementCount - ROWS;
    if (over > SPARE) for (let i = 0; i < over; i++) this.#box.firstElementChild.remove();
    this.#toEnd();
  }
}

function row({ number, line }) {
  const shown = line.trimEnd().slice(0, SHOWN);
  const text = make("span");
  const [, before, said, after] = TEXT.exec(shown) ?? [];
  if (said === undefined) text.textContent = shown;
  else text.append(before, make("b", said), after);
  const made = make("p");
  made.append(make("i", number), text);
  return made;
}

function make(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
