// The types of embed.js: importing it for its effect defines <live-outline> and brings these along, for plain TypeScript,
// React 19 and Vue 3. Nothing here exists while the page runs.

/** What the element is doing; also in `data-state` and as `:state(…)` for style sheets. */
export type LiveOutlineState =
  /** Nothing has been asked for. */
  | "idle"
  /** Asked, no answer yet. */
  | "connecting"
  /** Reading and showing. */
  | "streaming"
  /** No data for `stallTimeout` seconds; the connection is still open. */
  | "stalled"
  /** The connection was cut and is being made again; the draft stays. */
  | "reconnecting"
  /** Reading goes on, showing does not. */
  | "paused"
  /** Stopped by a person or by `stop()`. */
  | "stopped"
  /** The body ended cleanly, but without saying that the outline is complete. */
  | "ended"
  /** The body broke off. */
  | "incomplete"
  /** The outline is complete. */
  | "done"
  /** It failed; see `error`. */
  | "error";

/** What the stream is written in. `auto` tells it from the first bytes. */
export type LiveOutlineFormat =
  | "auto" | "openai-chat" | "openai-responses" | "anthropic" | "gemini" | "ollama" | "mistral" | "cohere" | "ai-sdk" | "ag-ui" | "bedrock" | "langserve" | "replicate"
  | "sse" | "json-seq" | "text";

/** One button or line of the element that `controls` can name. */
export type LiveOutlineControl = "status" | "stop" | "pause" | "retry" | "copy" | "download" | "expand";

/** Controls divided by blanks, or `none`; the first two are checked. Empty: all of them. */
export type LiveOutlineControls =
  | LiveOutlineControl | `${LiveOutlineControl} ${LiveOutlineControl}` | `${LiveOutlineControl} ${LiveOutlineControl} ${string}`
  | "none" | "";

/** A module, section or lesson. Frozen, and a copy: the outline goes on growing without it. */
export interface LiveOutlineNode {
  /** Opaque and unique; never changes and is never used again while the outline lives. */
  readonly key: string;
  readonly kind: "module" | "section" | "lesson";
  /** Plain text, at most 4 KiB of UTF-8. */
  readonly title: string;
  /** Its line has ended, so the title is whole. */
  readonly settled: boolean;
  /** Nested at most 32 levels deep; what was written deeper stands at the 32nd. */
  readonly children: readonly LiveOutlineNode[];
}

/** The outline at one moment. Frozen, and a copy. At most 200,000 nodes. */
export interface LiveOutlineOutline {
  /** The course title; empty while there is none. */
  readonly title: string;
  /** The title is whole. */
  readonly settled: boolean;
  readonly children: readonly LiveOutlineNode[];
}

/** Counts since the stream began. */
export interface LiveOutlineStats {
  readonly modules: number;
  readonly lessons: number;
  /** Lines read, blank ones included. */
  readonly lines: number;
  /** Lines that could not be read; each was an `outline-skip`. */
  readonly skipped: number;
  /** Lines of a type that means nothing here. */
  readonly ignored: number;
  /** Lines of the Markdown that are no node: prose, tables, rules. */
  readonly prose: number;
  /** Bytes read, after decompression. */
  readonly bytes: number;
  /** Milliseconds from the start to now, or to the end. */
  readonly elapsedMs: number;
  /** How often the connection was made again. */
  readonly reconnects: number;
  /** Rows built so far: one for each node, however often it grew. */
  readonly rowsBuilt: number;
}

/** What went wrong. */
export interface LiveOutlineError {
  readonly code:
    /** The connection was lost. */
    | "network"
    /** The server answered with an error. */
    | "http"
    /** No answer: offline, or another origin that does not allow this page to read it. */
    | "cors-or-offline"
    /** What came is no stream. */
    | "not-a-stream"
    /** A limit was reached. */
    | "limit"
    /** The producer said that it failed, or the page called `fail()`. */
    | "producer"
    /** No data for too long. */
    | "stalled"
    /** The browser, or a value from the page, does not fit. */
    | "unsupported"
    /** The WebAssembly could not be loaded; `retry()` loads it again. */
    | "wasm";
  /** A sentence for people that says what to do. */
  readonly message: string;
  /** Whether trying again may help. */
  readonly retryable: boolean;
}

/** A line of the stream, as an object for `push()` or from an async iterable. Unknown types and fields are passed over. */
export type LiveOutlineLine = {
  /** The line's number, from 0, the same on every replay: one already seen is dropped. */
  readonly seq?: number;
} & (
  /** The next piece of Markdown, cut anywhere. */
  | { readonly type: "delta"; readonly text: string | null }
  /** A whole module or lesson; an `id` seen before renames that node in place. */
  | { readonly type: "module" | "lesson"; readonly title: string; readonly id?: string }
  /** The whole outline so far; nodes that are the same keep their elements. */
  | { readonly type: "snapshot"; readonly text: string }
  /** Drops everything shown. */
  | { readonly type: "reset" }
  /** `modules`: how many are planned, for "3 of 8". A new `run` drops everything shown. */
  | { readonly type: "start"; readonly run?: string; readonly mode?: "incremental" | "cumulative"; readonly modules?: number }
  /** Keeps the connection alive. */
  | { readonly type: "ping" }
  /** The producer failed; the draft stays. */
  | { readonly type: "error"; readonly message?: string; readonly retryable?: boolean }
  /** The outline is complete; no other line says so. */
  | { readonly type: "done" }
);

/** Text or bytes cut anywhere, or an object that is one line: a `LiveOutlineLine`, or a chunk of another `format`. */
export type LiveOutlineChunk = string | Uint8Array | ArrayBuffer | object;

/** What can be read instead of `src`. A `Response` or a stream is read once: `retry()` needs a new one. */
export type LiveOutlineSource = Response | ReadableStream<Uint8Array> | AsyncIterable<LiveOutlineChunk> | Iterable<LiveOutlineChunk>;

/** `detail` of `outline-module`, `outline-section` and `outline-lesson`. */
export interface LiveOutlineNodeDetail {
  /** The node, settled. Its `children` are empty: they come as events of their own. */
  readonly node: LiveOutlineNode;
  /** Its place among its siblings, from 0. */
  readonly index: number;
}

/** `detail` of `outline-state-change`. */
export interface LiveOutlineStateChangeDetail {
  readonly state: LiveOutlineState;
  readonly previous: LiveOutlineState;
}

/** `detail` of `outline-done`. */
export interface LiveOutlineDoneDetail {
  /** Copied when it is first looked at: a tenth of a second for the longest outlines. */
  readonly outline: LiveOutlineOutline;
  readonly stats: LiveOutlineStats;
  /** The stream said that the outline is complete. `false`: it ended without saying so, or broke off. */
  readonly complete: boolean;
}

/** `detail` of `outline-error`. */
export interface LiveOutlineErrorDetail {
  readonly error: LiveOutlineError;
}

/** `detail` of `outline-skip`. */
export interface LiveOutlineSkipDetail {
  /** The line's number, from 1. */
  readonly line: number;
  /** Why it could not be read; never its content. */
  readonly reason: string;
}

/** `detail` of `outline-toggle`. */
export interface LiveOutlineToggleDetail {
  /** The module's `key`. */
  readonly key: string;
  readonly expanded: boolean;
}

/** `detail` of `outline-follow-change`. */
export interface LiveOutlineFollowChangeDetail {
  readonly following: boolean;
}

/** The events of the element. All bubble and leave the shadow roots they are in, so any ancestor can listen. */
export interface LiveOutlineEventMap {
  /** Reading begins. */
  "outline-start": CustomEvent<null>;
  /** A module's title is whole. */
  "outline-module": CustomEvent<LiveOutlineNodeDetail>;
  /** A section's title is whole. */
  "outline-section": CustomEvent<LiveOutlineNodeDetail>;
  /** A lesson's title is whole. */
  "outline-lesson": CustomEvent<LiveOutlineNodeDetail>;
  /** At most ten times a second while the outline grows. */
  "outline-progress": CustomEvent<LiveOutlineStats>;
  /** `state` is another one. */
  "outline-state-change": CustomEvent<LiveOutlineStateChangeDetail>;
  /** The stream is over, and did not fail; `complete` tells whether the outline is whole. */
  "outline-done": CustomEvent<LiveOutlineDoneDetail>;
  /** A person or `stop()` stopped it. */
  "outline-stop": CustomEvent<null>;
  /** Before it reads again. `preventDefault()` keeps it from that, so that the page can begin a new run itself. */
  "outline-retry": CustomEvent<null>;
  /** It failed; the draft stays. */
  "outline-error": CustomEvent<LiveOutlineErrorDetail>;
  /** A line could not be read and was passed over. */
  "outline-skip": CustomEvent<LiveOutlineSkipDetail>;
  /** A person opened or closed a module. */
  "outline-toggle": CustomEvent<LiveOutlineToggleDetail>;
  /** It began or ended to stay at the newest. */
  "outline-follow-change": CustomEvent<LiveOutlineFollowChangeDetail>;
}

/** `<live-outline>`: reads the stream of a course outline and shows it while it is written. */
declare class LiveOutlineElement extends HTMLElement {
  /** Made by `document.createElement("live-outline")` or by markup. */
  private constructor();

  /** Attribute `src`: address of the stream, relative to the page; setting it starts, unless `start="manual"`. Empty. */
  src: string;
  /** Attribute `format`: what the stream is written in, from the next start on. `auto`. */
  format: LiveOutlineFormat;
  /** Attribute `mode`: whether deltas repeat what came before, from the next start on. `auto`. */
  mode: "auto" | "incremental" | "cumulative";
  /** Attribute `reconnect`: whether a lost connection is made again. `auto`: only to a stream that has shown it can be replayed. */
  reconnect: "auto" | "always" | "never";
  /** Attribute `loading`: `lazy` starts when the element comes near to the viewport. `eager`. */
  loading: "eager" | "lazy";
  /** Attribute `with-credentials`: whether cookies go along to another origin. `false`. */
  withCredentials: boolean;
  /** Attribute `theme`: `auto` goes by the reader's system; switching renders nothing again. `auto`. */
  theme: "auto" | "light" | "dark";
  /** Attribute `heading-level`: level of the course title, 1 to 6; modules are one below, sections two. 2. */
  headingLevel: number;
  /** Attribute `label`: accessible name while the stream has no title. Empty. */
  label: string;
  /** Attribute `controls`: which buttons and lines there are, divided by blanks, or `none`. All of them. */
  controls: LiveOutlineControls;
  /** Attribute `follow`: `auto` stays at the newest while the reader is there. `auto`. */
  follow: "auto" | "off";
  /** Attribute `expanded`: which modules are open when they come. `all`. */
  expanded: "all" | "latest" | "none";
  /** Attribute `announce`: what screen readers are told. `modules`. */
  announce: "modules" | "milestones" | "off";
  /** Attribute `stall-timeout`: seconds without data until the state is `stalled`; 0: never. 20. */
  stallTimeout: number;
  /** Attribute `content-lang`: language of the outline, as in `lang`; that of the page's words is `lang`. Empty. */
  contentLang: string;

  /** Method, headers and body for `src`. Set it before `src`; only what is asked for with GET is ever asked for again by itself. */
  request: RequestInit | undefined;
  /** What is read instead of `src`; setting it starts, unless `start="manual"`. */
  source: LiveOutlineSource | null | undefined;
  /** Other words for what the element says, by name. */
  strings: Readonly<Record<string, string>> | null | undefined;

  readonly state: LiveOutlineState;
  /** A frozen copy of the outline; costs a tenth of a second for the longest ones. */
  readonly outline: LiveOutlineOutline;
  readonly stats: LiveOutlineStats;
  /** What went wrong last; `null` when nothing did. */
  readonly error: LiveOutlineError | null;
  /** The newest is being kept in sight. */
  readonly following: boolean;
  /** Kept when the WebAssembly is there; broken when it cannot be loaded. Everything can be used before. */
  readonly ready: Promise<void>;

  /** Reads `source` or `src` from the beginning. */
  start(): void;
  /** Ends the connection; what is shown stays. */
  stop(): void;
  /** Reads again and keeps the draft until it is overtaken. Asks by `outline-retry` first. */
  retry(): void;
  /** Ends the connection and drops everything shown. */
  reset(): void;
  /** Shows nothing new until `resume()`; reading goes on. */
  pause(): void;
  /** Shows everything that came since `pause()`. */
  resume(): void;
  /** Takes the next piece of a stream that the page reads itself. A line has at most 1 MiB. */
  push(chunk: LiveOutlineChunk): void;
  /** No more is pushed. */
  end(): void;
  /** What was pushed has failed; `retryable` (`true`) puts a button there. */
  fail(error?: { readonly message?: string; readonly retryable?: boolean } | string): void;
  /** The outline as Markdown that reads back as the same outline. */
  toMarkdown(): string;
  /** The same as `outline`, for `JSON.stringify`. */
  toJSON(): LiveOutlineOutline;
  /** Puts the outline into the clipboard, as Markdown. Browsers allow it only after a click or a key. */
  copy(): Promise<void>;
  /** Saves the outline as a file; as Markdown if nothing is said. */
  download(format?: "markdown" | "json"): void;
  /** Opens all modules. */
  expandAll(): void;
  /** Closes all modules. */
  collapseAll(): void;
  /** Scrolls the outline to its newest entry, never the page, and follows it from there. */
  scrollToLatest(): void;
}

// embed.js exports nothing: the class is there for types only.
export type { LiveOutlineElement };

/** The attributes, as markup and templates have them. `start` and `end` are attributes only: as names of members they are methods. */
export interface LiveOutlineAttributes {
  src?: string;
  format?: LiveOutlineFormat;
  mode?: LiveOutlineElement["mode"];
  /** `manual` waits for `start()`. `auto`. */
  start?: "auto" | "manual";
  /** `body`: a clean end of the body completes the outline, for producers that do not say so. `auto`. */
  end?: "auto" | "body";
  reconnect?: LiveOutlineElement["reconnect"];
  loading?: LiveOutlineElement["loading"];
  "with-credentials"?: boolean | "";
  theme?: LiveOutlineElement["theme"];
  "heading-level"?: 1 | 2 | 3 | 4 | 5 | 6 | `${1 | 2 | 3 | 4 | 5 | 6}`;
  label?: string;
  controls?: LiveOutlineControls;
  follow?: LiveOutlineElement["follow"];
  expanded?: LiveOutlineElement["expanded"];
  announce?: LiveOutlineElement["announce"];
  /** Seconds. */
  "stall-timeout"?: number | `${number}`;
  "content-lang"?: string;
}

/** The same by the names of their properties, and what only properties can say. Load embed.js before the page is rendered. */
export interface LiveOutlineProperties {
  withCredentials?: boolean;
  headingLevel?: 1 | 2 | 3 | 4 | 5 | 6;
  stallTimeout?: number;
  contentLang?: string;
  request?: LiveOutlineElement["request"];
  source?: LiveOutlineElement["source"];
  strings?: LiveOutlineElement["strings"];
}

/** Handlers by the exact names of the events: `onoutline-done`, which is what React 19 listens to. */
export type LiveOutlineHandlers = {
  [Name in keyof LiveOutlineEventMap as `on${Name}`]?: (event: LiveOutlineEventMap[Name]) => void;
};

declare global {
  interface HTMLElementTagNameMap {
    "live-outline": LiveOutlineElement;
  }
  // On every element, the document and the window, because the events bubble out of everything.
  interface GlobalEventHandlersEventMap extends LiveOutlineEventMap {}
}

// The interfaces that are empty here are the framework's own, so that a page without that framework needs nothing of it.

declare module "react" {
  interface HTMLAttributes<T> {}
  interface ClassAttributes<T> {}
  namespace JSX {
    interface IntrinsicElements {
      "live-outline":
        & ClassAttributes<LiveOutlineElement>
        & HTMLAttributes<LiveOutlineElement>
        & LiveOutlineAttributes
        & LiveOutlineProperties
        & LiveOutlineHandlers;
    }
  }
}

declare module "vue" {
  interface HTMLAttributes {}
  interface GlobalComponents {
    "live-outline": new () => LiveOutlineElement & {
      /** For templates; not there while the page runs. */
      $props: HTMLAttributes & LiveOutlineAttributes & LiveOutlineProperties;
      /** For templates; not there while the page runs. */
      $emit: <Name extends keyof LiveOutlineEventMap>(name: Name, event: LiveOutlineEventMap[Name]) => void;
    };
  }
}
