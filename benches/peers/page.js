// What is measured, in the page. Each pass has a page of its own, and each looks at one thing, so that looking at one
// does not cost the other. Nothing here does more for a delta when the outline is longer.

import { Corpus, DONE, letters, line } from "./corpus.js";

const TURN_MS = 8; // how long deltas come in one task, before the browser draws
const AHEAD = 512; // lines made at a time, while no clock runs
const SAMPLES = 50; // how often a run is looked at closely
const STRETCH = 500; // in long runs, layout is forced in so many deltas in a row ...
const FRAMES_CAP = 5; // times the cap of a run: for the run with its frames
const STRETCHES = 40; // ... and so often, evenly spread: forcing it in all of them would take minutes
const RETRACT_DELTAS = 600;

let view;
let corpus;

// The memory of the WebAssembly of the page, noticed as it is made.
const memories = [];
for (const name of ["instantiate", "instantiateStreaming"]) {
  const make = WebAssembly[name];
  WebAssembly[name] = async (...args) => {
    const made = await make.apply(WebAssembly, args);
    memories.push(...Object.values((made.instance ?? made).exports).filter((it) => it instanceof WebAssembly.Memory));
    return made;
  };
}

export function wasmBytes() {
  return memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}

export async function open({ peer, modules, lessons, below }) {
  corpus = new Corpus(modules, lessons, below);
  const stage = document.createElement("div");
  stage.id = "stage";
  document.body.replaceChildren(stage);
  view = await (await import(`/peers/${peer}.js`)).open(stage);
  view.stage = stage;
  await frame();
  return { deltas: corpus.deltas, rows: corpus.rows, bytes: corpus.text.length };
}

// Cost: what a delta takes, from the line of the wire to the DOM, and to the layout if asked for.
export async function cost({ layout, capMs }) {
  const every = layout && corpus.deltas > 2 * STRETCH * STRETCHES ? Math.floor(corpus.deltas / STRETCHES) : 0;
  // Counted from the end, so that the last stretch is the end of the outline.
  const counts = (at) => every === 0 || (corpus.deltas - 1 - at) % every < STRETCH;
  const times = new Float32Array(corpus.deltas);
  const frames = new Frames();
  const tasks = new LongTasks();
  let done = 0;
  let timed = 0;
  let busy = 0;
  let longest = 0;
  let lines = [];
  // What the browser does in between counts, too: without pages a long outline is a second a frame.
  const until = performance.now() + FRAMES_CAP * capMs;
  while (done < corpus.deltas && busy < capMs && performance.now() < until) {
    if (lines.length === 0) lines = corpus.take(AHEAD);
    const most = Math.min(lines.length, view.turn ?? AHEAD);
    const counting = counts(done);
    const start = performance.now();
    let last = start;
    let taken = 0;
    while (taken < most && last - start < TURN_MS && counts(done) === counting) {
      view.write(lines[taken++]);
      if (layout && counting) void view.host.offsetHeight;
      const now = performance.now();
      if (counting) times[timed++] = now - last;
      last = now;
      done++;
    }
    lines.splice(0, taken);
    busy += last - start;
    longest = Math.max(longest, last - start);
    await frames.next();
    follow();
  }
  const whole = done === corpus.deltas;
  if (whole) {
    view.end();
    await quiet();
  }
  const tenth = Math.max(1, Math.floor(timed / 10));
  const mean = sum(times, 0, timed) / timed;
  return {
    done,
    timed,
    whole,
    ms: mean * done,
    mean: us(mean),
    first: us(sum(times, 0, tenth) / tenth),
    last: us(sum(times, timed - tenth, timed) / tenth),
    longest: Math.max(longest, tasks.longest()),
    frame99: frames.percentile(99),
    right: whole ? shown() === letters(corpus.text) : undefined,
  };
}

// The same wire, read from the network by the peer itself.
export async function fetched({ url }) {
  const frames = new Frames();
  const tasks = new LongTasks();
  let over = false;
  const start = performance.now();
  const ended = view.fetch(url).then(() => (over = true));
  while (!over) {
    await frames.next();
    follow();
  }
  await ended;
  const ms = performance.now() - start;
  await quiet();
  return {
    done: corpus.deltas,
    whole: true,
    ms,
    mean: us(ms / corpus.deltas),
    longest: tasks.longest(),
    frame99: frames.percentile(99),
    right: shown() === letters(corpus.text),
  };
}

// Counts: what happens to the elements.
export async function counts({ capMs }) {
  let added = 0;
  let removed = 0;
  let records = 0;
  const count = (list) => {
    // An element that comes inside another one has a record of its own, or none.
    const seen = new Set();
    records += list.length;
    for (const record of list) {
      for (const node of record.addedNodes) for (const element of elementsIn(node)) seen.add(element);
      for (const node of record.removedNodes) removed += elementsIn(node).length;
    }
    added += seen.size;
  };
  const observer = observe(count);
  const every = Math.max(1, Math.floor(corpus.deltas / SAMPLES));
  let checks = 0;
  let breaks = 0;
  let before = [];
  let done = 0;
  const start = performance.now();
  let turn = start;
  while (done < corpus.deltas && performance.now() - start < capMs) {
    for (const written of corpus.take(view.turn ?? TURN_MS)) {
      view.write(written);
      count(observer.takeRecords());
      if (++done % every === 0) {
        const now = rows();
        for (let at = 0; at < before.length - 2; at++, checks++) breaks += before[at] !== now[at];
        before = now;
      }
    }
    if (performance.now() - turn > TURN_MS || view.turn) {
      await task();
      turn = performance.now();
    }
  }
  observer.disconnect();
  return { done, whole: done === corpus.deltas, added, removed, records, checks, breaks };
}

// Behaviour: what a reader notices. Selects titles while the stream goes on, and reads along.
export async function behaviour() {
  const text = corpus.text;
  const selection = { growing: [], finished: undefined };
  const frames = [];
  let at = 0;
  let done = 0;
  let growing;
  let finished;
  for (const written of corpus.take(corpus.deltas)) {
    view.write(written);
    at += corpus.cuts[done++];
    await quiet();
    if (done <= RETRACT_DELTAS) frames.push(shown());
    // Early on: the title that is growing, over and over, from its fourth letter to the end of its line.
    if (done < corpus.deltas * 0.4) {
      const lineStart = text.lastIndexOf("\n", at - 1) + 1;
      const lineEnd = text.indexOf("\n", at);
      const upTo = letters(text.slice(0, at)).length;
      const from = letters(text.slice(0, lineStart)).length;
      if (!growing && text.startsWith("- ", lineStart) && upTo - from >= 4 && lineEnd - at >= 8) {
        growing = { ...select(from, from + 3), lineEnd };
      } else if (growing && at > growing.lineEnd) {
        selection.growing.push(selected() === growing.text && growing.text.length > 0);
        growing = undefined;
        getSelection().removeAllRanges();
      }
    } else {
      // Then one that is finished, to the end of the stream and beyond.
      finished ??= select(0, 3);
    }
  }
  view.end();
  await quiet();
  selection.finished = finished.text.length > 0 && selected() === finished.text;
  const final = shown();
  return {
    growing: selection.growing.filter(Boolean).length,
    grew: selection.growing.length,
    finished: selection.finished,
    frames: frames.length,
    retracted: frames.filter((frame) => !final.startsWith(frame)).length,
    right: final === letters(text),
  };
}

// One body that is already here: is the page still usable while it is shown?
// `scrolls`: "no", or what is kept at its end: the "page" in each frame, or the "element" by itself.
export async function body({ modules, lessons, scrolls }) {
  if (scrolls === "element") view.host.style.height = "600px";
  const { blob, deltas } = bodyOf(modules, lessons);
  await quiet(); // making the body is a long task of its own
  const tasks = new LongTasks();
  const heart = new Heartbeat();
  const frames = new Frames();
  await frames.next();
  let over = false;
  const start = performance.now();
  const ended = once(view.host, "outline-done").then(() => (over = true));
  view.host.source = new Response(blob);
  while (!over) {
    await frames.next();
    if (scrolls === "page") follow();
  }
  await ended;
  const ms = performance.now() - start;
  const delay = heart.stop();
  return {
    deltas,
    rows: elementsOf("module") + elementsOf("lesson"),
    ms,
    longTasks: tasks.count(),
    longest: tasks.longest(),
    delay,
    frame99: frames.percentile(99),
    complete: view.host.state === "done",
  };
}

// Mounts: one element after the other, each with a long outline, each taken away again.
export async function mount({ modules, lessons }) {
  view.stage.replaceChildren();
  const { blob } = bodyOf(modules, lessons);
  const element = document.createElement("live-outline");
  const ended = once(element, "outline-done");
  element.source = new Response(blob);
  view.stage.append(element);
  await ended;
  await frame();
  element.remove();
  await task();
  await frame();
}

// Work: what a delta does to the page, counted, in an outline of some size.
export async function work({ modules, lessons }) {
  const { blob } = bodyOf(modules, lessons);
  const lines = (await blob.text()).split("\n");
  const end = DONE.trim();
  view.write(lines.filter((entry) => entry !== end).join("\n"));
  while (elementsOf("module") < modules) await frame();
  await quiet();
  const kinds = { attributes: 0, characterData: 0, childList: 0 };
  let records = [];
  const observer = observe((list) => records.push(...list));
  const deltas = ["## A", " mod", "ule ", "more\n", "\n- ", "A less", "on", " more\n", "- B", " lesson", "\n"];
  const each = [];
  for (const text of deltas) {
    view.write(line(text));
    await quiet();
    each.push(records.length);
    for (const record of records) kinds[record.type]++;
    records = [];
  }
  observer.disconnect();
  return { modules, deltas: deltas.length, each, kinds };
}

function bodyOf(modules, lessons) {
  const rows = new Corpus(modules, lessons).text.split("\n").filter(Boolean);
  const lines = rows.map((text) => line(`${text}\n`));
  return { blob: new Blob([...lines, DONE]), deltas: lines.length };
}

// --- looking -------------------------------------------------------------------------------------------------------

function observe(callback) {
  const observer = new MutationObserver(callback);
  for (const part of view.parts) {
    observer.observe(part, { attributes: true, characterData: true, childList: true, subtree: true });
  }
  return observer;
}

function elementsIn(node) {
  return node.nodeType === Node.ELEMENT_NODE ? [node, ...node.querySelectorAll("*")] : [];
}

function elementsOf(part) {
  return view.parts.reduce((sum, root) => sum + root.querySelectorAll(`[part~=${part}]`).length, 0);
}

function rows() {
  return view.parts.flatMap((part) => [...part.querySelectorAll("h1,h2,h3,h4,h5,h6,li")]);
}

function* texts() {
  for (const part of view.parts) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) yield walker.currentNode;
  }
}

function shown() {
  return view.parts.map((part) => part.textContent).join("").replace(/\s+/g, "");
}

// Selects what is shown from one letter to another, over as many text nodes as it takes.
function select(from, to) {
  const edges = [];
  let letter = 0;
  for (const node of texts()) {
    for (let at = 0; at < node.length && edges.length < 2; at++) {
      if (/\s/.test(node.data[at])) continue;
      if (letter === from) edges[0] = [node, at];
      letter++;
      if (letter === to) edges[1] = [node, at + 1];
    }
    if (edges.length === 2) break;
  }
  if (edges.length < 2) return { text: "" };
  getSelection().setBaseAndExtent(...edges[0], ...edges[1]);
  return { text: selected() };
}

function selected() {
  const root = view.parts[0].getRootNode();
  const shadowRoots = root instanceof ShadowRoot ? [root] : [];
  const [range] = getSelection().getComposedRanges({ shadowRoots });
  if (!range) return "";
  const live = document.createRange();
  live.setStart(range.startContainer, range.startOffset);
  live.setEnd(range.endContainer, range.endOffset);
  return live.toString();
}

// --- waiting -------------------------------------------------------------------------------------------------------

function task() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

// After the next frame is drawn.
function frame() {
  return new Promise((resolve) => requestAnimationFrame(() => task().then(resolve)));
}

// When nobody has anything to do any more.
function quiet() {
  return scheduler.postTask(() => {}, { priority: "background" });
}

function once(target, name) {
  return new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));
}

// As a reader who follows: the growing end is what is laid out and drawn.
function follow() {
  view.stage.scrollTop = 1e9;
}

// --- clocks --------------------------------------------------------------------------------------------------------

class Frames {
  #gaps = [];
  #last = performance.now();

  async next() {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    this.#gaps.push(now - this.#last);
    this.#last = now;
    await task();
  }

  percentile(part) {
    const sorted = Float64Array.from(this.#gaps).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * part) / 100))];
  }
}

// The browser's own account of tasks of more than 50 ms.
class LongTasks {
  #entries = [];
  #observer = new PerformanceObserver((list) => this.#entries.push(...list.getEntries()));

  constructor() {
    this.#observer.observe({ type: "longtask" });
  }

  longest() {
    this.#entries.push(...this.#observer.takeRecords());
    return this.#entries.reduce((most, { duration }) => Math.max(most, duration), 0);
  }

  count() {
    this.longest();
    return this.#entries.length;
  }
}

// How long an input would wait: a message that is always on its way.
class Heartbeat {
  #channel = new MessageChannel();
  #waits = [];
  #sent = performance.now();
  #beats = true;

  constructor() {
    this.#channel.port1.onmessage = () => {
      const now = performance.now();
      this.#waits.push(now - this.#sent);
      this.#sent = now;
      if (this.#beats) this.#channel.port2.postMessage(null);
    };
    this.#channel.port2.postMessage(null);
  }

  stop() {
    this.#beats = false;
    this.#channel.port1.close();
    const sorted = Float64Array.from(this.#waits).sort();
    return { most: sorted.at(-1), p99: sorted[Math.floor(sorted.length * 0.99)], beats: sorted.length };
  }
}

function sum(values, from, to) {
  let total = 0;
  for (let at = from; at < to; at++) total += values[at];
  return total;
}

function us(ms) {
  return ms * 1000;
}
