// Every word the widget says, in English, and what is put together from it. Other languages are tables with the same
// names (www/locales.js). Never the outline's own text.

const ENGLISH = {
  lang: "en",
  outline: "Outline",
  controls: "Outline controls",
  stop: "Stop",
  pause: "Pause",
  resume: "Resume",
  retry: "Try again",
  copy: "Copy",
  copied: "Copied",
  download: "Download",
  expand: "Expand all",
  collapse: "Collapse all",
  latest: "Latest",
  empty: "This stream had no outline in it.",
  "module-one": "{n} module",
  "module-other": "{n} modules",
  "lesson-one": "{n} lesson",
  "lesson-other": "{n} lessons",
  of: "{n} of {all}",
  idle: "Ready",
  connecting: "Connecting",
  streaming: "Writing",
  stalled: "Waiting for more",
  reconnecting: "Reconnecting",
  paused: "Paused",
  stopped: "Stopped",
  ended: "Ended without a closing line",
  incomplete: "Cut off before the end",
  done: "Complete",
  error: "Failed",
  "said-module": "New module: {detail}",
  "said-stopped": "Outline stopped",
  "said-ended": "Outline ended without a closing line",
  "said-incomplete": "Outline cut off before the end",
  "said-done": "Outline complete",
  "said-error": "Outline failed",
  "limit-nodes": "The outline is too long: only its first 200,000 entries are shown.",
  "limit-depth": "Some entries are nested too deeply; they are shown 32 levels deep.",
  "no-answer": "No answer came. There is no connection, or the server does not let this page read it (CORS); check both, then try again.",
  "http-denied": "The server does not let this page read the outline; sign in, then try again (HTTP {detail}).",
  "http-missing": "There is no outline at this address; check the address (HTTP {detail}).",
  "http-busy": "The server could not send the outline; try again in a moment (HTTP {detail}).",
  "http-refused": "The server refused to send the outline; check the request (HTTP {detail}).",
  cut: "The connection was cut before the outline was complete; what came is kept. Try again.",
  silent: "Nothing came for a long time; what came is kept. Try again.",
  page: "A web page came instead of an outline stream; check the address and whether you are signed in.",
  producer: "The producer of the outline failed: {detail}.",
  "producer-retry": "The producer of the outline failed: {detail}. Try again in a moment.",
  "producer-silent": "it did not say why",
  request: "The address or the request cannot be used: {detail}",
  locked: "Something else already reads the stream; give the element one of its own.",
  bytes: "The stream must give bytes (Uint8Array); encode its text first.",
  browser: "This browser cannot stream; use a newer one.",
};

export const english = () => ENGLISH;

/** A sentence; `detail` is what it names, if it names anything. */
export function say(table, name, detail = "") {
  return (table[name] ?? ENGLISH[name] ?? "").replace("{detail}", () => detail);
}

/** What went wrong and what to do. */
export function failure(table, reason, detail, retryable) {
  if (reason === "host" && detail) return detail;
  const name = reason === "producer" && retryable ? "producer-retry" : reason;
  return say(table, name, detail.replace(/\.$/, "") || say(table, "producer-silent"));
}

/** "3 of 8 modules · 17 lessons · 0:42"; below 0 planned means that it is not known how many. */
export function progress(table, modules, planned, lessons, seconds) {
  // The browser's first number in any language takes it 20 to 40 ms: English does without.
  const plain = table.lang === "en";
  const number = (n) => (plain ? String(n).replace(/\B(?=(\d{3})+$)/g, ",") : n.toLocaleString(table.lang));
  const count = (noun, n, shown = number(n)) => {
    const form = plain ? (n === 1 ? "one" : "other") : new Intl.PluralRules(table.lang).select(n);
    return (table[`${noun}-${form}`] ?? say(table, `${noun}-other`)).replace("{n}", shown);
  };
  const parts = [];
  const of = () => say(table, "of").replace("{n}", number(modules)).replace("{all}", number(planned));
  if (planned >= (modules || 1)) parts.push(count("module", planned, of()));
  else if (modules) parts.push(count("module", modules));
  if (lessons) parts.push(count("lesson", lessons));
  if (seconds) parts.push(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
  return parts.join(" · ");
}
