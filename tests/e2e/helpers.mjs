// What all end-to-end tests share: one browser a file, one server, and pages that fail their test over any message on the
// console that the test does not expect.

import { equal } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { line, serve } from "./server.mjs";

export { line };

/** The release build. */
export const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
/** Where test servers mount it: never at the root, never beside the page. */
export const ASSETS = "/static/outline/v1/";
const PAGES = "/host/pages/";

export const delta = (text) => line({ type: "delta", text });
export const DONE = line({ type: "done" });
export const PRICING = [
  delta("## Understanding Pricing Strategies\n"),
  delta("- Introduction to Pricing Strategies\n"),
  delta("- Cost-Plus Pricing\n"),
  delta("- Value-Based Pricing\n"),
];

export function launch() {
  const executablePath = process.env.CHROMIUM || execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  return chromium.launch({
    executablePath,
    args: [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/**
 * A browser and a server for the tests of one file; both end with it.
 *
 * `open(t, body, options)` opens a page of the server with that body, and the element's script before it;
 * `route(path, route)` adds a stream. See `Host` for what the page answers to.
 */
export async function stage() {
  if (!existsSync(DIST)) throw new Error("There is no dist folder; \"make dist\" builds it.");
  const site = await serve({ mounts: { [ASSETS]: DIST, "/play/ground/": DIST } });
  const browser = await launch();
  after(async () => {
    await browser.close();
    await site.close();
  });
  let pages = 0;

  /** Serves a page and gives its address. `csp` and other headers go with it. */
  const host = (body, { head = "", headers = {}, script = `<script type="module" src="../..${ASSETS}embed.js"></script>` } = {}) => {
    const path = `${PAGES}${++pages}.html`;
    const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>` +
      `<link rel="icon" href="data:,">${head}${script}</head><body>${body}</body></html>`;
    site.routes[path] = (request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", ...headers });
      response.end(html);
    };
    return site.url + path;
  };

  const open = (t, body, options = {}) => visit(t, host(body, options), options);

  // One page serves all tests of a file, one after the other: opening a new one takes longer than most tests.
  let shared;
  let running; // the test that uses it, what its console said and may say

  /** Opens any address. `expected`: what the console may say, as regular expressions; `settings`: a context of its own. */
  const visit = async (t, url, { expected = [], settings, ready = true } = {}) => {
    if (running?.t !== t) {
      running = { t, said: [], expected: [] };
      t.after(() => leave(running));
    }
    const { said } = running;
    running.expected.push(...expected);
    const page = settings ? await newPage(settings) : shared ??= await newPage();
    running.pages = new Set([...running.pages ?? [], page]);
    await page.goto(url);
    if (ready) await page.evaluate(() => document.querySelector("live-outline")?.ready);
    return Object.assign(page, { said });
  };

  const newPage = async (settings) => {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...settings });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const hear = (message) => running?.said.push(message);
    page.on("console", (message) => hear(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => hear(`uncaught: ${error.stack ?? error}`));
    page.on("crash", () => hear("the page crashed"));
    await page.addInitScript(watch);
    return page;
  };

  const leave = async ({ said, expected, pages }) => {
    for (const page of pages) {
      // What is thrown late counts, too.
      await page.waitForTimeout(30);
      if (page === shared) await page.goto("about:blank");
      else await page.context().close();
    }
    const unexpected = said.filter((message) => !expected.some((pattern) => pattern.test(message)));
    equal(unexpected.join("\n"), "", "the console has to be empty");
  };

  const route = (path, route) => {
    site.routes[path] = route;
    return path;
  };

  return { site, browser, open, visit, host, route };
}

/** Waits until the element is in one of the states. */
export async function state(page, ...states) {
  await page.waitForFunction(
    (states) => states.includes(document.querySelector("live-outline").dataset.state),
    states,
    { polling: 20 },
  ).catch(async (error) => {
    const now = await page.evaluate(() => document.querySelector("live-outline").dataset.state);
    throw new Error(`waited for ${states.join(" or ")}, but the state is ${now}`, { cause: error });
  });
}

/** What the element shows: [[module, [lesson, …]], …], lessons before a module as plain strings. */
export const tree = (page, at = 0) => page.evaluate((at) => watching.tree(watching.all()[at]), at);

/** The text of the first element with this part that is visible, or null. */
export const shown = (page, part) => page.evaluate((part) => watching.shown(part), part);

/** All outline events so far: { name, detail, bubbles, composed, target }. */
export const events = (page) => page.evaluate(() => watching.events);

/** The order of states the page was told. */
export const states = async (page) =>
  (await events(page)).filter(({ name }) => name === "state-change").map(({ detail }) => detail.state);

/** Runs in every page before its own scripts. */
function watch() {
  const NAMES = [
    "start", "module", "lesson", "section", "progress", "state-change", "done", "stop", "retry", "error", "skip", "toggle",
    "follow-change",
  ];
  const part = (name) => `[part~=${name}]`;
  const text = (item, name) => item.querySelector(part(name))?.textContent;

  const watching = {
    events: [],
    timers: new Set(),
    all: () => [...document.querySelectorAll("live-outline")],
    tree(el) {
      const rows = [];
      for (const item of el.shadowRoot.querySelectorAll("li[data-key]")) {
        if (item.matches(part("module"))) {
          rows.push([text(item, "module-title"), []]);
        } else {
          const title = text(item, item.matches(part("section")) ? "section-title" : "lesson-title");
          if (item.closest(`li${part("module")}`)) rows.at(-1)[1].push(title);
          else rows.push(title);
        }
      }
      return rows;
    },
    shown(name, el = watching.all()[0]) {
      const found = [...el.shadowRoot.querySelectorAll(part(name))].find((found) => found.checkVisibility());
      return found ? found.textContent : null;
    },
    /** Notes what is shown after each change, once. */
    history(el) {
      const history = [JSON.stringify(watching.tree(el))];
      new MutationObserver(() => {
        const now = JSON.stringify(watching.tree(el));
        if (now !== history.at(-1)) history.push(now);
      }).observe(el.shadowRoot, { subtree: true, childList: true, characterData: true, attributes: true });
      return (watching.seen = history);
    },
  };
  globalThis.watching = watching;

  for (const name of NAMES) {
    document.addEventListener(`outline-${name}`, (event) => {
      watching.events.push({
        name,
        detail: event.detail === null ? null : structuredClone(event.detail),
        bubbles: event.bubbles,
        composed: event.composed,
        cancelable: event.cancelable,
        target: event.target.id || event.target.localName,
        at: performance.now(),
      });
    });
  }

  const { setInterval, clearInterval } = globalThis;
  globalThis.setInterval = (...args) => {
    const id = setInterval(...args);
    watching.timers.add(id);
    return id;
  };
  globalThis.clearInterval = (id) => {
    watching.timers.delete(id);
    clearInterval(id);
  };
}
