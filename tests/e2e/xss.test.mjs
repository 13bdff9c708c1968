// Nothing from the stream is code: a public corpus of script injections, as titles and as messages, all of it shown as text.
//
// The corpus is the test fixtures of DOMPurify 0.8.0 (MPL-2.0 OR Apache-2.0), installed for this and never copied.

import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import corpus from "xss-corpus/test/fixtures/expect.js";
import { delta, line, stage } from "./helpers.mjs";

const { site, open } = await stage();

const payloads = corpus.map(({ payload }) => payload);
/** As a title: a line that ends where the payload does. */
const titles = payloads.map((payload) => payload.replace(/[\r\n]+/g, " ").trim());
/** Has nothing in it that the grammar reads: a pair of markers, a marker behind a backslash, closing `#`s. */
const isPlain = (title) => !/([*_`]).*\1|\\[\\*_`#]|#$/.test(title);

const COURSE = (title) => `# ${title}\n## ${title}\n- ${title}\n`;
/** How the same text comes: what is pushed for each title. */
const WAYS = {
  "char by char": (title) => [...COURSE(title)].map(delta),
  "as a whole": (title) => [delta(COURSE(title))],
  "as progress updates": (title) => [delta(`# ${title}\n`), line({ type: "module", title }), line({ type: "lesson", title })],
};

/** Runs in the page before anything else: whatever is run, made or asked for leaves a trace. */
function trap() {
  const traces = [];
  globalThis.traces = traces;
  for (const name of ["alert", "confirm", "prompt", "open", "print"]) {
    globalThis[name] = (...said) => void traces.push(`${name}(${said})`);
  }
  addEventListener("error", ({ message }) => traces.push(`error: ${message}`), true);
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
    traces.push(`${violatedDirective} ${blockedURI} ${sample}`);
  });
  globalThis.names = () => Object.getOwnPropertyNames(globalThis);
}

const FRAME = ["section", "header", "h2", "h3", "h4", "div", "p", "span", "button", "slot", "ol", "li"];
const ATTRIBUTES = /^(class|part|id|dir|lang|hidden|role|type|name|tabindex|title|aria-[a-z]+|data-[a-z]+)$/;

/** A page that notes what is added to it and asked of the network. */
async function trapped(t) {
  const page = await open(t, `<live-outline></live-outline>`, {
    head: `<script>(${trap})()</script>`,
    // Tells what is broken without keeping it from happening.
    headers: {
      "content-security-policy-report-only":
        `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline' 'unsafe-eval'; connect-src 'self'; img-src data:`,
    },
    settings: {},
  });
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("dialog", (dialog) => {
    asked.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.evaluate(() => {
    const { shadowRoot } = document.querySelector("live-outline");
    globalThis.made = new Set();
    const note = (node) => {
      if (node.nodeType !== Node.ELEMENT_NODE) return;
      const where = node.getRootNode() === shadowRoot ? "" : "on the page: ";
      made.add(`${where}${node.localName} ${node.getAttributeNames().join(" ")}`);
      [...node.children].forEach(note);
    };
    for (const root of [document, shadowRoot]) {
      new MutationObserver((records) => records.forEach((record) => {
        if (record.type === "childList") record.addedNodes.forEach(note);
        else note(record.target);
      })).observe(root, { subtree: true, childList: true, attributes: true });
    }
    globalThis.size = document.querySelectorAll("*").length;
    globalThis.known = [...names(), "known"];
  });
  const before = site.requests.length;
  /** Fails with whatever was run, made or asked for since then. */
  const quiet = async () => {
    await page.waitForTimeout(100);
    const { made, traces, grown, left } = await page.evaluate(() => ({
      made: [...globalThis.made],
      traces,
      grown: document.querySelectorAll("*").length - size,
      left: names().filter((name) => !known.includes(name)),
    }));
    deepEqual(traces, [], "nothing runs");
    deepEqual(left, [], "nothing is left in the window");
    deepEqual(asked, [], "nothing is asked for");
    equal(site.requests.length - before, 0, "the server is asked nothing");
    equal(grown, 0, "the page itself is as large as before");
    const foreign = made.filter((text) => {
      const [name, ...attributes] = text.split(" ").filter(Boolean);
      return !(FRAME.includes(name) && attributes.every((name) => ATTRIBUTES.test(name)));
    });
    deepEqual(foreign.filter((text) => !text.startsWith("on the page: live-outline ")), [], "only the element's own elements are made");
    ok(made.length > 2, "and those were looked at");
  };
  return { page, quiet };
}

test("the corpus is there", () => {
  ok(payloads.length >= 180, `${payloads.length} payloads`);
  ok(titles.filter(isPlain).length >= 100, `${titles.filter(isPlain).length} that have nothing for the grammar in them`);
  ok(payloads.some((payload) => /<script/i.test(payload)) && payloads.some((payload) => /onerror/i.test(payload)));
});

test("every payload is shown as it is: as the title of a course, a module and a lesson, however it comes", async (t) => {
  const { page, quiet } = await trapped(t);
  const seen = {};
  for (const [way, pieces] of Object.entries(WAYS)) {
    seen[way] = await page.evaluate(async (all) => {
      const el = document.querySelector("live-outline");
      const part = (name) => el.shadowRoot.querySelector(`[part~=${name}]`);
      const shown = [];
      for (const pieces of all) {
        el.reset();
        for (const piece of pieces) el.push(piece);
        const { title, children } = el.outline;
        await new Promise((resolve) => setTimeout(resolve)); // the rest of the drawing
        const dom = ["title", "module-title", "lesson-title"].map((name) => part(name)?.textContent ?? "");
        shown.push({ dom, outline: [title, children[0]?.title ?? "", children[0]?.children[0]?.title ?? ""] });
      }
      return shown;
    }, titles.map(pieces));
  }
  const wrong = [];
  for (const [at, title] of titles.entries()) {
    for (const way of Object.keys(WAYS)) {
      const { dom, outline } = seen[way][at];
      const whole = seen["as a whole"][at];
      const expected = isPlain(title) ? [title, title, title] : whole.outline;
      for (const [i, place] of ["course", "module", "lesson"].entries()) {
        if (dom[i] !== expected[i] || outline[i] !== expected[i]) {
          wrong.push(`${place}, ${way}: ${JSON.stringify({ payload: title, expected: expected[i], dom: dom[i], outline: outline[i] })}`);
        }
      }
    }
  }
  equal(wrong.join("\n"), "");
  await quiet();
});

test("every payload as it was found, line ends and all, is no more than text", async (t) => {
  const { page, quiet } = await trapped(t);
  const odd = await page.evaluate(async (payloads) => {
    const el = document.querySelector("live-outline");
    const odd = [];
    for (const payload of payloads) {
      el.reset();
      for (const type of ["module", "lesson"]) el.push({ type, title: payload, id: payload });
      el.push({ type: "delta", text: `# ${payload}\n## ${payload}\n- ${payload}\n${payload}\n` });
      el.push({ type: payload, text: payload });
      el.push({ type: "error", message: payload });
      const said = el.error?.message;
      await new Promise((resolve) => setTimeout(resolve));
      const shown = el.shadowRoot.querySelector("[part~=error-message]").textContent;
      if (!el.outline.children[0]?.title || !el.error || shown !== el.error.message) odd.push({ payload, said, shown });
    }
    return odd;
  }, payloads);
  deepEqual(odd, []);
  await quiet();
});

test("every payload as the label of the element and as a message of the page is no more than text", async (t) => {
  const { page, quiet } = await trapped(t);
  await page.evaluate(async (payloads) => {
    const el = document.querySelector("live-outline");
    for (const payload of payloads) {
      el.setAttribute("label", payload);
      el.fail(new Error(payload));
      el.reset();
      await new Promise((resolve) => setTimeout(resolve));
    }
    el.removeAttribute("label");
  }, payloads);
  await quiet();
});
