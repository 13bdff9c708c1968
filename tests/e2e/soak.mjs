// Ten elements on one page read recordings with random faults, begin again when they are over, are stopped, removed and
// made anew, for as long as it is told: node soak.mjs [minutes, 30]
//
// It prints what the page holds each minute, and ends with 1 when memory grows (by more than a tenth from a fifth of the
// time to its end), when any outline is not what was sent, or when the console says more than that a request failed.

import { setTimeout as sleep } from "node:timers/promises";
import { ASSETS, DIST, launch } from "./helpers.mjs";
import { answer, faults, serve } from "./server.mjs";

const minutes = Number(process.argv[2] ?? 30);
if (!(minutes > 0)) {
  console.error("usage: node soak.mjs [minutes]");
  process.exit(2);
}
const ELEMENTS = 10;
const RECORDINGS = ["world", "arabic", "progress", "pricing"];
const EVERY_MS = Math.min(60_000, (minutes * 60_000) / 10);

const site = await serve({ mounts: { [ASSETS]: DIST }, routes: { "/faults/": faults(`${DIST}/streams`) } });
site.routes["/soak"] = answer(200, `<!doctype html><meta charset="utf-8"><title>Soak</title><link rel="icon" href="data:,">
  <script type="module" src="${ASSETS}embed.js"></script><body>`, { "content-type": "text/html; charset=utf-8" });
const browser = await launch();
const page = await browser.newPage();
const said = new Map();
const failures = new Set();
let refused = 0;
const hear = (text) => {
  // A fault of the server, told by the browser itself.
  if (/^error: Failed to load resource: /.test(text)) refused++;
  else said.set(text, (said.get(text) ?? 0) + 1);
};
page.on("console", (message) => hear(`${message.type()}: ${message.text()}`));
page.on("pageerror", (error) => hear(`uncaught: ${error.stack ?? error}`));
page.on("crash", () => hear("the page crashed"));
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable");
await page.addInitScript(seeMemory);
await page.goto(`${site.url}/soak`);
await page.evaluate(run, { ELEMENTS, RECORDINGS });

console.log("min   JS MB  wasm MB   nodes  listeners  requests  reconnects    runs  failed requests  wrong  console");
const samples = [];
const began = Date.now();
while (Date.now() - began < minutes * 60_000) {
  await sleep(EVERY_MS);
  const sample = await measure();
  for (const wrong of sample.wrong.slice(samples.at(-1)?.wrong.length ?? 0)) console.error(`wrong outline: ${wrong}`);
  samples.push(sample);
  console.log([
    ((Date.now() - began) / 60_000).toFixed(1).padStart(4), mb(sample.js, 7), mb(sample.wasm, 8),
    ...[[sample.nodes, 7], [sample.listeners, 10], [sample.requests, 9], [sample.reconnects, 11], [sample.runs, 7],
      [refused, 16], [sample.wrong.length, 6], [said.size, 8]].map(([value, width]) => String(value).padStart(width)),
  ].join(" "));
}

const early = samples[Math.max(0, Math.ceil(samples.length / 5) - 1)];
const late = samples.at(-1);
for (const what of ["js", "wasm"]) {
  const growth = late[what] / early[what] - 1;
  if (growth > 0.1) failures.add(`${what} memory grew by ${Math.round(growth * 100)} %`);
}
for (const wrong of late.wrong) failures.add(`wrong outline: ${wrong}`);
for (const [text, times] of said) failures.add(`console, ${times} times: ${text}`);
if (late.runs === 0 || late.reconnects === 0) failures.add("nothing was cut and gone on from");
await browser.close();
await site.close();
for (const failure of failures) console.error(failure);
console.log(failures.size === 0 ? "nothing grew, nothing was wrong" : `${failures.size} things are wrong`);
process.exit(failures.size === 0 ? 0 : 1);

function mb(bytes, width) {
  return (bytes / 1e6).toFixed(2).padStart(width);
}

/** What the page holds while nothing runs, so that two of these can be compared. */
async function measure() {
  await page.evaluate(() => soak.rest());
  await sleep(500);
  for (let i = 0; i < 3; i++) await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const metric = (wanted) => metrics.find(({ name }) => name === wanted).value;
  const told = await page.evaluate(() => soak.tell());
  const requests = site.requests.length;
  site.requests.length = 0;
  await page.evaluate(() => soak.go());
  return {
    js: metric("JSHeapUsedSize"), nodes: metric("Nodes"), listeners: metric("JSEventListeners"),
    requests, ...told,
  };
}

/** Runs in the page, first: keeps hold of the memory of the WebAssembly, which no metric knows. */
function seeMemory() {
  globalThis.memories = [];
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const own = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await own.apply(WebAssembly, args);
      const { exports } = made.instance ?? made;
      memories.push(Object.values(exports).find((found) => found instanceof WebAssembly.Memory));
      return made;
    };
  }
}

/** Runs in the page: begins, and never ends. */
async function run({ ELEMENTS, RECORDINGS }) {
  const OVER = ["ended", "incomplete", "done", "error", "stopped"];
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  const chance = (part) => Math.random() < part;
  const expected = {};
  const soak = { wrong: [], runs: 0, reconnects: 0, resting: false };
  globalThis.soak = soak;

  const over = (el) => new Promise((done) => {
    const heard = new AbortController();
    const look = ({ type }) => {
      if (type !== "left" && !OVER.includes(el.state)) return;
      heard.abort();
      done(type === "left" ? type : el.state);
    };
    for (const type of ["outline-state-change", "left"]) el.addEventListener(type, look, heard);
  });

  function make() {
    const el = document.createElement("live-outline");
    document.body.append(el);
    return el;
  }

  for (const name of RECORDINGS) {
    const el = make();
    const ended = over(el);
    el.src = `/faults/${name}?every=0`;
    await ended;
    expected[name] = el.toMarkdown();
    el.remove();
  }

  /** Another address each time, and what may come of it. */
  function address(place, turn) {
    const name = any(RECORDINGS);
    const query = new URLSearchParams({ every: any([0, 1, 5]), run: `${place}.${turn % 10}` });
    const resume = any(["range", "offset", "seq", "none"]);
    query.set("resume", resume);
    const end = any(["reset", "chunk", "length", "close", "http10", "clean"]);
    if (chance(0.8)) {
      query.set("cut", "random");
      query.set("end", end);
      query.set("times", any([1, 1, 2, 3]));
    }
    if (chance(0.2)) query.set("stall", any([100, 1500]));
    if (chance(0.1)) query.set("etag", "change");
    if (resume !== "range" && chance(0.2)) query.set("gzip", "1");
    if (chance(0.1)) query.set("redirect", 1);
    if (chance(0.05)) query.set("status", 503);
    return { name, src: `/faults/${name}?${query}` };
  }

  function check(el, name, src) {
    const [got, whole] = [el.toMarkdown(), expected[name]];
    // The last line of a draft may be half a title.
    const right = el.state === "done" ? got === whole : whole.startsWith(got.trimEnd().split("\n").slice(0, -1).join("\n"));
    if (!right && soak.wrong.length < 20) soak.wrong.push(`${el.state} of ${src}: ${JSON.stringify(got)}, not ${JSON.stringify(whole)}`);
  }

  async function one(place) {
    let el = make();
    el.setAttribute("stall-timeout", "1");
    for (let turn = 0; ; turn++) {
      while (soak.resting) {
        // Half of the elements live as long as the page, half of them do not.
        if (place % 2) el.remove();
        else el.reset();
        await soak.rested;
        if (place % 2) el = make();
      }
      const { name, src } = address(place, turn);
      const ended = over(el);
      el.src = src;
      const way = Math.random();
      if (way < 0.1) setTimeout(() => el.stop(), Math.random() * 300);
      else if (way < 0.2 && place % 2) {
        setTimeout(() => {
          el.dispatchEvent(new Event("left"));
          el.remove();
        }, Math.random() * 300);
      }
      const state = await ended;
      soak.runs++;
      if (state === "left") {
        el = make();
        continue;
      }
      check(el, name, src);
      soak.reconnects += el.stats.reconnects;
      if (state !== "done" && !soak.resting && chance(0.5)) {
        const again = over(el);
        el.retry();
        await again;
        soak.runs++;
        check(el, name, src);
      }
    }
  }

  soak.rest = async () => {
    soak.rested = new Promise((go) => { soak.go = () => { soak.resting = false; go(); }; });
    soak.resting = true;
    // Runs that take long are cut short.
    await new Promise((done) => setTimeout(done, 2000));
    for (const el of document.querySelectorAll("live-outline")) el.stop();
  };
  soak.tell = () => {
    const { wrong, runs, reconnects } = soak;
    return { wrong, runs, reconnects, wasm: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) };
  };
  for (let place = 0; place < ELEMENTS; place++) one(place);
}
