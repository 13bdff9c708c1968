// Everything of a preview around its rows: title, status line, buttons, messages, and where the reader is in it. Never makes
// a row, never takes markup (pages that ask for Trusted Types can hold it), never scrolls the page.

import { english, failure, progress, say } from "./strings.js";

const LIVE = ["connecting", "streaming", "stalled", "reconnecting", "paused"];
/** The least time between two things that are said, in milliseconds: who listens wants to read, too. */
const SAID_MS = 5000;
/** This near to its end, in pixels, a reader is at the end. */
const END_PX = 24;

const make = (tag, name, ...inside) => {
  const element = document.createElement(tag);
  if (name) element.setAttribute(tag === "slot" ? "name" : "part", name);
  if (tag === "button") element.type = "button";
  element.append(...inside);
  return element;
};

const set = (element, name, value) => {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};

const write = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

export class Frame {
  #strings = english();
  #controls = () => true;
  #label = "";
  #announce = "modules";
  #follow = true;
  #following = true;
  #opens; // modules are open when they come
  #open; // what the button for all modules would undo
  #status = { state: "idle" };
  #modules = 0; // said so far
  #saidAt = -SAID_MS;
  #timer;
  #until; // followed: a while longer than it is live, because what came last gets its size in the frames after
  #scrolls = false; // when its size last changed: to ask for it in between makes the browser lay out at once
  #observer = new ResizeObserver(() => {
    this.#scrolls = this.body.scrollHeight > this.body.clientHeight + 1;
    this.#grown();
  });

  /** `act` does what a person asks for: (what, with what) → an answer. */
  constructor(root, level, sheet, act) {
    this.root = root;
    this.act = act;
    if (sheet) root.adoptedStyleSheets = [sheet];

    const button = (name, press) => {
      const made = make("button", `button ${name}-button`);
      made.hidden = true;
      made.addEventListener("click", press);
      return (this[name] = made);
    };
    const slot = (name, ...inside) => make("div", name, make("slot", name, ...inside));
    this.title = make(`h${level}`, "title");
    Object.assign(this.title, { id: "title", dir: "auto", hidden: true });
    this.state = make("span", "status-text");
    this.counts = make("span", "status-counts");
    this.line = make("p", "status", this.state, this.counts);
    this.toolbar = make("div", "toolbar",
      button("stop", () => act("stop")),
      button("pause", () => act(this.#status.state === "paused" ? "resume" : "pause")),
      button("retry", () => act("retry")),
      // A page that may not write to the clipboard leaves it as it is.
      button("copy", () => this.copyText(act("markdown")).catch(() => {})),
      button("download", () => this.save("markdown")),
      // Last, so that no other button comes to lie where it was.
      button("expand", () => {
        act("expand", !this.#open);
        this.setOpen(!this.#open);
      }),
      make("slot", "actions"));
    this.toolbar.setAttribute("role", "group");
    this.announcer = make("p", "announcer");
    this.announcer.setAttribute("role", "status");
    this.message = make("p", "error-message");
    this.error = slot("error", this.message);
    this.empty = slot("empty");
    this.loading = slot("loading", ...[1, 2, 3].map(() => make("div", "skeleton")));
    this.loading.setAttribute("aria-hidden", "true");
    this.modules = make("ol", "modules");
    this.modules.setAttribute("role", "list");
    this.body = make("div", "body", this.modules);
    this.base = make("section", "base", make("slot", "header"),
      make("header", "header", this.title, make("div", "bar", this.line, this.toolbar)),
      this.announcer, this.empty, this.loading, this.body, button("latest", () => this.scrollToLatest()),
      // Below the outline: what comes up above it would move what is being read.
      this.error, make("slot", "footer"));
    this.base.tabIndex = -1;
    root.append(this.base);
    const { body } = this;
    this.#observer.observe(body);
    this.#observer.observe(this.modules);

    body.addEventListener("click", (event) => this.#click(event));
    body.addEventListener("scroll", () => this.#scrolled());
    // Whoever moves, selects or goes inside by hand reads on alone.
    const leave = () => this.#setFollowing(this.#isAtEnd() && !this.#isHeld());
    for (const type of ["wheel", "touchmove", "keydown", "pointerup", "focusin"]) {
      body.addEventListener(type, () => requestAnimationFrame(leave), { passive: true });
    }
    body.addEventListener("wheel", (event) => event.deltaY < 0 && this.#setFollowing(!this.#scrolls), { passive: true });
  }

  /** Its words and what of it there is. */
  setup(strings, label, controls, follow, announce, open, contentLang) {
    const named = controls.split(/\s+/).filter(Boolean);
    this.#strings = strings;
    this.#label = label;
    this.#controls = (name) => named.length === 0 || named.includes(name);
    this.#announce = announce || "modules";
    this.#opens = open;
    this.#follow = follow !== "off";
    const word = (name) => say(strings, name);
    for (const name of ["stop", "retry", "copy", "download", "latest"]) write(this[name], word(name));
    write(this.empty.firstChild, word("empty"));
    set(this.toolbar, "aria-label", word("controls"));
    for (const part of [this.line, this.toolbar, this.announcer, this.error, this.empty, this.latest]) part.lang = strings.lang ?? "en";
    for (const part of [this.title, this.body]) set(part, "lang", contentLang || undefined);
    this.#paint();
  }

  get following() {
    return this.#follow && this.#following && this.#scrolls;
  }

  /** Writes what has changed. `planned` below 0: not known; `reason` empty: nothing went wrong. */
  paint(state, titled, modules, planned, lessons, seconds, reason, detail, retryable) {
    const before = this.#status;
    this.#status = { state, titled, modules, planned, lessons, seconds, reason, detail, retryable };
    if (modules < this.#modules) this.#modules = 0;
    this.#paint();
    this.#announceChange(before.state);
  }

  #paint() {
    const strings = this.#strings;
    const { state, titled, modules, planned, lessons, seconds, reason, detail, retryable } = this.#status;
    const some = modules + lessons > 0;
    const live = LIVE.includes(state);
    const over = !live && state !== "idle";
    Object.assign(this.#status, { live, over });
    if (!modules) this.#open = this.#opens;
    if (live) this.#until = performance.now() + 1000;
    set(this.base, "data-state", state);
    set(this.base, "aria-labelledby", titled ? "title" : undefined);
    set(this.base, "aria-label", titled ? undefined : this.#label || undefined);
    write(this.state, say(strings, state));
    write(this.counts, progress(strings, modules, planned ?? -1, lessons, seconds));
    const wrong = reason && failure(strings, reason, detail, retryable);
    write(this.message, wrong);
    write(this.pause, say(strings, state === "paused" ? "resume" : "pause"));
    write(this.expand, say(strings, this.#open ? "collapse" : "expand"));
    this.line.hidden = !this.#controls("status");
    this.error.hidden = !wrong;
    this.empty.hidden = some || titled || !["done", "ended", "stopped"].includes(state);
    this.loading.hidden = some || titled || !live;
    const shown = {
      stop: live,
      pause: live && state !== "connecting",
      retry: over && state !== "done" && (!reason || retryable),
      expand: modules > 1,
      copy: over && some,
      download: over && some,
    };
    let lost = false;
    for (const [name, useful] of Object.entries(shown)) {
      const hidden = !(useful && this.#controls(name));
      lost ||= hidden && this.root.activeElement === this[name];
      if (this[name].hidden !== hidden) this[name].hidden = hidden;
    }
    // A button that goes away hands the focus on, so that nobody falls out of the page.
    if (lost) (this.toolbar.querySelector("button:not([hidden])") ?? this.base).focus({ preventScroll: true });
    this.#grown();
  }

  // ---- what is said ---------------------------------------------------------------------------

  #announceChange(before) {
    const { state, modules, live, over } = this.#status;
    if (this.#announce === "off") return;
    if (state !== before && over) {
      const counts = progress(this.#strings, modules, -1, this.#status.lessons, 0);
      this.#say([say(this.#strings, `said-${state}`), counts].filter(Boolean).join(". "), true);
    } else if (state !== before && state === "reconnecting") {
      this.#say(say(this.#strings, state));
    } else if (live && this.#announce === "modules" && modules > this.#modules) {
      this.#say();
    }
  }

  /** Says a sentence, or without one what is new by the time it may be said. */
  #say(sentence, now) {
    clearTimeout(this.#timer);
    const wait = now ? 0 : this.#saidAt + SAID_MS - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#say(sentence), wait);
      return;
    }
    this.#saidAt = performance.now();
    this.#modules = this.#status.modules ?? 0;
    write(this.announcer, sentence ?? say(this.#strings, "said-module", this.act("newest")));
  }

  // ---- where the reader is --------------------------------------------------------------------

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.body;
    return scrollHeight - scrollTop - clientHeight < END_PX;
  }

  /** Something inside is focused or selected. */
  #isHeld() {
    const selection = this.root.getSelection?.() ?? getSelection();
    const selected = selection && !selection.isCollapsed && this.body.contains(selection.anchorNode);
    return selected || this.body.contains(this.root.activeElement);
  }

  /** After each layout in which the outline has grown. */
  #grown() {
    const scrolls = this.#scrolls;
    const { live } = this.#status;
    if (this.following && performance.now() < this.#until) this.body.scrollTop = this.body.scrollHeight;
    set(this.body, "tabindex", scrolls ? "0" : undefined);
    set(this.body, "role", scrolls ? "region" : undefined);
    set(this.body, "aria-label", scrolls ? this.title.textContent || this.#label || say(this.#strings, "outline") : undefined);
    this.latest.hidden = !(scrolls && this.#follow && !this.#following && live);
  }

  #scrolled() {
    const end = this.#isAtEnd();
    // At the end, the browser's own anchor would follow what is added, whatever the reader wants.
    this.body.style.overflowAnchor = end ? "none" : "";
    if (end && !this.#isHeld()) this.#setFollowing(true);
  }

  #setFollowing(following) {
    if (!this.#follow || following === this.#following) return;
    this.#following = following;
    this.act("follow", following);
    this.#grown();
  }

  /** Goes to the newest, and stays there. Does nothing to the page around it. */
  scrollToLatest() {
    this.body.scrollTop = this.body.scrollHeight;
    this.#setFollowing(true);
  }

  // ---- what a person does ---------------------------------------------------------------------

  #click({ target }) {
    const heading = target.closest("[part=module-heading]");
    if (!heading) return;
    // A click that ends a selection is none on the heading.
    if (target === heading.firstChild || getSelection()?.isCollapsed !== false) this.act("toggle", heading.firstChild);
  }

  /** Puts a text on the clipboard, and says so. */
  async copyText(text) {
    await navigator.clipboard.writeText(text);
    const copied = say(this.#strings, "copied");
    write(this.copy, copied);
    this.#say(copied, true);
    setTimeout(() => write(this.copy, say(this.#strings, "copy")), 2000);
  }

  /** Hands out a file: "markdown" or "json". */
  save(format) {
    const json = format === "json";
    const type = json ? "application/json" : "text/markdown";
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([json ? JSON.stringify(this.act("json"), null, 2) : this.act("markdown")], { type }));
    link.download = `${this.title.textContent || "outline"}.${json ? "json" : "md"}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /** All modules are open now, or closed. */
  setOpen(open) {
    this.#open = open;
    this.#paint();
  }

  remove() {
    clearTimeout(this.#timer);
    this.#observer.disconnect();
    this.base.remove();
  }
}
