// The floor: what the same job costs when it is written by hand for just this outline. Same wire, same DOM, same style
// sheet, one text node for each title; no build step, no options, no events, no other dialects, no recovery.

import { DONE } from "../corpus.js";
import { sheet as style } from "../../../src/widget/style.js";

// As in src/widget/pages.rs: without books, and with pages of 64 modules and their lessons, it was slower than live-outline.
const PAGE = 64; // rows of a page, those under them among them
const BOOK = 32; // pages of a book
const MARKER = /^(#{1,6}|[-*+]) +(?=\S)/;

const make = (tag, part, ...children) => {
  const element = document.createElement(tag);
  element.setAttribute("part", part);
  element.append(...children);
  return element;
};

const titled = (part) => {
  const title = make("span", part, "\u00a0");
  title.dir = "auto";
  return title;
};

function shapes() {
  const toggle = make("button", "module-toggle");
  toggle.type = "button";
  toggle.ariaExpanded = "true";
  const module = make("li", "module", make("h3", "module-heading", toggle, titled("module-title")));
  const lesson = make("li", "lesson", titled("lesson-title"));
  for (const item of [module, lesson]) item.dataset.unsettled = "";
  const lessons = make("ol", "lessons");
  lessons.role = "list";
  const page = make("div", "page");
  const book = make("div", "book");
  page.role = book.role = "presentation";
  return { module, lesson, lessons, page, book };
}

// A list whose rows stand in pages, and those in books; the first page and the first book are the list itself.
class List {
  constructor(list, shapes, built) {
    Object.assign(this, { list, page: list, book: list, shapes, began: built, pages: 0 });
  }

  // `built`: how many rows there were before this one, wherever they are.
  push(item, built) {
    if (built - this.began >= PAGE) {
      if (this.pages === BOOK) {
        this.list.append((this.book = this.shapes.book.cloneNode()));
        this.pages = 0;
      }
      this.book.append((this.page = this.shapes.page.cloneNode()));
      this.pages++;
      this.began = built;
    }
    this.page.append(item);
  }
}

class Outline {
  rows = new Map(); // by key
  line = ""; // the start of a line, until it is clear what it is
  blanks = ""; // held back: they may turn out to be the end of the title
  count = 0; // of modules

  constructor(title, modules) {
    this.shapes = shapes();
    this.title = { item: title, text: title.appendChild(new Text()) };
    this.modules = new List(modules, this.shapes, 0);
  }

  write(text) {
    let from = 0;
    for (let end; (end = text.indexOf("\n", from)) >= 0; from = end + 1) {
      this.grow(text.slice(from, end));
      this.settle();
    }
    if (from < text.length) this.grow(from ? text.slice(from) : text);
  }

  grow(text) {
    if (!this.current) {
      this.line += text;
      const marker = MARKER.exec(this.line);
      if (!marker) return;
      this.open(marker[1]);
      text = this.line.slice(marker[0].length);
      this.line = "";
    }
    const whole = this.blanks + text;
    const shown = whole.trimEnd();
    this.blanks = whole.slice(shown.length);
    this.current.text.appendData(shown);
  }

  open(marker) {
    if (marker === "#") {
      this.title.item.hidden = false;
      this.title.item.dataset.unsettled = "";
      this.current = this.title;
      return;
    }
    const kind = marker[0] === "#" ? "module" : "lesson";
    const item = this.shapes[kind].cloneNode(true);
    const built = this.rows.size;
    const key = `${built + 1}`;
    item.dataset.key = key;
    const span = kind === "module" ? item.firstChild.lastChild : item.firstChild;
    const text = span.firstChild;
    text.data = "";
    const row = { key, kind, item, text };
    this.rows.set(key, row);
    if (kind === "module") {
      span.id = `t${key}`;
      item.firstChild.setAttribute("aria-labelledby", span.id);
      item.firstChild.firstChild.setAttribute("aria-labelledby", span.id);
      item.firstChild.dataset.number = ++this.count;
      this.modules.push(item, built);
      this.module = row;
    } else if (this.module) {
      const module = this.module;
      module.list ??= new List(module.item.appendChild(this.shapes.lessons.cloneNode()), this.shapes, built);
      module.list.push(item, built);
    } else {
      this.modules.push(item, built);
    }
    this.current = row;
  }

  settle() {
    if (this.current) delete this.current.item.dataset.unsettled;
    this.current = undefined;
    this.line = this.blanks = "";
  }
}

export function open(stage) {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [style()];
  const title = make("h2", "title");
  title.dir = "auto";
  title.hidden = true;
  const modules = make("ol", "modules");
  modules.role = "list";
  const status = make("p", "status", make("span", "status-text", "Streaming"));
  const base = make("section", "base", make("header", "header", title, make("div", "bar", status)), make("div", "body", modules));
  base.dataset.state = "streaming";
  root.append(base);
  stage.append(host);

  const outline = new Outline(title, modules);
  const write = (line) => {
    const event = JSON.parse(line);
    if (event.type === "delta") outline.write(event.text);
    else if (event.type === "done") outline.settle();
  };
  return {
    host,
    parts: [title, modules],
    write,
    end: () => write(DONE),
    async fetch(url) {
      const reader = (await fetch(url)).body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let read; !(read = await reader.read()).done; ) {
        const lines = (rest + read.value).split("\n");
        rest = lines.pop();
        lines.forEach(write);
      }
    },
  };
}
