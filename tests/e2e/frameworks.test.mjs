// The element in pages of React 19, of Vue 3 and of nothing at all, built with Vite from the release build as it ships.
//
// The build lies in two places, as people put it: in `vendor/live-outline`, imported by a script, and in `public/live-outline`,
// named by a script tag.

import { after, before, test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DIST, DONE, PRICING, delta, stage, state, tree } from "./helpers.mjs";
import { stream } from "./server.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const { site, route, visit } = await stage();

const MODULE = "Understanding Pricing Strategies";
const LESSONS = ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"];

const project = mkdtempSync(join(tmpdir(), "live-outline-apps-"));
let vite;

before(async () => {
  for (const name of readdirSync(path("apps")).filter((name) => /\.(html|jsx?)$/.test(name))) {
    cpSync(path(`apps/${name}`), join(project, name));
  }
  for (const folder of ["vendor", "public"]) cpSync(DIST, join(project, folder, "live-outline"), { recursive: true });
  symlinkSync(path("node_modules"), join(project, "node_modules"));
  vite = await import("vite");
  await build("built", ["react", "vue", "plain", "public"]);
  // React mounts twice in development only.
  await build("development", ["react"], "development");
});

after(() => rmSync(project, { recursive: true, force: true }));

async function build(name, pages, mode = "production") {
  process.env.NODE_ENV = mode;
  await vite.build({
    root: project,
    configFile: false,
    logLevel: "error",
    mode,
    base: "./",
    build: { outDir: name, rollupOptions: { input: pages.map((page) => join(project, `${page}.html`)) } },
  });
  site.mounts[`/${name}/`] = join(project, name);
}

/** Opens a page and waits until the framework has mounted it; the outline is there from the first `set` with `shown` on. */
async function app(t, name, { folder = "built", query = "", ...options } = {}) {
  const page = await visit(t, `${site.url}/${folder}/${name}.html${query}`, { ready: false, ...options });
  await page.waitForFunction(() => globalThis.app?.set);
  return page;
}

const set = (page, props) => page.evaluate((props) => app.set(props), props);

/** The element with its first attributes. */
async function mount(page, props) {
  await set(page, { shown: true, ...props });
  await page.waitForFunction(() => app.element);
}

/** Opens a stream that stays open after its pieces. */
const opened = (at, pieces) => route(at, stream(pieces, { end: "open" }));

async function until(what, condition) {
  for (let tries = 0; !condition(); tries++) {
    ok(tries < 200, what);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

for (const [name, title] of [["react", "React 19"], ["vue", "Vue 3"]]) {
  test(`${title}: attributes by their names, and events with their details`, async (t) => {
    const src = route(`/${name}/events`, stream([...PRICING, DONE]));
    const page = await app(t, name);
    await mount(page, { src, theme: "dark", "heading-level": 3, label: "Course", expanded: "none", "with-credentials": "" });
    await state(page, "done");
    deepEqual(await tree(page), [[MODULE, LESSONS]]);
    const { attributes, heading, folded, events } = await page.evaluate(() => {
      const { element, events } = app;
      return {
        events,
        attributes: Object.fromEntries(element.getAttributeNames().map((name) => [name, element.getAttribute(name)])),
        heading: element.shadowRoot.querySelector("[part~=module-heading]").localName,
        folded: element.shadowRoot.querySelector("[part~=module-toggle]").getAttribute("aria-expanded"),
      };
    });
    deepEqual(attributes, {
      id: "one", src, theme: "dark", "heading-level": "3", label: "Course", expanded: "none", "with-credentials": "", "data-state": "done",
    });
    equal(folded, "false");
    equal(heading, "h4");
    const details = (type) => events.filter(([name]) => name === type).map(([, detail]) => detail);
    deepEqual(details("outline-lesson").map(({ node }) => node.title), LESSONS);
    deepEqual(details("outline-state-change").map(({ state }) => state), ["connecting", "streaming", "done"]);
    const [done, ...more] = details("outline-done");
    deepEqual([done.complete, done.outline.children[0].title, more.length], [true, MODULE, 0]);
  });

  test(`${title}: attributes by the names of their properties`, async (t) => {
    const page = await app(t, name);
    await mount(page, { headingLevel: 3, stallTimeout: 5, withCredentials: true, contentLang: "ar" });
    await page.waitForTimeout(30);
    const names = ["heading-level", "stall-timeout", "with-credentials", "content-lang"];
    const read = () => page.evaluate((names) => names.map((name) => app.element.getAttribute(name)), names);
    deepEqual(await read(), ["3", "5", "", "ar"]);
    await set(page, { withCredentials: false });
    await page.waitForTimeout(30);
    deepEqual(await read(), ["3", "5", null, "ar"]);
  });

  test(`${title}: attributes that change later`, async (t) => {
    const page = await app(t, name);
    await mount(page, {});
    await page.evaluate(() => app.element.ready);
    await set(page, { expanded: "none", "heading-level": 4, label: "Course" });
    const src = opened(`/${name}/later`, PRICING);
    await set(page, { src });
    await page.waitForFunction(() => watching.tree(app.element)[0]?.[1].length === 3);
    deepEqual(await page.evaluate(() => {
      const { shadowRoot } = app.element;
      const one = (part) => shadowRoot.querySelector(`[part~=${part}]`);
      return [one("base").ariaLabel, one("module-toggle").ariaExpanded, one("module-heading").localName];
    }), ["Course", "false", "h5"]);
  });

  test(`${title}: start="manual" and end="body" are attributes, start() and end() stay methods`, async (t) => {
    const src = route(`/${name}/manual`, stream(PRICING));
    const page = await app(t, name);
    await mount(page, { start: "manual", end: "body", src });
    await page.waitForTimeout(100);
    equal(site.of(src).length, 0, "manual waits");
    deepEqual(await page.evaluate(() => [typeof app.element.start, typeof app.element.end]), ["function", "function"]);
    await page.evaluate(() => app.element.start());
    await state(page, "done");
    deepEqual(await tree(page), [[MODULE, LESSONS]]);
  });

  test(`${title}: a request and a source are objects`, async (t) => {
    const src = route(`/${name}/request`, stream([...PRICING, DONE]));
    const page = await app(t, name);
    await mount(page, { src, request: { method: "POST", headers: { "x-course": "pricing" }, body: "{}" } });
    await state(page, "done");
    const asked = site.of(src).map(({ method, headers }) => [method, headers["x-course"]]);
    deepEqual(asked, [["POST", "pricing"]]);

    await page.evaluate((lines) => {
      async function* made() {
        for (const line of lines) yield JSON.parse(line);
      }
      app.set({ source: made() });
    }, [delta("## Made here\n"), DONE]);
    await page.waitForFunction(() => app.element.state === "done" && watching.tree(app.element)[0][0] === "Made here");
    equal(site.of(src).length, 1);
  });

  test(`${title}: the methods are at hand by a ref`, async (t) => {
    const src = opened(`/${name}/methods`, PRICING);
    const page = await app(t, name);
    await mount(page, { src });
    await page.waitForFunction(() => watching.tree(app.element)[0]?.[1].length === 3);
    equal(await page.evaluate(() => app.element.toMarkdown()), `## ${MODULE}\n${LESSONS.map((lesson) => `- ${lesson}\n`).join("")}`);
    const folded = () => page.evaluate(() => app.element.shadowRoot.querySelector("[part~=module-toggle]").getAttribute("aria-expanded"));
    await page.evaluate(() => app.element.collapseAll());
    equal(await folded(), "false");
    await page.evaluate(() => app.element.stop());
    await state(page, "stopped");
    equal(await site.of(src)[0].closed, "client");
  });

  test(`${title}: another address by state ends the first connection and shows the second outline`, async (t) => {
    const first = opened(`/${name}/first`, PRICING);
    const second = route(`/${name}/second`, stream([delta("## Another\n- Course\n"), DONE]));
    const page = await app(t, name);
    await mount(page, { src: first });
    await page.waitForFunction(() => watching.tree(app.element)[0]?.[1].length === 3);
    await set(page, { src: second });
    await state(page, "done");
    deepEqual(await tree(page), [["Another", ["Course"]]]);
    equal(await site.of(first)[0].closed, "client");
    deepEqual([site.of(first).length, site.of(second).length], [1, 1]);
    // A theme that changes with it is no reason to read again.
    await set(page, { theme: "dark" });
    await page.waitForTimeout(50);
    equal(site.of(second).length, 1);
  });

  test(`${title}: what is taken back is as if it had never been said`, async (t) => {
    const src = opened(`/${name}/taken`, PRICING);
    const page = await app(t, name);
    await mount(page, { src, theme: "dark", label: "Course", "heading-level": 3, withCredentials: true });
    await page.waitForFunction(() => watching.tree(app.element)[0]?.[1].length === 3);
    const before = site.requests.length;
    await page.evaluate(() => app.set({ src: undefined, theme: undefined, label: undefined, "heading-level": undefined, withCredentials: undefined }));
    await page.waitForTimeout(100);
    deepEqual(site.requests.slice(before).map(({ path }) => path), [], "nothing is asked for");
    deepEqual(await page.evaluate(() => app.element.getAttributeNames().sort()), ["data-state", "id"]);
  });

  test(`${title}: unmounting ends the connection and leaves nothing`, async (t) => {
    const src = opened(`/${name}/unmount`, PRICING);
    const page = await app(t, name);
    await mount(page, { src });
    await page.waitForFunction(() => watching.tree(app.element)[0]?.[1].length === 3);
    const told = await page.evaluate(async () => {
      const { element } = app;
      app.set({ shown: false });
      while (!document.querySelector("#none")) await new Promise((resolve) => setTimeout(resolve, 5));
      const told = app.events.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return {
        later: app.events.length - told,
        children: element.shadowRoot.childElementCount,
        slot: element.shadowRoot.firstElementChild.localName,
        timers: watching.timers.size,
      };
    });
    equal(await site.of(src)[0].closed, "client");
    deepEqual(told, { later: 0, children: 1, slot: "slot", timers: 0 });
    // And back again: a new element, which reads anew.
    await mount(page, {});
    await page.waitForFunction(() => app.element && watching.tree(app.element)[0]?.[1].length === 3);
    equal(site.of(src).length, 2);
  });
}

test("React's StrictMode, which mounts twice: one connection stays open, and the outline is right", async (t) => {
  const src = opened("/strict", PRICING);
  const page = await app(t, "react", { folder: "development", query: `?strict=yes&shown=yes&src=${src}`, expected: [/React DevTools/] });
  await page.waitForFunction(() => watching.tree(app.element)[0]?.[1].length === 3);
  await page.waitForTimeout(100);
  equal(site.of(src).filter(({ ended }) => ended === undefined).length, 1);
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  await set(page, { shown: false });
  await until("every connection is closed", () => site.of(src).every(({ ended }) => ended === "client"));
});

for (const [name, how] of [["plain", "imported by a script of the page"], ["public", "named by a script tag from the public folder"]]) {
  test(`a plain page built with Vite, ${how}`, async (t) => {
    const src = route("/plain", stream([...PRICING, DONE]));
    const before = site.requests.length;
    const page = await visit(t, `${site.url}/built/${name}.html`);
    await state(page, "done");
    deepEqual(await tree(page), [[MODULE, LESSONS]]);
    const asked = site.requests.slice(before).map(({ path }) => path);
    equal(asked.filter((path) => path.endsWith(".wasm")).length, 1, "one WebAssembly");
    equal(asked.filter((path) => path === src).length, 1);
    // Imported, all of it goes through Vite and gets a name of its own; from the public folder it keeps its own.
    const [wasm] = asked.filter((path) => path.endsWith(".wasm"));
    match(wasm, name === "plain" ? /^\/built\/assets\/live-outline_bg-[\w-]{8}\.wasm$/ : /^\/built\/live-outline\/live-outline_bg\.wasm$/);
    ok(existsSync(join(project, wasm)), wasm);
  });
}

test("Vite's development server serves it as it lies", async (t) => {
  route("/plain", stream([...PRICING, DONE]));
  const port = await freePort();
  const server = await vite.createServer({
    root: project,
    configFile: false,
    logLevel: "error",
    cacheDir: join(project, "cache"),
    // Packages of other pages are none of its business, and it would still write about them when the folder is gone.
    optimizeDeps: { noDiscovery: true },
    server: { host: "127.0.0.1", port, strictPort: true, proxy: { "^/plain$": { target: site.url } } },
  });
  await server.listen();
  const page = await visit(t, `http://127.0.0.1:${port}/plain.html`, { expected: [/\[vite\]/] });
  t.after(() => server.close());
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
});

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
