// Side by side: <live-outline>, hand-written DOM code and well-known renderers of streamed Markdown, given the same
// outline in the same pieces, in one browser, in one run.
//
//   node run.mjs                    everything; writes RESULTS.md and cost.svg
//   node run.mjs --quick            a minute: small outlines, three peers; writes nothing
//   --only name,name  --sizes 25x6,200x6  --cap seconds  --tables cost,body  only these (peers by name or file);
//                                   writes nothing
//   --nested                        lessons with lessons below them, too: a table that --quick and --tables leave out
//   --long 1000x10                  the long outline of the tables after the first two
//   --profile                       where live-outline (or --only another) spends its time, with --nested in that; nothing else
//   --write                         write the files all the same
//   --help                          this

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { chart } from "./chart.mjs";
import { sizeOf } from "./corpus.js";
import { profile } from "./profile.mjs";
import { markdown, readmeTable } from "./report.mjs";
import { serve } from "./serve.mjs";

// Name in the tables → its file in peers/, and how it is fed.
const PEERS = [
  { name: "live-outline", file: "live-outline" },
  { name: "live-outline (fetch)", file: "live-outline", fetch: true },
  { name: "hand-written", file: "floor" },
  { name: "hand-written (fetch)", file: "floor", fetch: true },
  { name: "streaming-markdown", file: "streaming-markdown" },
  { name: "markdown-it", file: "markdown-it" },
  { name: "marked + morphdom", file: "marked-morphdom" },
  { name: "react-markdown", file: "react-markdown" },
  { name: "streamdown", file: "streamdown" },
  { name: "incremark", file: "incremark" },
  { name: "markstream", file: "markstream" },
  { name: "x-markdown", file: "x-markdown" },
  { name: "(harness alone)", file: "nothing" },
];
const QUICK_PEERS = ["live-outline", "hand-written", "markdown-it"];

const BROWSER = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

const REPEAT_BELOW_MS = 3000; // short runs are repeated, and the one in the middle counts
const REPEATS = 3;

const BODIES = 3; // runs of each: a long task comes in one of many

const MOUNTS_CAP = 10; // times the cap of one run: for all mounts together

const { values: flags } = parseArgs({
  options: {
    cap: { type: "string" },
    help: { type: "boolean", default: false },
    long: { type: "string" },
    nested: { type: "boolean", default: false },
    only: { type: "string" },
    profile: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    sizes: { type: "string" },
    tables: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (flags.help) {
  const [usage] = (await readFile(new URL(import.meta.url), "utf8")).split("\n\n");
  console.log(usage.replace(/^\/\/ ?/gm, ""));
  process.exit();
}
const quick = flags.quick;
const sizes = (flags.sizes ?? (quick ? "25x6,200x6" : "25x6,200x6,1000x10,10000x10")).split(",");
const only = flags.only?.split(",") ?? (quick ? QUICK_PEERS : undefined);
const peers = PEERS.filter(({ name, file }) => !only || only.includes(name) || only.includes(file));
const unknown = only?.find((wanted) => !PEERS.some(({ name, file }) => wanted === name || wanted === file));
if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${PEERS.map(({ name }) => name).join(", ")}`);
const tables = flags.tables?.split(",") ?? ["cost", "behaviour", "body", "mounts", "work", ...(quick ? [] : ["nested"])];
if (flags.nested) tables.push("nested");
const capMs = 1000 * Number(flags.cap ?? (quick ? 1 : 60));
const big = sizeOf(flags.long ?? (quick ? "200x6" : "10000x10"));
const mounts = quick ? 4 : 50;
const nest = { modules: 1, lessons: quick ? 200 : 10_000, below: 2 };

const say = (text) => process.stderr.write(`${text}\n`);

const server = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? which("chromium"),
  args: BROWSER,
  headless: true,
  ignoreDefaultArgs: ["--headless", "--headless=old"],
});

try {
  if (flags.profile) {
    const outline = { peer: flags.only ?? "live-outline", ...(flags.nested ? nest : sizeOf(flags.sizes ?? "1000x10")) };
    console.log(await onPage({ file: outline.peer, ...outline }, (tab) => profile(tab, outline, capMs)));
  } else {
    const results = await measure();
    const text = markdown(results);
    const picture = chart(results.cost);
    if (flags.write || !(quick || flags.only || flags.sizes || flags.tables || flags.cap)) {
      await writeFile(new URL("RESULTS.md", import.meta.url), text);
      await writeFile(new URL("cost.svg", import.meta.url), picture);
      const readme = new URL("../../README.md", import.meta.url);
      const part = `<!-- bench -->\n${readmeTable(results)}\n<!-- /bench -->`;
      await writeFile(readme, (await readFile(readme, "utf8")).replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, () => part));
      say("wrote RESULTS.md, cost.svg and the table in the README");
    } else {
      console.log(text);
    }
  }
} finally {
  await browser.close();
  server.close();
}

async function measure() {
  const began = Date.now();
  const results = {
    machine: `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
    browser: `Chromium ${browser.version()}`,
    date: new Date().toISOString().slice(0, 10),
    command: ["node run.mjs", ...process.argv.slice(2)].join(" "),
    load: [loadavg()[0]],
    capMs,
    versions: await versions(),
    cost: tables.includes("cost") ? await costs() : [],
    behaviour: tables.includes("behaviour") ? await behaviours() : [],
    body: tables.includes("body") ? await body() : undefined,
    mounts: tables.includes("mounts") ? await mounted() : undefined,
    work: tables.includes("work") ? await work() : undefined,
    nested: tables.includes("nested") ? await nested() : undefined,
  };
  results.load.push(loadavg()[0]);
  results.minutes = (Date.now() - began) / 60_000;
  return results;
}

async function costs() {
  const rows = [];
  const capped = new Map();
  for (const size of sizes) {
    for (const peer of peers) {
      const row = { peer: peer.name, size };
      rows.push(row);
      if (capped.has(peer.name)) {
        // A longer outline would stop at the same place.
        row.capped = capped.get(peer.name);
        continue;
      }
      try {
        Object.assign(row, await costOf(peer, size));
        if (!row.plain.whole) capped.set(peer.name, size);
      } catch (error) {
        row.failed = String(error.message).split("\n")[0];
      }
      say(`${size} ${peer.name}: ${summary(row)}`);
    }
  }
  return rows;
}

async function costOf(peer, size) {
  const page = { file: peer.file, ...sizeOf(size) };
  const row = {};
  const pass = (name, args) => onPage(page, async ({ call, cdp, opened, shipped }) => {
    row.deltas = opened.deltas;
    row.rows = opened.rows;
    row.shipped = shipped;
    const before = await memory(cdp);
    const busy = await mainThread(cdp);
    const result = await call(name, args);
    const mainMs = (await mainThread(cdp)) - busy;
    const after = await memory(cdp);
    return { ...result, mainUs: (mainMs * 1000) / result.done, heap: after.js - before.js, dom: after.dom - before.dom, wasm: await call("wasmBytes") };
  });
  if (peer.fetch) {
    row.plain = await middle(() => pass("fetched", { url: `/stream?size=${size}` }));
    return row;
  }
  row.layout = await middle(() => pass("cost", { layout: true, capMs }));
  row.plain = await middle(() => pass("cost", { layout: false, capMs }));
  row.counts = await pass("counts", { capMs });
  return row;
}

async function middle(run) {
  const runs = [await run()];
  while (runs[0].ms < REPEAT_BELOW_MS && runs.length < (quick ? 1 : REPEATS)) runs.push(await run());
  return runs.sort((a, b) => a.ms - b.ms)[runs.length >> 1];
}

async function behaviours() {
  const rows = [];
  for (const peer of peers.filter(({ fetch, file }) => !fetch && file !== "nothing")) {
    const row = { peer: peer.name };
    rows.push(row);
    try {
      Object.assign(row, await onPage({ file: peer.file, ...sizeOf(quick ? "8x6" : "25x6") }, ({ call }) => call("behaviour")));
    } catch (error) {
      row.failed = String(error.message).split("\n")[0];
    }
    say(`behaviour ${peer.name}: ${JSON.stringify(row)}`);
  }
  return rows;
}

async function body() {
  const results = [];
  for (const scrolls of ["no", "page", "element"]) {
    for (let run = 1; run <= BODIES; run++) {
      const result = await onPage({ file: "live-outline", modules: 1, lessons: 1 }, ({ call }) => call("body", { ...big, scrolls }));
      say(`body: ${JSON.stringify(result)}`);
      results.push({ ...result, scrolls, run });
    }
  }
  return results;
}

async function mounted() {
  return onPage({ file: "live-outline", modules: 1, lessons: 1 }, async ({ call, cdp }) => {
    const seen = [];
    const until = Date.now() + MOUNTS_CAP * capMs;
    let over = false;
    for (let count = 1; count <= mounts && !over; count++) {
      await call("mount", big);
      over = count >= 2 && Date.now() > until;
      if (count !== 2 && count !== mounts && count % 10 && !over) continue;
      const { js, dom } = await memory(cdp);
      const { nodes, jsEventListeners: listeners } = await cdp.send("Memory.getDOMCounters");
      seen.push({ count, js, dom, nodes, listeners, wasm: await call("wasmBytes") });
      say(`mounts: ${JSON.stringify(seen.at(-1))}`);
    }
    return { ...big, seen, mounts };
  });
}

async function work() {
  const results = [];
  for (const modules of [100, big.modules]) {
    const page = { file: "live-outline", modules: 1, lessons: 1 };
    results.push(await onPage(page, ({ call }) => call("work", { modules, lessons: big.lessons })));
    say(`work: ${JSON.stringify(results.at(-1))}`);
  }
  return results;
}

async function nested() {
  const result = { ...nest, passes: [] };
  try {
    for (const layout of [true, false]) {
      const run = async ({ call, opened }) => ({ ...opened, ...(await call("cost", { layout, capMs })), layout });
      const pass = await middle(() => onPage({ file: "live-outline", ...nest }, run));
      result.passes.push(pass);
      say(`nested: ${JSON.stringify(pass)}`);
    }
  } catch (error) {
    result.failed = String(error.message).split("\n")[0];
    say(`nested failed: ${result.failed}`);
  }
  return result;
}

// A fresh page with one peer on it.
async function onPage({ file, modules, lessons, below }, use) {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  try {
    const cdp = await page.context().newCDPSession(page);
    // Thread ticks: processor time, so that what else runs on the machine does not count.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await cdp.send("HeapProfiler.enable");
    await page.goto(server.url);
    await page.evaluate(async () => (globalThis.bench = await import("/page.js")));
    const call = (name, args) => page.evaluate(([name, args]) => globalThis.bench[name](args), [name, args]);
    server.shipped();
    const opened = await call("open", { peer: file, modules, lessons, below });
    const result = await use({ page, call, cdp, opened, shipped: server.shipped() });
    if (errors.length) say(`  ${file}: ${errors.length} page errors, the first: ${errors[0].message}`);
    return result;
  } finally {
    await page.close();
  }
}

async function memory(cdp) {
  for (let round = 0; round < 3; round++) await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize: js, embedderHeapUsedSize: dom } = await cdp.send("Runtime.getHeapUsage");
  return { js, dom };
}

async function mainThread(cdp) {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
}

async function versions() {
  const lock = (await import("./package.json", { with: { type: "json" } })).default;
  return lock.dependencies;
}

function which(name) {
  return execFileSync("which", [name], { encoding: "utf8" }).trim();
}

function summary({ failed, deltas, layout, plain, counts, shipped }) {
  if (failed) return `failed: ${failed}`;
  const cost = (pass) => pass && `${pass.mean.toFixed(1)} us (${pass.first?.toFixed(1)} -> ${pass.last?.toFixed(1)}), ${pass.done} of ${deltas}, right: ${pass.right}`;
  return `layout ${cost(layout)}, main ${layout?.mainUs.toFixed(1)}; plain ${cost(plain)}, main ${plain.mainUs.toFixed(1)}, longest ${plain.longest.toFixed(1)}, ` +
    `p99 frame ${plain.frame99.toFixed(1)}; heap ${plain.heap} dom ${plain.dom} wasm ${plain.wasm}; ` +
    `+${counts?.added} -${counts?.removed}, breaks ${counts?.breaks}/${counts?.checks}; ${shipped} B`;
}
