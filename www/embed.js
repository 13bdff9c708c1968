// <live-outline>: the element itself. It is defined at once, so that pages can use it right away; the WebAssembly that
// reads and shows the outline loads behind it, once for all elements of the page. It never reads or shows anything itself.

const TAG = "live-outline";

// Attributes that the WebAssembly takes as they are (src/element.rs).
const TAKEN = ["format", "mode", "end", "expanded", "reconnect", "follow", "label", "controls", "announce", "content-lang"];

// Languages of the element's own words, besides English (locales.js).
const LANGUAGES = ["ar", "de", "es", "zh"];

// Properties that are attributes, and what they are without one.
const PROPERTIES = new Map(Object.entries({
  src: "", format: "auto", mode: "auto", reconnect: "auto", loading: "eager", withCredentials: false, theme: "auto", headingLevel: 2,
  label: "", controls: "", follow: "auto", expanded: "all", announce: "modules", stallTimeout: 20, contentLang: "",
}));

const NONE = {
  modules: 0, lessons: 0, lines: 0, skipped: 0, ignored: 0, prose: 0, bytes: 0, elapsedMs: 0, reconnects: 0, rowsBuilt: 0,
};
const EMPTY = freeze({ title: "", settled: false, children: [] });

let loading; // one instance for the page; forgotten when it fails, so that a retry can succeed

function load() {
  loading ??= instantiate().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function instantiate() {
  const glue = await import("./live-outline.js");
  const response = await fetch(new URL("./live-outline_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${response.url}`);
  // Hosts that do not know the type of WebAssembly can still serve it, only not compile it while it loads.
  const typed = response.headers.get("content-type")?.startsWith("application/wasm");
  await glue.default({ module_or_path: typed ? response : await response.arrayBuffer() });
  return glue;
}

class LiveOutline extends HTMLElement {
  // The others are read when something starts.
  static observedAttributes = ["src", "lang", "heading-level", "stall-timeout", ...TAKEN];

  #root = this.attachShadow({ mode: "open" });
  #internals = this.attachInternals?.();
  #glue;
  #widget;
  #waiting = []; // what to do once the WebAssembly is there
  #state = "idle";
  #error = null;
  #request;
  #source;
  #feeding; // the async iterable that is being pushed
  #ready = deferred();
  #started = false;
  #asked; // what was last started by itself
  #half = ""; // the first half of a character that push() was given
  #strings; // the page's own words
  #words; // those of the language
  #seen; // watches for coming near to the viewport

  constructor() {
    super();
    // Until the outline shows, and if it cannot, the page's own content does.
    this.#root.append(document.createElement("slot"));
  }

  connectedCallback() {
    for (const name of [...PROPERTIES.keys(), "start", "end", "strings", "request", "source"]) this.#upgrade(name);
    if (!this.#widget) this.#mount();
    this.#speak();
    queueMicrotask(() => this.#autostart());
  }

  disconnectedCallback() {
    // Moving an element takes it off the page for a moment only.
    queueMicrotask(() => {
      if (this.isConnected) return;
      const widget = this.#widget;
      // What it tells while it ends is no news for anyone, and it can no longer be asked.
      this.#widget = undefined;
      widget?.free();
      this.#release();
      this.#seen?.disconnect();
      this.#waiting = [];
      this.#started = false;
      this.#error = null;
      this.#set("idle");
      this.#root.replaceChildren(document.createElement("slot"));
    });
  }

  // Moving with moveBefore() changes nothing.
  connectedMoveCallback() {}

  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "src") {
      this.#source = undefined;
      this.#started = false;
      queueMicrotask(() => this.#autostart());
    } else if (name === "lang") {
      this.#speak();
    } else if (name === "heading-level" && this.#widget && this.#state === "idle") {
      // Headings cannot change their level; as long as there are none, others take their place.
      this.#widget.free();
      this.#show();
    } else {
      this.#widget?.setAttributes(this.#attributes(), this.#table());
    }
  }

  get strings() { return this.#strings; }
  set strings(strings) {
    this.#strings = strings;
    this.#widget?.setAttributes(this.#attributes(), this.#table());
  }

  get following() { return this.#widget?.following ?? false; }

  get request() { return this.#request; }
  set request(init) { this.#request = init; }

  get source() { return this.#source; }
  set source(source) {
    this.#source = source;
    this.#started = false;
    queueMicrotask(() => this.#autostart());
  }

  get ready() { return this.#ready.promise; }
  get state() { return this.#state; }
  get error() { return this.#error; }
  get outline() { return this.#widget ? freeze(this.#widget.outline) : EMPTY; }
  get stats() {
    return this.#widget?.stats ?? { ...NONE };
  }

  // `start` and `end` are attributes, too, and frameworks write an attribute as a property where there is one of its name.
  get start() { return this.#starter; }
  set start(value) { reflect(this, "start", value); }
  get end() { return this.#ender; }
  set end(value) { reflect(this, "end", value); }

  #starter = () => {
    this.#started = true;
    this.#release();
    this.#seen?.disconnect();
    const source = this.#source;
    if (source == null) {
      const url = this.src;
      if (!url) return;
      const credentials = this.hasAttribute("with-credentials");
      // An address that is none goes as it is: the WebAssembly says what is wrong with it.
      const address = URL.canParse?.(url, document.baseURI) ? new URL(url, document.baseURI).href : url;
      this.#do((widget) => widget.start(address, this.#request, credentials));
      this.#request?.signal?.addEventListener("abort", () => this.stop(), { once: true });
    } else if (source instanceof Response && !source.ok) {
      this.#do((widget) => widget.failHttp(source.status));
    } else if (source instanceof Response || source instanceof ReadableStream) {
      const body = source instanceof Response ? source.body : source;
      if (body) this.#do((widget) => widget.startStream(body));
      else this.fail(new Error("The response has no body to read."));
    } else {
      this.#feed(source);
    }
  };

  #ender = () => this.#do((widget) => widget.end());

  stop() {
    this.#release();
    this.#do((widget) => widget.stop());
  }

  retry() {
    if (this.#error?.code === "wasm") {
      this.#mount();
    } else {
      this.#do((widget) => widget.retry());
    }
  }

  reset() {
    this.#release();
    this.#half = "";
    this.#do((widget) => widget.reset());
  }

  push(chunk) {
    if (typeof chunk === "string") {
      // Half a character waits for its other half.
      const text = this.#half + chunk;
      this.#half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
      const whole = this.#half ? text.slice(0, -1) : text;
      this.#do((widget) => widget.pushText(whole));
    } else if (chunk instanceof Uint8Array || chunk instanceof ArrayBuffer) {
      // A copy: the page may use its buffer again before the WebAssembly is there.
      const bytes = this.#widget ? new Uint8Array(chunk) : new Uint8Array(chunk).slice();
      this.#do((widget) => widget.pushBytes(bytes));
    } else if (chunk && typeof chunk === "object" && !Array.isArray(chunk)) {
      const line = JSON.stringify(chunk);
      this.#do((widget) => widget.pushLine(line));
    } else {
      throw new TypeError("push() takes a string, bytes or an object that is one line of the stream.");
    }
  }

  fail(error) {
    this.#release();
    const { message = String(error), retryable = true } = error ?? {};
    this.#do((widget) => widget.fail(String(message), Boolean(retryable)));
  }

  expandAll() { this.#do((widget) => widget.expandAll(true)); }
  collapseAll() { this.#do((widget) => widget.expandAll(false)); }
  pause() { this.#do((widget) => widget.pause()); }
  resume() { this.#do((widget) => widget.resume()); }
  scrollToLatest() { this.#do((widget) => widget.scrollToLatest()); }
  download(format = "markdown") { this.#do((widget) => widget.download(format)); }
  async copy() {
    await this.ready;
    return this.#widget?.copy();
  }
  toMarkdown() { return this.#widget?.toMarkdown() ?? ""; }
  toJSON() { return this.outline; }

  // A property that was set before the element was defined hides the accessor of its name.
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  #autostart() {
    if (this.#started || !this.isConnected || this.getAttribute("start") === "manual") return;
    if (this.#source == null && !this.src) return;
    if (this.loading === "lazy" && !this.#seen) {
      this.#seen = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        this.#seen.disconnect();
        this.#autostart();
      }, { rootMargin: "25%" });
      this.#seen.observe(this);
      return;
    }
    // What a POST starts is paid for: putting the element back on the page does not start it again.
    const method = this.#request?.method?.toUpperCase() ?? "GET";
    const asked = `${method} ${this.src}`;
    if (this.#source == null && method !== "GET" && this.#asked === asked) return;
    this.#asked = asked;
    this.start();
  }

  async #mount() {
    if (this.#error) this.#ready = deferred();
    this.#error = null;
    this.#set("idle");
    try {
      this.#glue = await load();
      if (this.#widget || !this.isConnected) return;
      this.#show();
      this.#root.firstChild.remove();
    } catch (cause) {
      if (!this.isConnected) return;
      this.#root.replaceChildren(this.#root.firstChild);
      const error = Object.freeze({ code: "wasm", message: explain(cause), retryable: true });
      this.#error = error;
      this.#set("error");
      this.#ready.reject(new Error(error.message, { cause }));
      this.#tell("state-change", { state: "error", previous: "idle" });
      this.#tell("error", { error });
      return;
    }
    this.#ready.resolve();
    for (const action of this.#waiting.splice(0)) {
      try {
        action(this.#widget);
      } catch (error) {
        reportError(error); // of this call only: the ones after it stand
      }
    }
  }

  #show() {
    this.#widget = new this.#glue.Widget(this.#root, this.#attributes(), this.#table(), this.#host());
  }

  // The words of the language that the element stands in.
  async #speak() {
    const language = this.closest("[lang]")?.lang.split("-")[0].toLowerCase();
    if (language === this.#words?.lang || (!this.#words && !LANGUAGES.includes(language))) return;
    const words = LANGUAGES.includes(language) ? (await import("./locales.js")).default[language] : undefined;
    this.#words = words;
    this.#widget?.setAttributes(this.#attributes(), this.#table());
  }

  // An iterable that is being pushed is not read to its end.
  #release() {
    this.#feeding?.return?.();
    this.#feeding = undefined;
  }

  // What the WebAssembly tells, as events of the page.
  #host() {
    const settled = (kind, key, title, index) =>
      this.#tell(kind, { node: { key, kind, title, settled: true, children: [] }, index });
    const state = (now, previous) => {
      if (!this.#widget) return;
      this.#error = this.#frozenError();
      this.#set(now);
      this.#tell("state-change", { state: now, previous });
    };
    const happened = (name, first, second) => {
      if (!this.#widget) return true;
      if (name === "error") this.#error = Object.freeze(first);
      return this.#tell(name, {
        done: () => this.#done(first),
        progress: () => this.stats,
        error: () => ({ error: this.#error }),
        skip: () => ({ line: first, reason: second }),
        "follow-change": () => ({ following: first }),
        toggle: () => ({ key: first, expanded: second }),
      }[name]?.());
    };
    return { settled, state, happened };
  }

  // A long outline costs a tenth of a second to hand out: only pages that look at it pay that.
  #done(complete) {
    const widget = this.#widget;
    let outline;
    const look = () => (outline ??= this.#widget === widget ? this.outline : EMPTY);
    return { complete, stats: this.stats, get outline() { return look(); } };
  }

  #frozenError() {
    const error = this.#widget.error;
    return error && Object.freeze(error);
  }

  #tell(name, detail) {
    return this.dispatchEvent(new CustomEvent(`outline-${name}`, {
      detail, bubbles: true, composed: true, cancelable: name === "retry",
    }));
  }

  #set(state) {
    const states = this.#internals?.states;
    states?.delete(this.#state);
    try {
      states?.add(state);
    } catch {} // browsers that know only names with two dashes do without
    this.#state = state;
    this.dataset.state = state;
  }

  #do(action) {
    if (this.#widget) action(this.#widget);
    else if (this.#error?.code !== "wasm") this.#waiting.push(action);
  }

  async #feed(source) {
    const iterator = (source[Symbol.asyncIterator] ?? source[Symbol.iterator])?.call(source);
    if (!iterator) {
      this.fail(new TypeError("source takes a Response, a stream of bytes or an async iterable."));
      return;
    }
    this.#feeding = iterator;
    this.#do((widget) => {
      widget.reset();
      widget.pushText(""); // begins, though nothing has come yet
    });
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (this.#feeding !== iterator) return;
        if (done) break;
        this.push(await value);
      }
      this.end();
    } catch (error) {
      if (this.#feeding === iterator) this.fail(error);
    }
  }

  #attributes() {
    const taken = TAKEN.map((name) => [camel(name), this.getAttribute(name) ?? ""]);
    return { ...Object.fromEntries(taken), headingLevel: this.headingLevel || 2, stallTimeout: Math.max(0, this.stallTimeout) };
  }

  #table() {
    return this.#words || this.#strings ? { ...this.#words, ...this.#strings } : undefined;
  }
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  made.promise.catch(() => {}); // a page may well not wait for it
  return made;
}

// Outlines are a copy of what is shown: changing one would change nothing on the page, so it fails instead.
function freeze(node) {
  Object.freeze(node.children.map(freeze) && node.children);
  return Object.freeze(node);
}

function explain(cause) {
  const why = String(cause?.message ?? cause);
  return /unsafe-eval|Content Security Policy/i.test(why)
    ? "The outline cannot run: this page's Content-Security-Policy needs 'wasm-unsafe-eval' in script-src."
    : `The outline could not be loaded: ${why}. Check that live-outline.js and live-outline_bg.wasm lie beside embed.js.`;
}

function camel(attribute) {
  return attribute.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** Writes a property into its attribute; frameworks take a value back by `undefined` or `null`. */
function reflect(el, attribute, value) {
  if (value == null || value === false) el.removeAttribute(attribute);
  else el.setAttribute(attribute, value === true ? "" : value);
}

for (const [name, fallback] of PROPERTIES) {
  const attribute = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  Object.defineProperty(LiveOutline.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      const text = this.getAttribute(attribute);
      if (typeof fallback === "boolean") return text !== null;
      if (typeof fallback !== "number") return text ?? fallback;
      const number = Number.parseFloat(text);
      return Number.isNaN(number) ? fallback : number;
    },
    set(value) { reflect(this, attribute, value); },
  });
}

// A second copy of this script on the page leaves the first one's element as it is.
if (!customElements.get(TAG)) customElements.define(TAG, LiveOutline);
