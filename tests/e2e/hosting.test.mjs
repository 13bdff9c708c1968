// The build works wherever it lies and under strict rules of the page.

import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ASSETS, DIST, DONE, PRICING, events, shown, stage, state, tree } from "./helpers.mjs";
import { answer, stream } from "./server.mjs";

const { site, open, visit, host, route } = await stage();

const MODULE = "Understanding Pricing Strategies";
const LESSONS = ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"];
const script = (folder, query = "") => `<script type="module" src="${folder}embed.js${query}"></script>`;

test("a folder of any depth, and WebAssembly without its type", async (t) => {
  const src = route("/src", stream([...PRICING, DONE]));
  const folder = "/a/b%20c/d/";
  site.mounts["/a/b c/d/"] = { root: DIST, types: { ".wasm": "application/octet-stream" } };
  const page = await open(t, `<live-outline src="${src}"></live-outline>`, { script: script(folder) });
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  const own = site.requests.filter(({ path }) => path.startsWith("/a/")).map(({ path }) => path.split("/").at(-1));
  deepEqual(own.sort(), ["embed.js", "live-outline.js", "live-outline_bg.wasm"]);
});

test("another origin that allows it", async (t) => {
  const src = route("/src", stream([...PRICING, DONE]));
  site.mounts["/cdn/"] = { root: DIST, headers: { "access-control-allow-origin": "*" } };
  const url = host(`<live-outline src="${src}"></live-outline>`, { script: script(`${site.url}/cdn/`) });
  const page = await visit(t, url.replace("127.0.0.1", "localhost"));
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
});

test("the playground loads, plays by itself and removes nothing", async (t) => {
  const page = await visit(t, `${site.url}/play/ground/`);
  const modules = () => page.evaluate(() => watching.tree(watching.all()[0]).length);
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length >= 1);
  const before = await page.evaluate(() => document.querySelector("live-outline").shadowRoot.querySelectorAll("li").length);
  await page.waitForFunction((n) => document.querySelector("live-outline").shadowRoot.querySelectorAll("li").length > n + 3, before);
  await page.getByRole("radio", { name: "All at once" }).check();
  await state(page, "done");
  equal(await modules(), 12);
  await page.waitForTimeout(100);
  equal(await page.textContent("#removed"), "0");
  match(await page.textContent("#added"), /^\d{2,}$/);
  match(await page.textContent("#snippet"), /<live-outline src=".*\/play\/ground\/streams\/rust-course\.ndjson"><\/live-outline>/);
});

test("every recording of the playground plays to its end", async (t) => {
  const ends = {
    "rust-course": "done", pricing: "done", arabic: "done", world: "done", technical: "done", progress: "done", cumulative: "done",
    "openai-chat.sse": "done", "bad-lines": "done", "breaks-off": "incomplete",
  };
  for (const [name, end] of Object.entries(ends)) {
    const page = await visit(t, `${site.url}/play/ground/?stream=${name}&speed=max`);
    await state(page, "done", "ended", "incomplete", "error");
    equal(await page.evaluate(() => document.querySelector("live-outline").state), end, name);
    ok((await tree(page)).length > 0, name);
  }
});

test("every recording reads the same by its address as in the playground's own pieces", async (t) => {
  for (const name of ["rust-course", "arabic", "world", "progress", "bad-lines"]) {
    const page = await open(t, `<live-outline src="../../play/ground/streams/${name}.ndjson"></live-outline>`);
    await state(page, "done");
    const whole = await tree(page);
    const pushed = await page.evaluate(async (name) => {
      const el = document.querySelector("live-outline");
      const bytes = new Uint8Array(await (await fetch(`../../play/ground/streams/${name}.ndjson`)).arrayBuffer());
      el.reset();
      for (let at = 0; at < bytes.length; at += 7) el.push(bytes.subarray(at, at + 7));
      while (el.state !== "done") await new Promise((resolve) => setTimeout(resolve, 10));
      return watching.tree(el);
    }, name);
    deepEqual(pushed, whole, name);
  }
});

// ---- Content-Security-Policy ------------------------------------------------------------------

const POLICY = {
  "default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "style-src": "'self'", "connect-src": "'self'",
  "img-src": "data:", "require-trusted-types-for": "'script'",
};
const policy = (changes = {}) =>
  Object.entries({ ...POLICY, ...changes }).filter(([, value]) => value).map((pair) => pair.join(" ")).join("; ");

test("a strict Content-Security-Policy with Trusted Types", async (t) => {
  const src = route("/src", stream([...PRICING, DONE], { every: 20 }));
  // Long enough for a second page of rows, with every part that a stream can bring up.
  const many = Array.from({ length: 150 }, (_, i) => `## Module ${i}\n### Section\n- Lesson\n  - Below\n`).join("");
  route("/host/app.js", answer(200, `
    const el = document.querySelector("live-outline");
    await el.ready;
    el.push(${JSON.stringify(`${JSON.stringify({ type: "delta", text: `# Course\n${many}` })}\n`)});
    el.push('not JSON\\n');
    el.collapseAll();
    el.expandAll();
    el.fail(new Error("It failed."));
    await new Promise((resolve) => setTimeout(resolve, 100));
    el.reset();
    el.setAttribute("theme", "dark");
    el.src = "/src";
  `, { "content-type": "text/javascript" }));
  const page = await open(t, `<live-outline></live-outline><script type="module" src="/host/app.js"></script>`, {
    headers: { "content-security-policy": policy() },
  });
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  deepEqual((await events(page)).filter(({ name }) => name === "error").length, 1);
  // The style of the build applies.
  equal(await page.evaluate(() => getComputedStyle(document.querySelector("live-outline")).display), "flex");
});

test("without 'wasm-unsafe-eval': an error that says so, and the page's own content", async (t) => {
  const page = await open(t, `<live-outline src="/src"><p id="fallback">The outline: ask us.</p></live-outline>`, {
    headers: { "content-security-policy": policy({ "script-src": "'self'" }) },
    expected: [/^error: (Refused to compile or instantiate WebAssembly|Compiling or instantiating WebAssembly)[^]*Content Security Policy/],
    ready: false,
  });
  await state(page, "error");
  const { error, ready, visible } = await page.evaluate(async () => {
    const el = document.querySelector("live-outline");
    return {
      error: el.error,
      ready: await el.ready.then(() => "resolved", (error) => error.message),
      visible: document.querySelector("#fallback").checkVisibility(),
    };
  });
  deepEqual(error, {
    code: "wasm",
    message: "The outline cannot run: this page's Content-Security-Policy needs 'wasm-unsafe-eval' in script-src.",
    retryable: true,
  });
  equal(ready, error.message);
  equal(visible, true);
  const told = (await events(page)).filter(({ name }) => name === "error" || name === "state-change");
  deepEqual(told.map(({ name }) => name), ["state-change", "error"]);
});

// ---- loading ----------------------------------------------------------------------------------

test("before the script and while the WebAssembly loads, the page's own content shows", async (t) => {
  const src = route("/src", stream([...PRICING, DONE]));
  let go;
  const held = new Promise((resolve) => { go = resolve; });
  site.mounts["/slow/"] = DIST;
  const { routes } = site;
  routes["/slow/live-outline_bg.wasm"] = async (request, response) => {
    await held;
    response.writeHead(302, { location: `${ASSETS}live-outline_bg.wasm` });
    response.end();
  };
  const page = await open(t, `<live-outline src="${src}"><p id="fallback">Loading…</p></live-outline>`, {
    script: script("/slow/"), ready: false,
  });
  const visible = () => page.evaluate(() => document.querySelector("#fallback").checkVisibility());
  equal(await visible(), true);
  equal(await page.evaluate(() => document.querySelector("live-outline").dataset.state), "idle");
  go();
  await state(page, "done");
  equal(await visible(), false);
});

test("WebAssembly that does not come: an error that says what to check; retry() loads it", async (t) => {
  const src = route("/src", stream([...PRICING, DONE]));
  site.mounts["/broken/"] = DIST;
  let asked = 0;
  site.routes["/broken/live-outline_bg.wasm"] = (request, response) => {
    if (asked++ === 0) return answer(503, "")(request, response);
    response.writeHead(302, { location: `${ASSETS}live-outline_bg.wasm` });
    response.end();
  };
  const page = await open(t, `<live-outline src="${src}"><p id="fallback">Fallback</p></live-outline>`, {
    script: script("/broken/"), expected: [/status of 503/], ready: false,
  });
  await state(page, "error");
  equal(await page.evaluate(() => document.querySelector("live-outline").error.code), "wasm");
  match(await page.evaluate(() => document.querySelector("live-outline").error.message), /answered 503.*Check that live-outline\.js/);
  equal(await page.evaluate(() => document.querySelector("#fallback").checkVisibility()), true);
  await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    el.retry();
    return el.ready;
  });
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  equal(await page.evaluate(() => document.querySelector("live-outline").error), null);
});

test("embed.js loaded twice, from two addresses", async (t) => {
  const src = route("/src", stream([...PRICING, DONE]));
  site.mounts["/second/"] = DIST;
  const page = await open(t, `<live-outline src="${src}"></live-outline>`, {
    script: script(`../..${ASSETS}`) + script("/second/") + script(`../..${ASSETS}`, "?v=2"),
  });
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  equal(site.requests.filter(({ path }) => path === "/second/live-outline_bg.wasm").length, 0);
});

test("an element made by script, and one in another shadow root", async (t) => {
  const src = route("/src", stream([...PRICING, DONE]));
  const page = await open(t, `<div id="host"></div>`);
  await page.evaluate(async (src) => {
    await customElements.whenDefined("live-outline");
    const root = document.querySelector("#host").attachShadow({ mode: "open" });
    const el = document.createElement("live-outline");
    el.src = src;
    root.append(el);
    globalThis.el = el;
  }, src);
  await page.waitForFunction(() => el.state === "done");
  deepEqual(await page.evaluate(() => watching.tree(el)), [[MODULE, LESSONS]]);
  const told = await events(page);
  ok(told.some(({ name, target }) => name === "done" && target === "host"), "events leave the shadow root of the page");
});

test("the page's own styles and names do not reach in, its inherited font does", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`, {
    head: `<style>* { color: red } li, span, button { display: none !important } body { font-family: monospace }</style>`,
  });
  await page.evaluate((text) => document.querySelector("live-outline").push(text), PRICING.join(""));
  equal(await shown(page, "lesson-title"), LESSONS[0]);
  equal(await page.evaluate(() =>
    getComputedStyle(document.querySelector("live-outline").shadowRoot.querySelector("[part~=lesson-title]")).fontFamily), "monospace");
});
