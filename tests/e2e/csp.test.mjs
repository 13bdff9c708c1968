// Every feature of the element under each Content-Security-Policy that a page may have, without a word on the console.
//
// That it loads from any folder, and what shows when the WebAssembly is not allowed, is in hosting.test.mjs.

import { test } from "node:test";
import { deepEqual, equal, match } from "node:assert/strict";
import { DIST, DONE, PRICING, events, shown, stage, state, tree } from "./helpers.mjs";
import { answer, silence, stream } from "./server.mjs";

const { site, open, route } = await stage();

const MODULE = "Understanding Pricing Strategies";
const LESSONS = ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"];

// `img-src` is for the icon of the test page.
const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src data:";
const TRUSTED = "; require-trusted-types-for 'script'; trusted-types 'none'";
const POLICIES = {
  "no policy": undefined,
  "a strict policy": STRICT,
  "a strict policy with Trusted Types": STRICT + TRUSTED,
  "a strict policy by nonces and strict-dynamic": STRICT.replace("script-src 'self'", "script-src 'nonce-abc' 'strict-dynamic'") + TRUSTED,
};

const FOLDER = "/tenant/a%20b/outline/";
// As a host serves it that does not know WebAssembly.
site.mounts["/tenant/a b/outline/"] = { root: DIST, types: { ".wasm": "application/octet-stream" } };
const script = `<script nonce="abc" type="module" src="${FOLDER}embed.js"></script>`;

// A script of the page's own: what its policy forbids is forbidden here, too.
const PAGE = "/host/csp.js";
route(PAGE, answer(200, `
  const el = document.querySelector("live-outline");
  globalThis.violations = [];
  for (const target of [document, el.shadowRoot]) {
    target.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      violations.push([violatedDirective, blockedURI, sample].join(" "));
    });
  }
  const part = (name) => el.shadowRoot.querySelector("[part~=" + name + "]");
  const reached = (state) => new Promise((resolve) => {
    if (el.state === state) resolve();
    el.addEventListener("outline-state-change", ({ detail }) => detail.state === state && resolve());
  });
  const drawn = () => new Promise((resolve) => setTimeout(resolve, 50));
  const push = (text) => el.push({ type: "delta", text });

  globalThis.use = async () => {
    el.reset();
    // Every kind of row, and so many that there are pages of them.
    push("# Course\\n" + "## Module\\n### Section\\n- Lesson\\n  - Below\\n".repeat(150));
    el.push('{"type":"ping"}\\nno JSON\\n');
    while (!part("page")) await drawn();
    el.push({ type: "snapshot", text: "# Course\\n## One\\n- Lesson\\n## Two\\n" });
    await drawn();
    part("module-toggle").click();
    el.expandAll();
    el.collapseAll();
    el.pause?.();
    push("- More\\n");
    el.resume?.();
    el.scrollToLatest?.();
    for (const [name, value] of Object.entries({
      theme: "dark", label: "Course", "heading-level": "3", expanded: "latest", dir: "rtl", lang: "en", "content-lang": "ar",
      controls: "status stop", follow: "off", announce: "off", "stall-timeout": "1",
    })) {
      el.setAttribute(name, value);
      await drawn();
      el.removeAttribute(name);
    }
    el.strings = { stop: "Halt" };
    await drawn();
    el.strings = null;
    for (const button of ["copy-button", "expand-button", "latest-button", "pause-button", "pause-button"]) part(button)?.click();
    el.toMarkdown();
    el.toJSON();
    el.fail(new Error("It failed."));
    await reached("error");
    await drawn();
    const message = part("error-message").checkVisibility() && part("error-message").textContent;
    el.reset();
    el.src = "/csp/silent";
    await reached("connecting");
    await drawn();
    part("stop-button").click();
    await reached("stopped");
    el.src = "/csp/cut";
    await reached("incomplete");
    await drawn();
    part("retry-button").click();
    await reached("done");
    return message;
  };
`, { "content-type": "text/javascript" }));

route("/csp/silent", silence());

for (const [name, policy] of Object.entries(POLICIES)) {
  test(`${name}: every feature works and nothing is said`, async (t) => {
    const src = route("/csp/whole", stream([...PRICING, DONE], { every: 10 }));
    // Half a line the first time, all of it the second.
    let asked = 0;
    route("/csp/cut", (...args) => stream(asked++ === 0 ? [PRICING[0], '{"type":"del'] : [...PRICING, DONE])(...args));
    const page = await open(t, `<live-outline src="${src}" reconnect="never"><p>The outline shows here.</p></live-outline>
      <script nonce="abc" type="module" src="${PAGE}"></script>`, {
      script, headers: policy ? { "content-security-policy": policy } : {},
    });
    await state(page, "done");
    deepEqual(await tree(page), [[MODULE, LESSONS]]);
    // The styles of the build are there.
    equal(await page.evaluate(() => getComputedStyle(watching.all()[0].shadowRoot.querySelector("[part~=base]")).position), "relative");
    equal(await page.evaluate(() => use()), "It failed.");
    deepEqual(await tree(page), [[MODULE, LESSONS]]);
    equal(await shown(page, "error-message"), null);
    const told = (await events(page)).map(({ name }) => name);
    for (const name of ["skip", "section", "toggle", "error", "stop", "retry", "done"]) equal(told.includes(name), true, `outline-${name}`);
    deepEqual(await page.evaluate(() => violations), []);
  });
}

for (const [name, policy] of Object.entries({
  "no script-src for it": STRICT.replace(" 'wasm-unsafe-eval'", ""),
  "Trusted Types besides": STRICT.replace(" 'wasm-unsafe-eval'", "") + TRUSTED,
})) {
  test(`WebAssembly that is forbidden, ${name}: all that is called meanwhile does no harm, and retry() says the same again`, async (t) => {
    const page = await open(t, `<live-outline src="/csp/never"><p id="fallback">Ask us.</p></live-outline>`, {
      script,
      headers: { "content-security-policy": policy },
      // The browser's own words, once for each attempt.
      expected: [/^error: (Refused to compile or instantiate WebAssembly|Compiling or instantiating WebAssembly)[^]*Content Security Policy/],
      ready: false,
    });
    await state(page, "error");
    const errors = await page.evaluate(async () => {
      const el = document.querySelector("live-outline");
      el.push("## Never\n");
      el.stop();
      el.expandAll();
      const errors = [el.error];
      el.retry();
      errors.push(await el.ready.catch(() => el.error));
      return errors;
    });
    for (const { code, message } of errors) {
      equal(code, "wasm");
      match(message, /'wasm-unsafe-eval'/);
    }
    equal(await page.evaluate(() => document.querySelector("#fallback").checkVisibility()), true);
    equal(site.of("/csp/never").length, 0, "nothing is read that cannot be shown");
  });
}

test("two elements, and one that comes later: one request for the WebAssembly and one for its glue", async (t) => {
  const src = route("/csp/whole", stream([...PRICING, DONE]));
  const before = site.requests.length;
  const page = await open(t, `<live-outline src="${src}"></live-outline><live-outline src="${src}?two"></live-outline>`, {
    script, headers: { "content-security-policy": STRICT },
  });
  await page.waitForFunction(() => watching.all().every(({ state }) => state === "done"));
  await page.evaluate(async (src) => {
    const later = document.createElement("live-outline");
    later.src = `${src}?three`;
    document.body.append(later);
    await later.ready;
  }, src);
  await page.waitForFunction(() => watching.all().every(({ state }) => state === "done"));
  for (const at of [0, 1, 2]) deepEqual(await tree(page, at), [[MODULE, LESSONS]]);
  const asked = site.requests.slice(before).map(({ path }) => path.split("/").at(-1));
  for (const file of ["embed.js", "live-outline.js", "live-outline_bg.wasm"]) {
    equal(asked.filter((name) => name === file).length, 1, file);
  }
});
