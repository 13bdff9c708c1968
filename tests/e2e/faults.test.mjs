// Whatever a network does to a stream: an honest state, nothing left behind, and no more requests than were asked for.

import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import puppeteer from "puppeteer-core";
import { numbered } from "./faults.mjs";
import { ASSETS, DIST, DONE, PRICING, delta, line, shown, stage, state, states, tree } from "./helpers.mjs";
import { answer, faults, log, serve, silence, stream } from "./server.mjs";

const { site, open, host, route } = await stage();
route("/faults/", faults(`${DIST}/streams`));

/** What the browser itself says about a request that failed. */
const FAILED = [/^error: Failed to load resource: /];
const CORS = [/^error: Access to fetch at '.*' from origin '.*' has been blocked by CORS policy/, ...FAILED];

const MODULE = "Understanding Pricing Strategies";
const LESSONS = ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"];
const WHOLE = [[MODULE, LESSONS]];
const SOME = numbered(PRICING.slice(0, 2));
const ALL = numbered([...PRICING, DONE]);

const now = (page) => page.evaluate(() => document.querySelector("live-outline").state);
const call = (page, method) => page.evaluate((method) => void document.querySelector("live-outline")[method](), method);

/** A route that answers each request by the next of `routes`; the last one stays. */
const inTurn = (...routes) => {
  let asked = 0;
  return (...args) => routes[Math.min(asked++, routes.length - 1)](...args);
};

// ---- truncation -------------------------------------------------------------------------------

// What the browser reports of each: an error, or a clean end of body ("hidden").
const CUTS = {
  "the connection is reset": { end: "cut" },
  "the last chunk is missing": { end: "fin" },
  "Content-Length is too big": { end: "fin", framing: "length", length: 9999 },
  "the end of the connection is the end of the body": { framing: "close", hidden: true },
  "HTTP/1.0": { framing: "http10", hidden: true },
  "gzip breaks off and its chunks end": { gzip: true, end: "torn", hidden: true },
};

for (const [name, { hidden = false, ...options }] of Object.entries(CUTS)) {
  test(`cut: ${name}`, async (t) => {
    const torn = [...PRICING.slice(0, 2), PRICING[2].slice(0, 30)];
    const within = await open(t, `<live-outline src="${route("/cut/within", stream(torn, options))}"></live-outline>`, { expected: FAILED });
    await state(within, "incomplete");
    deepEqual(await tree(within), [[MODULE, LESSONS.slice(0, 1)]]);
    const at = await open(t, `<live-outline src="${route("/cut/at", stream(PRICING.slice(0, 2), options))}"></live-outline>`);
    await state(at, hidden ? "ended" : "incomplete");
    deepEqual(await tree(at), [[MODULE, LESSONS.slice(0, 1)]]);
    // A stream that can be read again has lost nothing, however it was cut.
    const again = inTurn(stream(numbered(torn), options), stream(ALL));
    const page = await open(t, `<live-outline src="${route("/cut/again", again)}"></live-outline>`);
    await state(page, "done");
    deepEqual(await tree(page), WHOLE);
    ok((await states(page)).includes("reconnecting"));
    // A body cut behind its done line is complete.
    const done = await open(t, `<live-outline src="${route("/cut/done", stream([...PRICING, DONE], options))}"></live-outline>`);
    await state(done, "done");
    await done.waitForTimeout(100);
    equal(await now(done), "done");
  });
}

test("gzip in several files, of which browsers read the first: not complete", async (t) => {
  const src = route("/members", stream([...PRICING, DONE], { gzip: "members" }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(page, "ended", "done");
  const lessons = (await tree(page))[0][1].length;
  // A browser that reads all of them shows all of it.
  equal(await now(page), lessons === LESSONS.length ? "done" : "ended");
});

test("nothing but the first half of a line, cut in each of these ways", async (t) => {
  for (const [name, { hidden, ...options }] of Object.entries(CUTS)) {
    const src = route("/half", stream([PRICING[0].slice(0, 20)], options));
    const page = await open(t, `<live-outline src="${src}"></live-outline>`, { expected: FAILED });
    await state(page, "incomplete");
    deepEqual(await tree(page), [], name);
    equal(site.of(src).length, 1, name);
    site.requests.length = 0;
  }
});

// ---- stop and retry ---------------------------------------------------------------------------

const cutSome = log(ALL, { attempts: [{ cutAt: Buffer.byteLength(SOME.join("")) }] });
const STATES = {
  connecting: { routes: [silence()] },
  streaming: { routes: [stream(SOME, { end: "open" })] },
  stalled: { routes: [stream(SOME, { end: "open" })], attributes: `stall-timeout="1"` },
  // Waiting for its turn, and waiting for an answer.
  reconnecting: { routes: [cutSome, answer(503, "", { "retry-after": "3" })], requests: 2 },
  "reconnecting, asked": { routes: [cutSome, silence()], requests: 2 },
};

/** Brings an element into one of these states. */
async function inState(t, name) {
  const { routes, attributes = "", requests = 1 } = STATES[name];
  const src = route(`/in/${name.replace(/\W+/g, "-")}`, inTurn(...routes, stream(ALL)));
  site.requests.length = 0;
  const page = await open(t, `<live-outline src="${src}" ${attributes}></live-outline>`, { expected: FAILED, head: COUNT });
  await state(page, name.split(",")[0]);
  while (site.of(src).length < requests) await page.waitForTimeout(20);
  return { page, src, last: () => site.of(src).at(-1), requests };
}

// Counts what a page could be left with: timers, frames and listeners of the page that the element began.
const COUNT = `<script>
  globalThis.left = { timers: new Set(), listeners: new Set(), began: 0 };
  // What drives this browser listens, too.
  const own = () => /embed\\.js|live-outline/.test(new Error().stack) && ++left.began;
  Error.stackTraceLimit = 50;
  for (const [start, end] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"], ["requestAnimationFrame", "cancelAnimationFrame"]]) {
    const [began, ended] = [globalThis[start], globalThis[end]];
    globalThis[start] = function (callback, ...rest) {
      const id = began.call(globalThis, (...args) => {
        if (start !== "setInterval") left.timers.delete(start + id);
        return typeof callback === "function" ? callback(...args) : (0, eval)(callback);
      }, ...rest);
      if (own()) left.timers.add(start + id);
      return id;
    };
    globalThis[end] = function (id) {
      left.timers.delete(start + id);
      return ended.call(globalThis, id);
    };
  }
  for (const target of [window, document, document.documentElement]) {
    const { addEventListener: add, removeEventListener: remove } = target;
    const names = new Map();
    const name = (type, callback, options) => {
      if (!names.has(callback)) names.set(callback, names.size);
      const capture = typeof options === "object" ? options?.capture : options;
      return [target.constructor.name, type, Boolean(capture), names.get(callback)].join(" ");
    };
    target.addEventListener = function (type, callback, options) {
      const key = name(type, callback, options);
      if (own()) left.listeners.add(key);
      options?.signal?.addEventListener("abort", () => left.listeners.delete(key));
      return add.call(target, type, callback, options);
    };
    target.removeEventListener = function (type, callback, options) {
      left.listeners.delete(name(type, callback, options));
      return remove.call(target, type, callback, options);
    };
  }
</script>`;

for (const name of Object.keys(STATES)) {
  test(`stop() while ${name}, twice; then retry()`, async (t) => {
    const { page, src, last, requests } = await inState(t, name);
    await page.evaluate(() => {
      const el = document.querySelector("live-outline");
      el.stop();
      el.stop();
    });
    equal(await now(page), "stopped");
    // A refusal is an answer that has ended already.
    if (name !== "reconnecting") equal(await last().closed, "client");
    await page.waitForTimeout(700);
    equal(site.of(src).length, requests, "nothing is asked any more");
    equal(await now(page), "stopped");
    equal(await page.evaluate(() => watching.events.filter(({ name }) => name === "stop").length), 1);
    deepEqual(await tree(page), name === "connecting" ? [] : [[MODULE, LESSONS.slice(0, 1)]]);
    equal(await shown(page, "retry-button"), "Try again");
    if (name === "reconnecting") await page.waitForTimeout(10);
    await call(page, "retry");
    await state(page, "done");
    deepEqual(await tree(page), WHOLE);
    equal(site.of(src).length, requests + 1);
  });

  test(`an element that is removed while ${name} leaves nothing`, async (t) => {
    const { page, src, last, requests } = await inState(t, name);
    await page.evaluate(() => {
      globalThis.kept = document.querySelector("live-outline");
      kept.remove();
    });
    if (name !== "reconnecting") equal(await last().closed, "client");
    await page.waitForTimeout(700);
    equal(site.of(src).length, requests, "nothing is asked any more");
    const { timers, listeners, began } = await page.evaluate(() => ({
      timers: [...left.timers, ...watching.timers],
      listeners: [...left.listeners],
      began: left.began,
    }));
    deepEqual(timers, []);
    deepEqual(listeners, []);
    ok(began > 0, "what the element begins is seen");
  });
}

test("the Stop and Try again buttons do it while reconnecting", async (t) => {
  const { page } = await inState(t, "reconnecting");
  equal(await shown(page, "status-text"), "Reconnecting");
  await page.getByRole("button", { name: "Stop" }).click();
  await state(page, "stopped");
  await page.getByRole("button", { name: "Try again" }).click();
  await state(page, "done");
  deepEqual(await tree(page), WHOLE);
});

test("Try again keeps the draft until there is something to show instead", async (t) => {
  const torn = [...PRICING.slice(0, 2), PRICING[2].slice(0, 30)];
  const src = route("/draft", inTurn(stream(torn, { end: "cut" }), stream([300, ...PRICING, DONE], { every: 20 })));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`, { expected: FAILED });
  await state(page, "incomplete");
  await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    watching.history(el);
    el.retry();
  });
  await state(page, "done");
  const seen = await page.evaluate(() => watching.seen.map((tree) => JSON.parse(tree)));
  ok(seen.every((tree) => tree[0]?.[0] === MODULE), `the module is always there: ${JSON.stringify(seen)}`);
  deepEqual(seen.at(-1), WHOLE);
});

// ---- stalls -----------------------------------------------------------------------------------

test("a stream that falls silent is stalled, and goes on when it does", async (t) => {
  const src = route("/silent", stream([...SOME, 1600, ALL[2], 300, ...ALL.slice(3)]));
  const page = await open(t, `<live-outline src="${src}" stall-timeout="1"></live-outline>`);
  await state(page, "stalled");
  equal(await shown(page, "status-text"), "Waiting for more");
  await state(page, "done");
  deepEqual(await tree(page), WHOLE);
  deepEqual((await states(page)).filter((state) => state !== "connecting"), ["streaming", "stalled", "streaming", "done"]);
  equal(site.of(src).length, 1);
});

test("keep-alives keep it from stalling; stall-timeout=\"0\" never stalls", async (t) => {
  const pings = Array.from({ length: 5 }, () => [350, line({ type: "ping" })]).flat();
  const kept = await open(t, `<live-outline src="${route("/pings", stream([...SOME, ...pings, ...ALL.slice(2)]))}" stall-timeout="1"></live-outline>`);
  await state(kept, "done");
  ok(!(await states(kept)).includes("stalled"));
  const off = await open(t, `<live-outline src="${route("/off", stream([...SOME, 1500, ...ALL.slice(2)]))}" stall-timeout="0"></live-outline>`);
  await state(off, "done");
  ok(!(await states(off)).includes("stalled"));
});

// ---- errors -----------------------------------------------------------------------------------

const SAYS_WHAT_TO_DO = /try again|check|sign in|encode|needs?|use /i;

/** The code, and what a person sees is what a page is told: a sentence that says what to do. */
async function failed(page, { code, retryable, at = ["error"] }) {
  await state(page, ...at);
  const { error, retry } = await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    return { error: el.error, retry: watching.shown("retry-button") };
  });
  equal(error.code, code);
  equal(error.retryable, retryable, `${code}: retryable`);
  match(error.message, /^[A-Z].*\.$/s, "a sentence");
  match(error.message, SAYS_WHAT_TO_DO);
  if (code !== "wasm") {
    equal((await shown(page, "error")).trim(), error.message);
    equal(retry !== null, retryable, "a Retry button where it helps");
  }
  return error;
}

for (const [status, retryable, headers] of [
  [401, true], [404, false], [410, false], [429, true, { "retry-after": "30" }], [500, true], [503, true],
]) {
  test(`error: HTTP ${status}`, async (t) => {
    const src = route(`/http/${status}`, answer(status, "<h1>No</h1>", headers));
    const page = await open(t, `<live-outline src="${src}"></live-outline>`, { expected: FAILED });
    const { message } = await failed(page, { code: "http", retryable });
    match(message, new RegExp(`\\(HTTP ${status}\\)`));
    equal(site.of(src).length, 1);
  });
}

test("error: network", async (t) => {
  const page = await open(t, `<live-outline src="/faults/pricing?cut=150&every=0"></live-outline>`, { expected: FAILED });
  await failed(page, { code: "network", retryable: true, at: ["incomplete"] });
});

test("error: cors-or-offline", async (t) => {
  const other = await serve({ routes: { "/faults/": faults(`${DIST}/streams`) } });
  t.after(() => other.close());
  const page = await open(t, `<live-outline src="${other.url}/faults/pricing?cors=off"></live-outline>`, { expected: CORS });
  await failed(page, { code: "cors-or-offline", retryable: true });
  const on = await open(t, `<live-outline src="${other.url}/faults/pricing?every=0"></live-outline>`);
  await state(on, "done");
});

test("another origin: a cut is gone on from, with ranges and with offsets", async (t) => {
  const other = await serve({ routes: { "/faults/": faults(`${DIST}/streams`) } });
  t.after(() => other.close());
  for (const resume of ["range", "offset", "seq"]) {
    const src = `${other.url}/faults/pricing?every=0&cut=150&resume=${resume}`;
    const page = await open(t, `<live-outline src="${src}"></live-outline>`, { expected: FAILED });
    await state(page, "done");
    deepEqual(await tree(page), WHOLE, resume);
  }
});

test("error: not-a-stream", async (t) => {
  const src = route("/page", answer(200, "<!doctype html><title>Sign in</title>", { "content-type": "text/html" }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await failed(page, { code: "not-a-stream", retryable: false });
});

test("a web page after a cut: what came stays, and trying ends", async (t) => {
  const src = route("/signed-out", inTurn(cutSome, answer(200, "<!doctype html><title>Sign in</title>", { "content-type": "text/html" })));
  const head = "<script>Math.random = () => 0.02</script>"; // no long waits
  const page = await open(t, `<live-outline src="${src}"></live-outline>`, { expected: FAILED, head });
  await state(page, "error", "incomplete");
  deepEqual(await tree(page), [[MODULE, LESSONS.slice(0, 1)]]);
  ok(site.of(src).length <= 9, `asked ${site.of(src).length} times`);
});

test("error: producer", async (t) => {
  for (const retryable of [true, false]) {
    const failure = line({ type: "error", message: "the model is overloaded; try again at noon", retryable });
    const src = route("/producer", stream([...ALL.slice(0, 2), failure]));
    site.requests.length = 0;
    const page = await open(t, `<live-outline src="${src}"></live-outline>`);
    const { message } = await failed(page, { code: "producer", retryable });
    match(message, /overloaded/);
    deepEqual(await tree(page), [[MODULE, LESSONS.slice(0, 1)]]);
    // The producer has spoken: asking again is for people.
    await page.waitForTimeout(300);
    equal(site.of(src).length, 1);
  }
});

test("error: unsupported", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate(() => { document.querySelector("live-outline").source = new ReadableStream({ start: (c) => c.enqueue("text") }); });
  await failed(page, { code: "unsupported", retryable: false });
});

test("error: wasm", async (t) => {
  site.mounts["/broken/"] = DIST;
  site.routes["/broken/live-outline_bg.wasm"] = answer(503);
  const page = await open(t, `<live-outline src="/faults/pricing"><p>Fallback</p></live-outline>`, {
    expected: FAILED, ready: false, script: `<script type="module" src="/broken/embed.js"></script>`,
  });
  await failed(page, { code: "wasm", retryable: true });
  equal(await page.evaluate(() => document.querySelector("live-outline p").checkVisibility()), true);
});

// ---- the page around it -----------------------------------------------------------------------

test("moving the element while it reads is no second request, and no interruption", async (t) => {
  const src = route("/moved", stream([...PRICING, DONE], { every: 120 }));
  const page = await open(t, `<div id="a"><live-outline src="${src}"></live-outline></div><div id="b"></div>`);
  await state(page, "streaming");
  await page.evaluate(() => document.querySelector("#b").append(document.querySelector("live-outline")));
  await page.evaluate(() => document.querySelector("#a").prepend(document.querySelector("live-outline")));
  await state(page, "done");
  deepEqual(await tree(page), WHOLE);
  equal(site.of(src).length, 1);
  ok(!(await states(page)).includes("idle"));
});

test("a new src ends the request of the first", async (t) => {
  const first = route("/first", stream(PRICING.slice(0, 2), { end: "open" }));
  const second = route("/second", stream([delta("## Second\n"), DONE]));
  for (const before of ["streaming", "connecting"]) {
    if (before === "connecting") route("/first", silence());
    site.requests.length = 0;
    const page = await open(t, `<live-outline src="${first}"></live-outline>`);
    await state(page, before);
    while (site.of(first).length === 0) await page.waitForTimeout(20);
    await page.evaluate((src) => { document.querySelector("live-outline").src = src; }, second);
    await state(page, "done");
    deepEqual(await tree(page), [["Second", []]]);
    equal(await site.of(first)[0].closed, "client");
    equal(site.of(first).length, 1);
  }
});

test("a new src while reconnecting forgets the first", async (t) => {
  const { page, src } = await inState(t, "reconnecting");
  const second = route("/other", stream([delta("## Second\n"), DONE]));
  await page.evaluate((src) => { document.querySelector("live-outline").src = src; }, second);
  await state(page, "done");
  await page.waitForTimeout(3200);
  deepEqual(await tree(page), [["Second", []]]);
  equal(site.of(src).length, 2);
});

// ---- one address, many elements ---------------------------------------------------------------

const allTrees = (page) => page.evaluate(() => watching.all().map((el) => watching.tree(el)));
const allStates = (page, ...wanted) => page.waitForFunction(
  (wanted) => watching.all().every(({ state }) => wanted.includes(state)), wanted, { polling: 20 },
);

test("many elements of one address make one request and show the same", async (t) => {
  const src = route("/shared", stream([...PRICING, DONE], { every: 100 }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`.repeat(10));
  await allStates(page, "done");
  for (const tree of await allTrees(page)) deepEqual(tree, WHOLE);
  equal(site.of(src).length, 1);
});

test("an element that joins later shows all of it", async (t) => {
  const src = route("/joined", stream([...PRICING, DONE], { every: 200 }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length > 0);
  await page.evaluate((src) => {
    const el = document.createElement("live-outline");
    el.src = src;
    document.body.append(el);
  }, src);
  await allStates(page, "done");
  for (const tree of await allTrees(page)) deepEqual(tree, WHOLE);
});

test("one of many stops, leaves or goes elsewhere, and the others go on; with the last one the request ends", async (t) => {
  const src = route("/company", stream([...PRICING.slice(0, 2), 600, PRICING[2]], { end: "open" }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`.repeat(4));
  await allStates(page, "streaming");
  await page.waitForFunction(() => watching.all().every((el) => watching.tree(el)[0]?.[1].length === 1));
  const second = route("/elsewhere", stream([delta("## Second\n"), DONE]));
  await page.evaluate((src) => {
    const [one, two, three] = watching.all();
    one.stop();
    two.src = src;
    three.remove();
  }, second);
  await page.waitForFunction(() => watching.tree(watching.all()[2])[0][1].length === 2);
  deepEqual(await allTrees(page), [[[MODULE, LESSONS.slice(0, 1)]], [["Second", []]], [[MODULE, LESSONS.slice(0, 2)]]]);
  equal(site.of(src).length, 1);
  equal(site.of(src)[0].ended, undefined, "the others still read");
  await page.evaluate(() => watching.all()[2].stop());
  equal(await site.of(src)[0].closed, "client");
});

test("many elements of one address are cut together, and all go on", async (t) => {
  const src = route("/cut/shared", log(ALL, { resume: "range", attempts: [{ cutAt: Buffer.byteLength(SOME.join("")) + 9 }, {}] }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`.repeat(5), { expected: FAILED });
  await allStates(page, "done");
  for (const tree of await allTrees(page)) deepEqual(tree, WHOLE);
  const requests = site.of(src).length;
  t.diagnostic(`${requests} requests`);
  ok(requests >= 2 && requests <= 6, `${requests} requests: each element waits for as long as it likes`);
});

test("a POST is each element's own", async (t) => {
  const src = route("/own", stream([...PRICING, DONE]));
  const page = await open(t, `<live-outline></live-outline>`.repeat(2));
  await page.evaluate((src) => {
    for (const el of watching.all()) {
      el.request = { method: "POST", body: "{}" };
      el.src = src;
    }
  }, src);
  await allStates(page, "done");
  equal(site.of(src).length, 2);
});

// ---- a page that is not looked at -------------------------------------------------------------

const LONG = [delta("## Long\n"), ...Array.from({ length: 60 }, (_, at) => delta(`- Lesson ${at}\n`)), DONE];

/** A browser that hides tabs which are not looked at and keeps pages to go back to; the one of all tests does neither. */
async function ownBrowser(t) {
  const own = await puppeteer.launch({
    executablePath: process.env.CHROMIUM || execFileSync("which", ["chromium"], { encoding: "utf8" }).trim(),
    args: ["--headless=new", "--no-sandbox", "--disable-gpu"],
    ignoreDefaultArgs: [
      "--disable-back-forward-cache", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
      "--disable-background-timer-throttling",
    ],
  });
  const page = await own.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  t.after(async () => {
    await own.close();
    deepEqual(said, []);
  });
  return { own, page };
}

const until = (page, what, ...args) => page.waitForFunction(what, { polling: 50, timeout: 10_000 }, ...args);
const lessonsOf = (page) => page.evaluate(() =>
  [...document.querySelector("live-outline").shadowRoot.querySelectorAll("li[part~=lesson]")].map((item) => item.textContent));
const SIXTY = Array.from({ length: 60 }, (_, at) => `Lesson ${at}`);

test("a hidden tab reads on, and shows all of it when it is looked at", async (t) => {
  const src = route("/hidden", stream(LONG, { every: 20 }));
  const { own, page } = await ownBrowser(t);
  await page.goto(host(`<live-outline src="${src}"></live-outline>`));
  await until(page, () => document.querySelector("live-outline").state === "streaming");
  await (await own.newPage()).bringToFront();
  await until(page, () => document.visibilityState === "hidden");
  await until(page, () => document.querySelector("live-outline").state === "done");
  const hidden = await page.evaluate(() => [document.visibilityState, document.querySelector("live-outline").outline.children[0].children.length]);
  deepEqual(hidden, ["hidden", 60]);
  await page.bringToFront();
  await until(page, () => document.querySelector("live-outline").shadowRoot.querySelectorAll("li[part~=lesson]").length === 60);
  deepEqual(await lessonsOf(page), SIXTY);
  equal(site.of(src).length, 1);
});

test("a hidden tab goes on where it was cut", async (t) => {
  const lines = numbered(LONG);
  const cutAt = Buffer.byteLength(lines.slice(0, 30).join(""));
  const src = route("/hidden/cut", log(lines, { resume: "seq", every: 20, attempts: [{ cutAt, end: "clean" }, {}] }));
  const { own, page } = await ownBrowser(t);
  await page.goto(host(`<live-outline src="${src}"></live-outline>`));
  await until(page, () => document.querySelector("live-outline").state === "streaming");
  await (await own.newPage()).bringToFront();
  await until(page, () => document.querySelector("live-outline").state === "done");
  equal(await page.evaluate(() => document.visibilityState), "hidden");
  await page.bringToFront();
  await until(page, () => document.querySelector("live-outline").shadowRoot.querySelectorAll("li[part~=lesson]").length === 60);
  deepEqual(await lessonsOf(page), SIXTY);
  equal(site.of(src).length, 2);
});

test("a page that is frozen goes on", async (t) => {
  const src = route("/frozen", stream(LONG, { every: 20 }));
  const page = await open(t, `<live-outline src="${src}" stall-timeout="1"></live-outline>`, { settings: {} });
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length > 5);
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await new Promise((done) => setTimeout(done, 2000));
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await state(page, "done");
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length === 60);
  equal(site.of(src).length, 1);
});

test("a page that is frozen while its connection is cut goes on where it was", async (t) => {
  const lines = numbered(LONG);
  const src = route("/frozen/cut", log(lines, { resume: "seq", every: 20, attempts: [{ cutAt: Buffer.byteLength(lines.slice(0, 30).join("")) }, {}] }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`, { settings: {}, expected: FAILED });
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length > 5);
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await new Promise((done) => setTimeout(done, 1500));
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await state(page, "done");
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length === 60);
  equal(site.of(src).length, 2);
});

test("a page that comes back from the back/forward cache reads on, or again", async (t) => {
  const { page } = await ownBrowser(t);
  const src = route("/back", stream(numbered(LONG), { every: 60 }));
  const headers = { "cache-control": "no-cache" };
  const head = `<script>addEventListener("pageshow", ({ persisted }) => { globalThis.persisted = persisted; });</script>`;
  await page.goto(host(`<live-outline src="${src}"></live-outline>`, { head, headers }));
  const lessons = (n) => until(page,
    (n) => document.querySelector("live-outline").shadowRoot.querySelectorAll("li[part~=lesson]").length >= n, n);
  await lessons(5);
  await page.goto(host("<p>Elsewhere</p>", { script: "", headers }));
  await new Promise((done) => setTimeout(done, 500));
  await page.evaluate(() => history.back());
  await until(page, () => document.querySelector("live-outline")?.state === "done");
  deepEqual(await lessonsOf(page), SIXTY);
  const persisted = await page.evaluate(() => globalThis.persisted);
  t.diagnostic(`the page was ${persisted ? "" : "not "}kept`);
  if (persisted) equal(site.of(src).length, 1);
});

// ---- the fault server itself ------------------------------------------------------------------

test("the fault server says what it does not know", async () => {
  for (const query of ["bogus=1", "cut=x", "status=200", "every=-1", "resume=all", "times=0", "type=a", "retry-after=soon"]) {
    const response = await fetch(`${site.url}/faults/pricing?${query}`);
    equal(response.status, 400, query);
    match(await response.text(), /^(There is no parameter|".*" is no value of) .*\.\n/, query);
  }
  const none = await fetch(`${site.url}/faults/nothing`);
  equal(none.status, 404);
  match(await none.text(), /There is no recording "nothing"; there are .*pricing/);
  equal((await fetch(`${site.url}/faults/..%2Findex`)).status, 404);
});

test("the fault server does what it is asked", async () => {
  const ask = async (query, init) => {
    const began = performance.now();
    const response = await fetch(`${site.url}/faults/pricing?every=0&${query}`, init);
    const said = { status: response.status, headers: response.headers };
    const body = await response.text().then((text) => ({ text }), (error) => ({ error }));
    return { ...said, ...body, took: performance.now() - began };
  };
  const whole = (await ask("")).text;
  equal(whole.length, (await ask("gzip=1")).text.length);
  for (const end of ["reset", "length"]) ok((await ask(`cut=100&end=${end}`)).error, end);
  for (const end of ["http10", "close", "gzip", "clean"]) equal((await ask(`cut=100&end=${end}`)).text, whole.slice(0, 100), end);
  equal((await ask("cut=100&end=clean")).text, whole, "the second request is not cut");
  deepEqual([(await ask("status=503&times=2&retry-after=4")), (await ask("status=503&times=2&retry-after=4")), (await ask("status=503&times=2&retry-after=4"))]
    .map(({ status, headers }) => [status, headers.get("retry-after")]), [[503, "4"], [503, "4"], [200, null]]);
  ok((await ask("stall=300")).took >= 290);
  ok((await ask("buffer=1&run=2&every=0")).text === whole);
  equal((await ask("type=text/html")).headers.get("content-type"), "text/html");
  equal((await ask("redirect=3")).text, whole);
  equal((await ask("cors=off")).headers.get("access-control-allow-origin"), null);
  equal((await ask("")).headers.get("access-control-allow-origin"), "*");
  equal((await ask("resume=range", { headers: { range: "bytes=50-" } })).text, whole.slice(50));
  const first = await ask("resume=range&etag=change");
  const second = await ask("resume=range&etag=change", { headers: { range: "bytes=50-", "if-range": first.headers.get("etag") } });
  equal(second.status, 200);
  equal(second.text, whole);
  ok((await ask("resume=seq&offset=3")).text.startsWith('{"seq":3,'));
});
