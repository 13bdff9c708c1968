// Reading goes on where it was cut, on any backend that can be read again, and on no other: CONTRACT, reading the stream.
//
// What is cut where is random: the seed stands in the message of a failure, and SEED=<n> repeats it.

import { after, test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cutting } from "./backends/proxy.mjs";
import { durable } from "./backends/durable.mjs";
import { numbered } from "./faults.mjs";
import { DONE, delta, line, stage, state } from "./helpers.mjs";
import { log, stream } from "./server.mjs";

const { site, open, route } = await stage();

const RUNS = 40;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

/** What the browser itself says about a connection that was cut. */
const CUT = [
  /^error: Failed to load resource: (net::ERR_|.* status of 503 )/,
  // A head that was cut may lack what lets another origin read it.
  /^error: Access to fetch at .* has been blocked by CORS policy/,
];

// ---- the recording ----------------------------------------------------------------------------

/** Numbers below `n`, the same for the same seed. */
function dice(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

const WORDS = ["Pricing 💶", "Größe", "価格", "👩‍🏫 Teaching", "a*b", "Tests ✅", "Καλημέρα", "C++", "naïve", "🏷️ Labels", "x < y", "more"];

/** An outline as it is written, in deltas that are cut anywhere, also inside a character; with a keep-alive here and there. */
function recording(modules = 6, lessons = 4) {
  const random = dice(7);
  const title = (at) => `${WORDS[random(WORDS.length)]} ${WORDS[random(WORDS.length)]} ${at}`;
  const parts = Array.from({ length: modules }, (_, m) =>
    `## ${title(m)}\n${Array.from({ length: lessons }, (_, l) => `- ${title(`${m}.${l}`)}\n`).join("")}`);
  const text = `# Course 🎓 ${title(0)}\n\n${parts.join("\n")}`;
  const lines = [line({ type: "start", run: "one" })];
  for (let at = 0; at < text.length; ) {
    const next = at + 1 + random(16);
    lines.push(delta(text.slice(at, next)));
    if (random(12) === 0) lines.push(line({ type: "ping" }));
    at = next;
  }
  return { text, nodes: modules * (lessons + 1), lines: [...lines, DONE] };
}

const { text: MARKDOWN, nodes: NODES, lines: PLAIN } = recording();
const NUMBERED = numbered(PLAIN);

// ---- runs -------------------------------------------------------------------------------------

/** One to four places to cut, each some lines after the one before, and how. */
function cuts(random, lines, ways, first = ways) {
  const ends = [];
  let total = 0;
  for (const line of lines) ends.push(total += Buffer.byteLength(line));
  const wanted = 1 + random(4);
  const places = [];
  for (let at = 2 + random(10); places.length < wanted && at < lines.length - 1; at += 4 + random(Math.floor(lines.length / wanted))) {
    // At the end of a line as often as at all the other places together.
    const within = random(2) ? 0 : random(Buffer.byteLength(lines[at + 1]));
    const now = places.length === 0 ? first : ways;
    places.push({ cutAt: ends[at] + within, way: now[random(now.length)] });
  }
  return places;
}

const ENDS = {
  reset: { end: "cut" },
  chunk: { end: "fin" },
  length: { end: "fin", framing: "length" },
  close: { end: "clean", framing: "close" },
  http10: { end: "clean", framing: "http10" },
  clean: { end: "clean" },
  gzip: { end: "torn", gzip: true },
};
// A reset may take lines with it that have arrived already.
const PLAIN_ENDS = ["reset", "chunk", "length", "close", "http10", "clean"];
const ALL_ENDS = [...PLAIN_ENDS, "gzip"];
// Where nothing but the lines themselves shows that they can be read again, one has to arrive.
const LOSSLESS = ALL_ENDS.filter((way) => way !== "reset");

/**
 * Reads each address with an element of its own, all at once, and tells what they have come to. `jitter` is what chance makes
 * of the wait before each try, from 0 to 1.
 */
async function read(t, sources, { attributes = {}, expected = CUT, jitter } = {}) {
  const head = jitter === undefined ? "" : `<script>Math.random = () => ${jitter}</script>`;
  const page = await open(t, `<live-outline></live-outline>`, { expected, head });
  await page.evaluate(({ sources, attributes }) => {
    globalThis.runs = sources.map((src) => {
      const el = document.createElement("live-outline");
      for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
      const run = { el, first: new Map(), removed: 0, again: 0, states: [] };
      el.addEventListener("outline-state-change", ({ detail }) => run.states.push(detail.state));
      const items = (node) => (node.nodeType !== 1 ? [] : [...(node.matches("li[data-key]") ? [node] : []), ...node.querySelectorAll("li[data-key]")]);
      new MutationObserver((changes) => {
        for (const { addedNodes, removedNodes } of changes) {
          for (const node of removedNodes) run.removed += items(node).length;
          for (const node of addedNodes) {
            for (const item of items(node)) {
              const { key } = item.dataset;
              if (!run.first.has(key)) run.first.set(key, item);
              else if (run.first.get(key) !== item) run.again++;
            }
          }
        }
      }).observe(el.shadowRoot, { subtree: true, childList: true });
      el.src = src;
      document.body.append(el);
      return run;
    });
  }, { sources, attributes });
  const over = ["ended", "incomplete", "done", "error", "stopped"];
  await page.waitForFunction((over) => runs.every(({ el }) => over.includes(el.state)), over, { polling: 50, timeout: 30_000 })
    .catch(() => {}); // which one is not over is told by its state
  return page.evaluate(() => runs.map(({ el, first, removed, again, states }) => ({
    state: el.state,
    markdown: el.toMarkdown(),
    items: el.shadowRoot.querySelectorAll("li[data-key]").length,
    // Each element is still the one that was first seen with its key.
    kept: [...first].filter(([key, item]) => item.isConnected && item.dataset.key === key && item.getRootNode() === el.shadowRoot).length,
    removed,
    again,
    reconnects: el.stats.reconnects,
    skipped: el.stats.skipped,
    states,
  })));
}

/** Nothing lost, nothing twice, nothing made again, and complete. */
function exact(got, where) {
  equal(got.state, "done", `${where}: ${got.states.join(" ")}`);
  equal(got.markdown, MARKDOWN, where);
  const { items, kept, removed, again, skipped } = got;
  deepEqual({ items, kept, removed, again, skipped }, { items: NODES, kept: NODES, removed: 0, again: 0, skipped: 0 }, where);
}

/**
 * Forty runs on a backend of this server: `make` gives the route of a run from its faults. What is wrong with all of them is
 * told at once.
 */
async function runs(t, name, lines, ways, { make, first, attributes, check = () => {}, runs = RUNS }) {
  const plans = Array.from({ length: runs }, (_, run) => cuts(dice(SEED + run), lines, ways, first));
  const sources = plans.map((plan, run) => {
    const attempts = [...plan.map(({ cutAt, way }) => ({ cutAt, ...ENDS[way] })), {}];
    return route(`/${name}/${run}`, make(attempts));
  });
  const outcomes = await read(t, sources, { attributes });
  for (const [run, got] of outcomes.entries()) {
    const where = `${name}, run ${run} of seed ${SEED}, ${plans[run].map(({ cutAt, way }) => `${way} at ${cutAt}`).join(", ")}`;
    exact(got, where);
    const requests = site.of(sources[run]);
    equal(requests.length, plans[run].length + 1, `${where}: each cut is one more request`);
    equal(got.reconnects, plans[run].length, where);
    check(requests, where, plans[run]);
  }
}

// ---- what can be read again -------------------------------------------------------------------

test("uncut, the recording is what it was written from", async (t) => {
  for (const lines of [PLAIN, NUMBERED]) {
    const [got] = await read(t, [route("/whole", stream(lines))], { expected: [] });
    exact(got, "uncut");
    equal(got.reconnects, 0);
  }
});

test("a static file with ranges and an ETag: only what is missing is asked for", async (t) => {
  await runs(t, "range", PLAIN, PLAIN_ENDS, {
    make: (attempts) => log(PLAIN, { resume: "range", attempts }),
    check([first, ...more], where, plan) {
      equal(first.headers.range, undefined, where);
      for (const [at, { headers }] of more.entries()) {
        if (headers.range === undefined && plan.slice(0, at + 1).every(({ way }) => way === "reset")) continue;
        ok(/^bytes=\d+-$/.test(headers.range), `${where}: Range is ${headers.range}`);
        equal(headers["if-range"], '"log"', where);
      }
    },
  });
});

test("a static file whose ETag is another one each time: the whole file comes, what is known is dropped", async (t) => {
  let version = 0;
  await runs(t, "etag", PLAIN, PLAIN_ENDS, {
    make: (attempts) => log(PLAIN, { resume: "range", etag: () => `"${++version}"`, attempts }),
    runs: 10,
  });
});

test("a server that ignores ranges, lines with seq", async (t) => {
  await runs(t, "seq-ignored", NUMBERED, ALL_ENDS, {
    make: (attempts) => log(NUMBERED, { attempts }),
    first: LOSSLESS,
  });
});

test("a server that ignores ranges, lines without seq, reconnect=\"always\": what begins the same is dropped", async (t) => {
  await runs(t, "prefix", PLAIN, ALL_ENDS, {
    make: (attempts) => log(PLAIN, { attempts }),
    // Nothing but a done line or reconnect="always" tells a clean end from a cut at the end of a line.
    attributes: { reconnect: "always" },
  });
});

test("a server that takes ?offset=<seq>", async (t) => {
  await runs(t, "seq", NUMBERED, ALL_ENDS, {
    make: (attempts) => log(NUMBERED, { resume: "seq", attempts }),
    first: LOSSLESS,
    check([first, ...more], where) {
      equal(first.query.get("offset"), null, where);
      for (const { query } of more) ok(Number(query.get("offset")) > 0, `${where}: offset is ${query.get("offset")}`);
    },
  });
});

test("a server that tells Stream-Next-Offset and counts bytes", async (t) => {
  // It answers 400 to an offset that it has not given out.
  for (const [name, lines] of [["offset", PLAIN], ["offset-seq", NUMBERED]]) {
    await runs(t, name, lines, PLAIN_ENDS, { make: (attempts) => log(lines, { resume: "offset", attempts }), runs: 20 });
  }
});

test("an address with a query keeps it", async (t) => {
  const at = Buffer.byteLength(NUMBERED.slice(0, 20).join(""));
  const src = route("/queried", log(NUMBERED, { resume: "seq", attempts: [{ cutAt: at }, {}] }));
  const [got] = await read(t, [`${src}?course=7&lang=de#part`]);
  exact(got, "with a query");
  const [first, second] = site.of(src);
  deepEqual(first.query.toString(), "course=7&lang=de");
  equal(second.query.get("course"), "7");
  equal(second.query.get("lang"), "de");
  ok(Number(second.query.get("offset")) > 0);
});

// ---- behind a proxy that cuts -----------------------------------------------------------------

/**
 * Runs on a backend behind a proxy: `prepare` makes the run's stream there and gives its path. `answer`: how long the
 * answers are that it gives, in bytes, when they are shorter than the lines.
 */
async function proxied(t, { name, port, prepare, lines, answer, runs = RUNS }) {
  const plans = Array.from({ length: runs }, (_, run) => {
    const random = dice(SEED + run);
    return cuts(random, lines, ["reset", "end"]).map(({ cutAt, way }, at) => ({
      // The first cut lies behind the first head: before it nothing has shown that the stream can be read again. The
      // others lie anywhere.
      body: at === 0,
      after: random(answer ?? cutAt),
      how: way,
    }));
  });
  const proxies = await Promise.all(plans.map((plan) => cutting(port, plan)));
  const paths = await Promise.all(plans.map((_, run) => prepare(run)));
  try {
    const outcomes = await read(t, proxies.map((proxy, run) => `http://127.0.0.1:${proxy.port}${paths[run]}`));
    for (const [run, got] of outcomes.entries()) {
      const plan = plans[run].map(({ after, how, body }) => `${how} after ${after}${body ? " of the body" : ""}`).join(", ");
      exact(got, `${name}, run ${run} of seed ${SEED}, ${plan}`);
    }
    const cut = proxies.reduce((sum, { cuts }) => sum + cuts, 0);
    t.diagnostic(`${name}: ${runs} runs, ${cut} cuts`);
    ok(cut >= runs / 2, `only ${cut} connections were cut`);
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
}

test("a Flask backend of thirty lines, cut anywhere", async (t) => {
  const python = fileURLToPath(new URL("../../target/python/bin/python", import.meta.url));
  if (!existsSync(python)) return t.skip("There is no Python with Flask in target/python; \"make tools\" installs it.");
  const backend = await flask(python);
  t.after(() => backend.kill());
  const start = (every) => async (run) => {
    const path = `/runs/${every}-${run}`;
    const body = PLAIN.filter((line) => !line.includes('"ping"')).join("");
    const response = await fetch(`http://127.0.0.1:${backend.port}${path}?every=${every}`, { method: "POST", body });
    equal(response.status, 201);
    return path;
  };
  // All of it in one answer, and written while it is read.
  const lines = NUMBERED.filter((line) => !line.includes('"ping"'));
  await proxied(t, { name: "written before", port: backend.port, prepare: start(0), lines, runs: RUNS / 2 });
  await proxied(t, { name: "while written", port: backend.port, prepare: start(5), lines, answer: 500, runs: RUNS / 2 });
});

/** Starts the backend; it says on which port it listens. */
async function flask(python) {
  const course = fileURLToPath(new URL("backends/course.py", import.meta.url));
  const child = spawn(python, [course, "0"], { stdio: ["ignore", "ignore", "pipe"] });
  after(() => child.kill());
  let said = "";
  child.port = await new Promise((done, fail) => {
    child.once("exit", (code) => fail(new Error(`The backend ended with ${code}: ${said}`)));
    child.stderr.on("data", (bytes) => {
      if (said.length < 10_000) said += bytes;
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port) done(Number(port));
    });
  });
  return child;
}

test("a Durable Streams server, cut anywhere, with and without seq", async (t) => {
  const backend = await durable();
  if (!backend) return t.skip("@durable-streams/server is not installed; \"make tools\" installs it.");
  t.after(() => backend.close());
  for (const [name, lines, every] of [["seq", NUMBERED, 0], ["plain", PLAIN, 0], ["written", NUMBERED, 60]]) {
    await proxied(t, {
      name,
      port: backend.port,
      lines,
      runs: name === "plain" ? RUNS / 2 : RUNS / 4,
      async prepare(run) {
        const path = `/${name}/${run}`;
        await backend.append(path, lines, { every });
        return path;
      },
    });
  }
});

// ---- what cannot ------------------------------------------------------------------------------

test("a model behind a plain generator is never run twice", async (t) => {
  const made = Array.from({ length: RUNS }, (_, run) => {
    const random = dice(SEED + run);
    const [{ cutAt, way }] = cuts(random, PLAIN, ALL_ENDS);
    const whole = run % 8 === 0;
    return { whole, cutAt, way, src: route(`/generator/${run}`, log(PLAIN, { attempts: whole ? [{}] : [{ cutAt, ...ENDS[way] }, {}] })) };
  });
  const outcomes = await read(t, made.map(({ src }) => src));
  for (const [run, got] of outcomes.entries()) {
    const { whole, cutAt, way, src } = made[run];
    const where = `run ${run} of seed ${SEED}, ${way} at ${cutAt}`;
    equal(site.of(src).length, 1, where);
    equal(got.reconnects, 0, where);
    if (whole) {
      exact(got, where);
      continue;
    }
    ok(["incomplete", "ended"].includes(got.state), `${where}: ${got.state}`);
    ok(MARKDOWN.startsWith(got.markdown.trimEnd()), `${where}: what came is kept as it is`);
    equal(got.kept, got.items, where);
    equal(got.removed, 0, where);
    // A clean end at the end of a line, with or without its line feed, is all that a reader could take for one.
    const atLineEnd = Buffer.from(PLAIN.join("")).subarray(cutAt - 1, cutAt + 1).includes(0x0a);
    const looksClean = ["close", "http10", "clean", "gzip"].includes(way);
    equal(got.state, atLineEnd && looksClean ? "ended" : "incomplete", where);
  }
});

for (const [name, options] of [
  ["ranges without an ETag", { resume: "range", etag: null }],
  ["ranges with a weak ETag", { resume: "range", etag: 'W/"log"' }],
]) {
  test(`${name} do not show that it is the same file: one request`, async (t) => {
    const src = route(`/unsure/${name.replaceAll(" ", "-")}`, log(PLAIN, { ...options, attempts: [{ cutAt: 900 }, {}] }));
    const [got] = await read(t, [src]);
    equal(got.state, "incomplete");
    equal(site.of(src).length, 1);
  });
}

test("reconnect=\"never\" is never", async (t) => {
  const src = route("/never", log(NUMBERED, { resume: "range", attempts: [{ cutAt: 900 }, {}] }));
  const [got] = await read(t, [src], { attributes: { reconnect: "never" } });
  equal(got.state, "incomplete");
  equal(site.of(src).length, 1);
});

test("a POST is not repeated by itself, whatever its answer could do", async (t) => {
  for (const reconnect of ["auto", "always"]) {
    for (const resume of ["range", "offset", "seq"]) {
      const src = route(`/post/${reconnect}/${resume}`, log(NUMBERED, { resume, attempts: [{ cutAt: 900 }, {}] }));
      const page = await open(t, `<live-outline reconnect="${reconnect}"></live-outline>`, { expected: CUT });
      await page.evaluate((src) => {
        const el = document.querySelector("live-outline");
        el.request = { method: "POST", body: "{}" };
        el.src = src;
      }, src);
      await state(page, "incomplete");
      await page.waitForTimeout(700);
      equal(site.of(src).length, 1, `${reconnect}, ${resume}`);
      equal(await page.evaluate(() => document.querySelector("live-outline").state), "incomplete");
    }
  }
});

// ---- what is not as it was --------------------------------------------------------------------

test("a log that was written anew meanwhile replaces what is shown, and is never mixed with it", async (t) => {
  const other = [delta("## Another course\n"), delta("- Not the first one\n"), delta("- Longer\n- than\n- before\n"), DONE];
  const before = Buffer.byteLength(PLAIN.slice(0, 30).join(""));
  for (const [name, options] of Object.entries({
    range: { resume: "range", etag: '"old"' },
    plain: {},
  })) {
    const first = log(PLAIN, { ...options, attempts: [{ cutAt: before }] });
    const second = log(other, { ...options, etag: '"new"' });
    let asked = 0;
    const src = route(`/anew/${name}`, (...args) => (asked++ === 0 ? first : second)(...args));
    const [got] = await read(t, [src], { attributes: { reconnect: "always" } });
    equal(got.state, "done", name);
    equal(got.markdown, "## Another course\n- Not the first one\n- Longer\n- than\n- before\n", name);
    ok(asked <= 3, `${name}: asked ${asked} times`);
  }
});

test("a gap in seq is read again", async (t) => {
  // The first answer lost lines on its way, and nothing but their numbers tells.
  const holed = [...NUMBERED.slice(0, 20), ...NUMBERED.slice(26)];
  const whole = log(NUMBERED);
  let asked = 0;
  const src = route("/gap", (...args) => (asked++ === 0 ? stream(holed) : whole)(...args));
  const [got] = await read(t, [src]);
  exact(got, "after a gap");
  equal(asked, 2);
});

test("an offset that promises more than came: the gap is read again", async (t) => {
  const byte = (lines) => Buffer.byteLength(NUMBERED.slice(0, lines).join(""));
  const attempts = [{ cutAt: byte(20), end: "clean", promise: byte(30) }, {}];
  const src = route("/promised", log(NUMBERED, { resume: "offset", attempts }));
  const [got] = await read(t, [src]);
  exact(got, "after a gap");
  equal(site.of(src)[1].query.get("offset"), String(byte(30)));
});

test("lines that come twice are shown once", async (t) => {
  const twice = NUMBERED.flatMap((line, at) => (at % 5 === 0 ? [line, ...NUMBERED.slice(Math.max(0, at - 3), at + 1)] : [line]));
  const [got] = await read(t, [route("/twice", stream(twice))], { expected: [] });
  exact(got, "with repeats");
  equal(got.reconnects, 0);
});

// ---- how long ---------------------------------------------------------------------------------

test("eight tries without a new line, then \"incomplete\"; a new line starts the count again", async (t) => {
  // The log never gets beyond this byte.
  const cutAt = Buffer.byteLength(NUMBERED.slice(0, 12).join(""));
  const src = route("/starved", log(NUMBERED, { attempts: [{ cutAt, end: "fin" }] }));
  const [got] = await read(t, [src], { jitter: 0.02 });
  equal(got.state, "incomplete");
  equal(site.of(src).length, 9, "one request and eight tries");
  ok(got.states.includes("reconnecting"));

  const cutAts = Array.from({ length: 12 }, (_, n) => Buffer.byteLength(NUMBERED.slice(0, 5 + 4 * n).join("")));
  const slow = route("/often", log(NUMBERED, { resume: "seq", attempts: [...cutAts.map((cutAt) => ({ cutAt })), {}] }));
  const [often] = await read(t, [slow], { jitter: 0.02 });
  exact(often, "twelve cuts");
  equal(site.of(slow).length, 13);
});

test("each try without a new line waits up to twice as long as the one before", async (t) => {
  const cutAt = Buffer.byteLength(NUMBERED.slice(0, 12).join(""));
  const fail = { cutAt, end: "fin" };
  const src = route("/backoff", log(NUMBERED, { attempts: [fail, fail, fail, fail, {}] }));
  const [got] = await read(t, [src], { jitter: 0.999 });
  exact(got, "after four cuts");
  const waits = site.of(src).map(({ at }, n, all) => (n ? Math.round(at - all[n - 1].at) : 0)).slice(1);
  for (const [n, wanted] of [250, 500, 1000, 2000].entries()) {
    // Each answer takes a moment, too.
    ok(waits[n] > 0.9 * wanted && waits[n] < wanted + 500, `waited ${waits.join(", ")} ms`);
  }
});

test("Retry-After is waited for", async (t) => {
  const cutAt = Buffer.byteLength(NUMBERED.slice(0, 12).join(""));
  const src = route("/later", log(NUMBERED, { attempts: [{ cutAt, end: "fin" }, { status: 503, retryAfter: 2 }, {}] }));
  const [got] = await read(t, [src]);
  exact(got, "after a refusal");
  const [, refused, served] = site.of(src);
  const waited = served.at - refused.at;
  ok(waited >= 1990 && waited < 4000, `waited ${Math.round(waited)} ms`);
});

for (const status of [404, 410]) {
  test(`HTTP ${status} while reconnecting ends it, and what came stays`, async (t) => {
    const cutAt = Buffer.byteLength(NUMBERED.slice(0, 12).join(""));
    const src = route(`/gone/${status}`, log(NUMBERED, { attempts: [{ cutAt, end: "fin" }, { status }] }));
    const [got] = await read(t, [src], { expected: [/^error: Failed to load resource: /] });
    ok(["incomplete", "error"].includes(got.state), got.state);
    equal(site.of(src).length, 2);
    ok(got.items > 0 || got.markdown.startsWith("# Course"), "the draft is kept");
  });
}
