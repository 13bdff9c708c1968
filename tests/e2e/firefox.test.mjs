// The core of it in Firefox: what a browser makes of a cut connection is its own.

import { after, test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import puppeteer from "puppeteer-core";
import { ASSETS, DIST, DONE, PRICING } from "./helpers.mjs";
import { answer, faults, log, serve, stream } from "./server.mjs";

const MODULE = "Understanding Pricing Strategies";
const LESSONS = ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"];
const MARKDOWN = `## ${MODULE}\n${LESSONS.map((lesson) => `- ${lesson}\n`).join("")}`;
const OVER = ["ended", "incomplete", "done", "error", "stopped"];

const firefox = process.env.FIREFOX || which("firefox-esr") || which("firefox");
const options = firefox ? {} : { skip: "There is no Firefox on the PATH; \"make browser\" installs it." };

function which(name) {
  try {
    return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

let site, browser, page;
const uncaught = [];

if (firefox) {
  site = await serve({ mounts: { [ASSETS]: DIST }, routes: { "/faults/": faults(`${DIST}/streams`) } });
  const html = `<!doctype html><meta charset="utf-8"><title>Host</title><link rel="icon" href="data:,">
    <script type="module" src="${ASSETS}embed.js"></script><body>`;
  site.routes["/host"] = answer(200, html, { "content-type": "text/html; charset=utf-8" });
  browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox, headless: true });
  page = await browser.newPage();
  page.on("pageerror", (error) => uncaught.push(String(error)));
  after(async () => {
    await browser.close();
    await site.close();
    deepEqual(uncaught, []);
  });
}

function route(path, route) {
  site.routes[path] = route;
  return path;
}

/** Reads each address with an element of its own until all are over; gives what each has come to. */
async function read(sources) {
  await begin(sources);
  await page.waitForFunction((over) => runs.every(({ el }) => over.includes(el.state)), { polling: 50, timeout: 40_000 }, OVER);
  return page.evaluate(() => runs.map(({ el, removed, states }) => ({
    state: el.state,
    markdown: el.toMarkdown(),
    removed,
    states,
    code: el.error?.code,
    reconnects: el.stats.reconnects,
  })));
}

async function begin(sources) {
  await page.goto(`${site.url}/host`);
  await page.evaluate((sources) => {
    globalThis.runs = sources.map((src) => {
      const el = document.createElement("live-outline");
      const run = { el, removed: 0, states: [] };
      el.addEventListener("outline-state-change", ({ detail }) => run.states.push(detail.state));
      new MutationObserver((changes) => {
        for (const { removedNodes } of changes) {
          for (const node of removedNodes) if (node.nodeType === 1 && node.matches("li, ol, :has(li)")) run.removed++;
        }
      }).observe(el.shadowRoot, { subtree: true, childList: true });
      el.src = src;
      document.body.append(el);
      return run;
    });
  }, sources);
}

test("Firefox: a stream is shown as it comes", options, async () => {
  const src = route("/pricing", stream([...PRICING, DONE], { every: 150 }));
  await begin([src]);
  const shown = [];
  while (shown.at(-1) !== 3) {
    const lessons = await page.evaluate(() => runs[0].el.shadowRoot.querySelectorAll("li[part~=lesson]").length);
    if (shown.at(-1) !== lessons) shown.push(lessons);
  }
  ok(shown.length >= 3, `lessons seen: ${shown}`);
  await page.waitForFunction(() => runs[0].el.state === "done", { polling: 20 });
  equal(await page.evaluate(() => runs[0].el.toMarkdown()), MARKDOWN);
  deepEqual(await page.evaluate(() => runs[0].states), ["connecting", "streaming", "done"]);
  equal(site.of(src).length, 1);
});

test("Firefox: cut at random, gone on from with ranges, exact", options, async () => {
  const [{ markdown: whole }] = await read(["/faults/world?every=0"]);
  for (const end of ["reset", "chunk", "length", "close", "http10", "clean"]) {
    const sources = Array.from({ length: 8 }, (_, run) => `/faults/world?every=1&cut=random&resume=range&end=${end}&run=${run}`);
    site.requests.length = 0;
    for (const [run, got] of (await read(sources)).entries()) {
      const where = `${end}, run ${run}: ${got.states.join(" ")}`;
      equal(got.state, "done", where);
      ok(got.markdown === whole, where);
      equal(got.removed, 0, where);
    }
    const ranges = site.of("/faults/world").filter(({ headers }) => headers.range);
    ok(ranges.length > 0, `${end}: nothing was asked for by its range`);
  }
});

test("Firefox: however a body is cut, it is not complete, and a generator is asked once", options, async () => {
  const torn = [...PRICING.slice(0, 2), PRICING[2].slice(0, 30)];
  const cuts = {
    reset: { end: "cut" },
    chunk: { end: "fin" },
    length: { end: "fin", framing: "length", length: 9999 },
    close: { framing: "close" },
    http10: { framing: "http10" },
    gzip: { gzip: true, end: "torn" },
  };
  const sources = Object.entries(cuts).map(([name, options]) => route(`/cut/${name}`, stream(torn, options)));
  for (const [at, got] of (await read(sources)).entries()) {
    equal(got.state, "incomplete", sources[at]);
    equal(got.code, "network", sources[at]);
    equal(got.markdown, `## ${MODULE}\n- ${LESSONS[0]}\n`, sources[at]);
    equal(site.of(sources[at]).length, 1, sources[at]);
  }
  const [members] = await read([route("/cut/members", stream([...PRICING, DONE], { gzip: "members" }))]);
  equal(members.state, members.markdown === MARKDOWN ? "done" : "ended");
});

test("Firefox: stop() closes the connection, retry() reads again", options, async () => {
  const src = route("/endless", stream(PRICING.slice(0, 2), { end: "open" }));
  await begin([src]);
  await page.waitForFunction(() => runs[0].el.shadowRoot.querySelectorAll("li[part~=lesson]").length === 1, { polling: 20 });
  await page.evaluate(() => runs[0].el.stop());
  equal(await site.of(src)[0].closed, "client");
  route(src, log([...PRICING, DONE]));
  await page.evaluate(() => runs[0].el.retry());
  await page.waitForFunction(() => runs[0].el.state === "done", { polling: 20 });
  equal(await page.evaluate(() => runs[0].el.toMarkdown()), MARKDOWN);
  equal(site.of(src).length, 2);
});
