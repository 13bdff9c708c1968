// The element reads a stream and shows it: CONTRACT, the element.

import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { DONE, PRICING, delta, events, line, shown, stage, state, states, tree } from "./helpers.mjs";
import { silence, stream } from "./server.mjs";

const { site, open, route } = await stage();

const MODULE = "Understanding Pricing Strategies";
const LESSONS = ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"];

test("the four pricing updates show one module, then one lesson more each", async (t) => {
  const src = route("/pricing", stream([300, ...PRICING, DONE], { every: 150 }));
  const page = await open(t, `<live-outline id="one"></live-outline>`);
  await page.evaluate(async (src) => {
    const el = document.querySelector("live-outline");
    await el.ready;
    watching.history(el);
    el.setAttribute("src", src);
  }, src);
  await state(page, "done");

  const after = (n) => [[MODULE, LESSONS.slice(0, n)]];
  const seen = await page.evaluate(() => watching.seen.map((tree) => JSON.parse(tree)));
  deepEqual(seen, [[], after(0), after(1), after(2), after(3)]);

  deepEqual(await states(page), ["connecting", "streaming", "done"]);
  const told = await events(page);
  ok(told.every(({ bubbles, composed, target }) => bubbles && composed && target === "one"), "all bubble out of the element");
  deepEqual(told.filter(({ name }) => name === "start").length, 1);
  const [module] = told.filter(({ name }) => name === "module");
  equal(module.detail.node.title, MODULE);
  equal(module.detail.node.kind, "module");
  equal(module.detail.index, 0);
  const lessons = told.filter(({ name }) => name === "lesson");
  deepEqual(lessons.map(({ detail }) => [detail.node.title, detail.node.kind, detail.node.settled, detail.index]),
    LESSONS.map((title, index) => [title, "lesson", true, index]));
  const [done, ...more] = told.filter(({ name }) => name === "done");
  equal(more.length, 0);
  equal(done.detail.complete, true);
  equal(done.detail.outline.children[0].title, MODULE);
  equal(done.detail.stats.lessons, 3);
  equal(told.filter(({ name }) => ["error", "skip", "stop", "retry"].includes(name)).length, 0);

  const { outline, json, markdown, stats, now, error, keys } = await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    const { outline, stats, error } = el;
    const keys = [...el.shadowRoot.querySelectorAll("[data-key]")].map((item) => item.dataset.key);
    return { outline, stats, error, json: el.toJSON(), markdown: el.toMarkdown(), now: el.state, keys };
  });
  equal(now, "done");
  equal(error, null);
  equal(markdown, `## ${MODULE}\n${LESSONS.map((lesson) => `- ${lesson}\n`).join("")}`);
  deepEqual(json, outline);
  equal(outline.title, "");
  const [{ children, ...head }] = outline.children;
  deepEqual(head, { key: keys[0], kind: "module", title: MODULE, settled: true });
  deepEqual(children, LESSONS.map((title, i) => ({ key: keys[i + 1], kind: "lesson", title, settled: true, children: [] })));
  equal(new Set(keys).size, 4);
  for (const [name, value] of Object.entries({ modules: 1, lessons: 3, lines: 5, skipped: 0, reconnects: 0 })) {
    equal(stats[name], value, `stats.${name}`);
  }
  equal(stats.bytes, PRICING.concat(DONE).join("").length);
  ok(stats.elapsedMs >= 700 && stats.elapsedMs < 5000, `elapsedMs is ${stats.elapsedMs}`);
});

test("an src in the markup starts by itself; start=\"manual\" waits", async (t) => {
  const src = route("/markup", stream([...PRICING, DONE]));
  const page = await open(t, `<live-outline src="${src}" start="manual"></live-outline>`);
  await page.waitForTimeout(150);
  equal(site.of(src).length, 0);
  equal(await page.evaluate(() => document.querySelector("live-outline").state), "idle");
  await page.evaluate(() => document.querySelector("live-outline").start());
  await state(page, "done");
  const auto = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(auto, "done");
  deepEqual(await tree(auto), [[MODULE, LESSONS]]);
  equal(site.of(src).length, 2);
});

test("the outline is frozen", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const frozen = await page.evaluate((text) => {
    const el = document.querySelector("live-outline");
    el.push(text);
    const { outline } = el;
    return [outline, outline.children, outline.children[0], outline.children[0].children].map(Object.isFrozen);
  }, PRICING.join(""));
  deepEqual(frozen, [true, true, true, true]);
});

test("the shadow DOM has the promised parts", async (t) => {
  const text = delta("# Selling\n## Pricing\n### Basics\n- Cost-plus\n## More\n- Value");
  const page = await open(t, `<live-outline label="Course"></live-outline>`);
  const missing = await page.evaluate((text) => {
    const el = document.querySelector("live-outline");
    el.push(text);
    return [
      "[part~=base]", "[part~=title]", "[part~=status]", "[role=status]", "ol[part~=modules]", "li[part~=module][data-key]",
      "[part~=module-heading] > button[part~=module-toggle][aria-expanded]", "[part~=module-title]", "ol[part~=lessons]",
      "li[part~=lesson][data-key]", "[part~=lesson-title]", "li[part~=section][data-key]", "[part~=section-title]",
      "[part~=stop-button]", "[part~=retry-button]", "[part~=error]", "[part~=empty]",
    ].filter((selector) => !el.shadowRoot.querySelector(selector));
  }, text);
  deepEqual(missing, []);
  const { open: unsettled, levels, root, sheets, title, inline } = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector("live-outline");
    const all = (selector) => [...shadowRoot.querySelectorAll(selector)];
    return {
      open: all("li[data-unsettled]").map((item) => item.textContent),
      levels: all("h1,h2,h3,h4,h5,h6").map((heading) => heading.localName),
      root: shadowRoot.mode,
      sheets: shadowRoot.adoptedStyleSheets.length,
      inline: all("style, link, script, [onclick]").length,
      title: shadowRoot.querySelector("[part~=title]").textContent,
    };
  });
  deepEqual(unsettled, ["Value"]);
  deepEqual(levels, ["h2", "h3", "h4", "h3"]);
  equal(root, "open");
  equal(sheets, 1);
  equal(inline, 0);
  equal(title, "Selling");
});

test("the parts and members that pages rely on are there", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const missing = await page.evaluate((text) => {
    const el = document.querySelector("live-outline");
    el.push(text);
    const parts = ["pause-button", "copy-button", "download-button", "expand-button", "latest-button"]
      .filter((part) => !el.shadowRoot.querySelector(`[part~=${part}]`));
    const members = [
      "src", "source", "request", "state", "outline", "stats", "error", "following", "strings", "ready", "start", "stop", "retry",
      "reset", "pause", "resume", "push", "end", "fail", "toMarkdown", "toJSON", "copy", "download", "expandAll", "collapseAll",
      "scrollToLatest",
    ].filter((name) => !(name in el));
    return [...parts, ...members];
  }, PRICING.join(""));
  deepEqual(missing, []);
});

test("a module folds by its button, and all at once", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate((text) => document.querySelector("live-outline").push(text), PRICING.join(""));
  const folded = () => page.evaluate(() => {
    const { shadowRoot } = document.querySelector("live-outline");
    const button = shadowRoot.querySelector("[part~=module-toggle]");
    return [button.getAttribute("aria-expanded"), shadowRoot.querySelector("[part~=lesson]").checkVisibility()];
  });
  deepEqual(await folded(), ["true", true]);
  await page.getByRole("button", { name: MODULE }).click();
  deepEqual(await folded(), ["false", false]);
  const [toggle] = (await events(page)).filter(({ name }) => name === "toggle");
  equal(toggle.detail.expanded, false);
  equal(toggle.detail.key, await page.evaluate(() => document.querySelector("live-outline").outline.children[0].key));
  await page.evaluate(() => document.querySelector("live-outline").expandAll());
  deepEqual(await folded(), ["true", true]);
  await page.evaluate(() => document.querySelector("live-outline").collapseAll());
  deepEqual(await folded(), ["false", false]);
});

// ---- pushing ----------------------------------------------------------------------------------

test("push() takes strings, bytes and objects, cut anywhere", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const text = [delta("## Prices 💶 and é\n- Cost"), delta("-plus 🏷️\n"), DONE].join("");
  const outcome = await page.evaluate(async (text) => {
    const el = document.querySelector("live-outline");
    const bytes = new TextEncoder().encode(text);
    const done = async () => {
      // On a busy machine a turn may end before it is shown.
      for (let wait = 0; wait < 100 && el.state !== "done"; wait++) await new Promise((next) => setTimeout(next, 5));
      const shown = [JSON.stringify(watching.tree(el)), el.state];
      el.reset();
      return shown;
    };
    const outcome = {};
    el.push(text);
    outcome.string = await done();
    for (const unit of text) el.push(unit);
    outcome.characters = await done();
    el.push(bytes);
    outcome.bytes = await done();
    el.push(bytes.buffer);
    outcome.buffer = await done();
    for (const byte of bytes) el.push(new Uint8Array([byte]));
    outcome.byte = await done();
    for (let cut = 1; cut < bytes.length; cut++) {
      el.push(bytes.subarray(0, cut));
      el.push(bytes.subarray(cut));
      outcome[`cut at ${cut}`] = await done();
    }
    for (const object of text.trim().split("\n").map((line) => JSON.parse(line))) el.push(object);
    outcome.objects = await done();
    el.push({ type: "module", title: "Prices 💶 and é" });
    el.push({ type: "lesson", title: "Cost-plus 🏷️", extra: [1] });
    el.push({ type: "done" });
    outcome.progress = await done();
    return outcome;
  }, text);
  for (const [how, got] of Object.entries(outcome)) {
    deepEqual(got, [JSON.stringify([["Prices 💶 and é", ["Cost-plus 🏷️"]]]), "done"], how);
  }
});

test("push() before the WebAssembly is there keeps order and copies", async (t) => {
  const page = await open(t, `<live-outline></live-outline>
    <script type="module">
      const el = document.querySelector("live-outline");
      const bytes = new TextEncoder().encode('{"type":"delta","text":"## One\\\\n- Two\\\\n"}\\n');
      el.push(bytes.subarray(0, 20));
      el.push(bytes.subarray(20));
      bytes.fill(0);
      el.push({ type: "lesson", title: "Three" });
      el.push('{"type":"done"}\\n');
    </script>`);
  await state(page, "done");
  deepEqual(await tree(page), [["One", ["Two", "Three"]]]);
});

test("push() of a value that is no line says so and goes on, also before the WebAssembly is there", async (t) => {
  const page = await open(t, `<live-outline></live-outline>
    <script type="module">
      const el = document.querySelector("live-outline");
      for (const wrong of [undefined, null, 7, [], {}, { type: "delta" }]) {
        try { el.push(wrong); } catch {}
      }
      el.push({ type: "module", title: "One" });
    </script>`);
  await page.waitForTimeout(50);
  deepEqual(await tree(page), [["One", []]]);
  equal(await page.evaluate(() => document.querySelector("live-outline").state), "streaming");
  const outcome = await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    return [undefined, null, 7, [], {}, { type: "delta" }].map((wrong) => {
      try {
        el.push(wrong);
        return "taken";
      } catch (error) {
        return error instanceof Error && error.message !== "" ? "refused" : "odd";
      }
    });
  });
  // What cannot be a line is the page's mistake; a line that cannot be read is skipped as in a body.
  deepEqual(outcome, ["refused", "refused", "refused", "refused", "taken", "taken"]);
  equal(await page.evaluate(() => document.querySelector("live-outline").stats.skipped), 4);
  await page.evaluate(() => document.querySelector("live-outline").push({ type: "lesson", title: "Two" }));
  deepEqual(await tree(page), [["One", ["Two"]]]);
});

test("end() without done is \"ended\", after done changes nothing", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const outcome = await page.evaluate((lines) => {
    const el = document.querySelector("live-outline");
    const outcome = [];
    el.push(lines.join(""));
    el.end();
    outcome.push(el.state);
    el.reset();
    el.push(lines.join("") + '{"type":"done"}\n');
    outcome.push(el.state);
    el.end();
    outcome.push(el.state);
    el.reset();
    el.setAttribute("end", "body");
    el.reset();
    el.push(lines.join(""));
    el.end();
    outcome.push(el.state);
    return outcome;
  }, PRICING);
  deepEqual(outcome, ["ended", "done", "done", "done"]);
  deepEqual((await events(page)).filter(({ name }) => name === "done").map(({ detail }) => detail.complete), [false, true, true]);
});

test("fail() keeps what is there and shows the message", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate((text) => {
    const el = document.querySelector("live-outline");
    el.push(text);
    el.fail(new Error("The tunnel closed."));
  }, PRICING.join(""));
  await state(page, "error");
  equal(await shown(page, "error-message"), "The tunnel closed.");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  deepEqual(await page.evaluate(() => ({ ...document.querySelector("live-outline").error })),
    { code: "producer", message: "The tunnel closed.", retryable: true });
  equal((await events(page)).filter(({ name }) => name === "error").length, 1);
});

test("reset() goes back to nothing, and pushing starts anew", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const outcome = await page.evaluate((text) => {
    const el = document.querySelector("live-outline");
    el.push(text);
    el.reset();
    const empty = [el.state, watching.tree(el), el.outline.children.length, el.stats.lines, el.error, el.toMarkdown()];
    el.push(text);
    return [empty, watching.tree(el)];
  }, PRICING.join(""));
  deepEqual(outcome, [["idle", [], 0, 0, null, ""], [[MODULE, LESSONS]]]);
});

test("nothing is shown that is pushed after stop()", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const outcome = await page.evaluate(([first, ...rest]) => {
    const el = document.querySelector("live-outline");
    el.push(first);
    el.stop();
    for (const line of rest) el.push(line);
    return [el.state, watching.tree(el)];
  }, PRICING);
  deepEqual(outcome, ["stopped", [[MODULE, []]]]);
});

test("stop() amid a burst shows what was read, and no more", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const nodes = await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    const lines = [];
    for (let i = 0; i < 20000; i++) lines.push(JSON.stringify({ type: "lesson", title: `Lesson ${i}` }));
    el.push(`${lines.join("\n")}\n`);
    el.stop();
    return el.outline.children.length;
  });
  equal(nodes, 20000);
  await page.waitForFunction(() =>
    document.querySelector("live-outline").shadowRoot.querySelectorAll("li[data-key]").length === 20000);
  equal(await page.evaluate(() => document.querySelector("live-outline").state), "stopped");
});

// ---- sources ----------------------------------------------------------------------------------

test("source: a Response, a stream of bytes, an async iterable of strings and objects", async (t) => {
  const src = route("/source", stream([...PRICING, DONE], { every: 10 }));
  const page = await open(t, `<live-outline></live-outline>`);
  const run = async (kind) => {
    await page.evaluate(async ([kind, src]) => {
      const el = document.querySelector("live-outline");
      const text = await (await fetch(src)).text();
      const lines = text.trim().split("\n");
      const sources = {
        response: () => fetch(src),
        stream: () => new Blob([text]).stream(),
        strings: async function* strings() { for (const line of lines) yield `${line}\n`; },
        objects: async function* objects() { for (const line of lines) yield JSON.parse(line); },
      };
      watching.events.length = 0;
      el.source = await sources[kind]();
    }, [kind, src]);
    await page.waitForFunction(() => watching.events.some(({ name }) => name === "done"));
    deepEqual(await tree(page), [[MODULE, LESSONS]], kind);
    equal(await page.evaluate(() => document.querySelector("live-outline").state), "done", kind);
  };
  for (const kind of ["response", "stream", "strings", "objects"]) await run(kind);
});

test("properties set before the element is defined are honoured", async (t) => {
  const src = route("/early", stream([...PRICING, DONE]));
  const set = {
    src: `el.src = "${src}";`,
    request: `el.src = "${src}"; el.request = { method: "POST", headers: { "x-course": "pricing" }, body: "{}" };`,
    source: `el.source = (async function* () { yield ${JSON.stringify(PRICING.join(""))}; yield { type: "done" }; })();`,
  };
  for (const [name, script] of Object.entries(set)) {
    const page = await open(t, `<live-outline></live-outline>
      <script>const el = document.querySelector("live-outline"); ${script}</script>
      <script type="module" src="../../static/outline/v1/embed.js"></script>`, { script: "" });
    await state(page, "done");
    deepEqual(await tree(page), [[MODULE, LESSONS]], name);
  }
  const [plain, posted] = site.of(src);
  equal(plain.method, "GET");
  equal(posted.method, "POST");
  equal(posted.headers["x-course"], "pricing");
});

// ---- the connection ---------------------------------------------------------------------------

test("stop() closes the connection and keeps the draft; retry() reads again", async (t) => {
  const src = route("/endless", stream(PRICING, { end: "open" }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length === 3);
  equal(site.of(src)[0].ended, undefined);
  await page.evaluate(() => document.querySelector("live-outline").stop());
  equal(await site.of(src)[0].closed, "client");
  await state(page, "stopped");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  equal(await shown(page, "status-text"), "Stopped");
  equal((await events(page)).filter(({ name }) => name === "stop").length, 1);
  equal(await page.evaluate(() => watching.timers.size), 0, "no timer goes on");

  route(src, stream([...PRICING, DONE]));
  await page.evaluate(() => document.querySelector("live-outline").retry());
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  equal(site.of(src).length, 2);
});

test("the Stop and Try again buttons do the same", async (t) => {
  const src = route("/buttons", stream(PRICING, { end: "open" }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(page, "streaming");
  await page.getByRole("button", { name: "Stop" }).click();
  equal(await site.of(src)[0].closed, "client");
  route(src, stream([...PRICING, DONE]));
  await page.getByRole("button", { name: "Try again" }).click();
  await state(page, "done");
});

test("stop() before the answer", async (t) => {
  const src = route("/silent", silence());
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(page, "connecting");
  while (site.of(src).length === 0) await page.waitForTimeout(10);
  await page.evaluate(() => document.querySelector("live-outline").stop());
  equal(await site.of(src)[0].closed, "client");
  await state(page, "stopped");
});

test("retry() keeps the draft until the new answer comes", async (t) => {
  const src = route("/draft", stream(PRICING.slice(0, 2), { end: "cut" }));
  const page = await open(t, `<live-outline src="${src}" reconnect="never"></live-outline>`,
    { expected: [/net::ERR_(CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING)/] });
  await state(page, "incomplete");
  route(src, stream([400, ...PRICING, DONE]));
  await page.evaluate(() => document.querySelector("live-outline").retry());
  await page.waitForTimeout(150);
  deepEqual(await tree(page), [[MODULE, LESSONS.slice(0, 1)]]);
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
});

test("outline-retry can be cancelled", async (t) => {
  const src = route("/cancelled", stream(PRICING));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(page, "ended");
  await page.evaluate(() => {
    document.addEventListener("outline-retry", (event) => event.preventDefault());
    document.querySelector("live-outline").retry();
  });
  await page.waitForTimeout(150);
  const [retry] = (await events(page)).filter(({ name }) => name === "retry");
  equal(retry.cancelable, true);
  equal(site.of(src).length, 1);
});

test("retry() after pushing does not ask an address from before", async (t) => {
  const src = route("/before", stream([...PRICING, DONE]));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(page, "done");
  await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    el.removeAttribute("src");
    el.reset();
    el.push({ type: "module", title: "Pushed" });
    el.end();
    el.retry();
  });
  await page.waitForTimeout(100);
  equal(site.of(src).length, 1);
  deepEqual(await tree(page), [["Pushed", []]]);
});

test("a new src ends the old stream and shows only the new one", async (t) => {
  const old = route("/old", stream([delta("## Old\n")], { end: "open" }));
  const next = route("/next", stream([delta("## New\n"), DONE]));
  const page = await open(t, `<live-outline src="${old}"></live-outline>`);
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length === 1);
  await page.evaluate((next) => { document.querySelector("live-outline").src = next; }, next);
  equal(await site.of(old)[0].closed, "client");
  await state(page, "done");
  deepEqual(await tree(page), [["New", []]]);
});

test("removing the element closes the connection and leaves nothing", async (t) => {
  const src = route("/removed", stream(PRICING, { end: "open" }));
  const page = await open(t, `<live-outline src="${src}">Fallback</live-outline>`);
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length === 3);
  equal(await page.evaluate(() => watching.timers.size), 1);
  await page.evaluate(() => {
    globalThis.removed = document.querySelector("live-outline");
    removed.remove();
  });
  equal(await site.of(src)[0].closed, "client");
  const left = await page.evaluate(() => ({
    timers: watching.timers.size,
    html: removed.shadowRoot.innerHTML,
    state: removed.state,
    attribute: removed.dataset.state,
    outline: removed.outline.children.length,
  }));
  deepEqual(left, { timers: 0, html: "<slot></slot>", state: "idle", attribute: "idle", outline: 0 });

  // And it works again where it is put back.
  route(src, stream([...PRICING, DONE]));
  await page.evaluate(() => document.body.append(removed));
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
});

test("removing the element from its own listener", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate((text) => {
    const el = document.querySelector("live-outline");
    globalThis.removed = el;
    el.addEventListener("outline-module", () => el.remove());
    el.push(text);
  }, PRICING.join(""));
  await page.waitForTimeout(50);
  equal(await page.evaluate(() => removed.shadowRoot.innerHTML), "<slot></slot>");
});

test("listeners may call anything", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const outcome = await page.evaluate(async (lines) => {
    const el = document.querySelector("live-outline");
    const shown = () => new Promise((resolve) => setTimeout(resolve, 50));
    const outcome = {};
    let once = true;
    el.addEventListener("outline-lesson", () => {
      if (!once) return;
      once = false;
      el.push({ type: "lesson", title: "Pushed by a listener" });
      outcome.reading = [el.outline.children.length, el.stats.modules, el.toMarkdown() !== "", el.state];
    });
    el.push(lines.join(""));
    await shown();
    outcome.tree = watching.tree(el);
    el.reset();
    el.addEventListener("outline-module", () => el.reset(), { once: true });
    el.push(lines.join(""));
    await shown();
    outcome.reset = [watching.tree(el).length, el.state];
    return outcome;
  }, PRICING);
  deepEqual(outcome.reading, [1, 1, true, "streaming"]);
  deepEqual(outcome.tree, [[MODULE, [...LESSONS, "Pushed by a listener"]]]);
  deepEqual(outcome.reset, [0, "idle"]);
});

test("moving the element does not restart it", async (t) => {
  const src = route("/moved", stream([...PRICING.slice(0, 2), 500, ...PRICING.slice(2), DONE]));
  const page = await open(t, `<div id="here"><live-outline src="${src}"></live-outline></div><div id="there"></div>`);
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length === 1);
  const moved = await page.evaluate(() => {
    const el = document.querySelector("live-outline");
    const row = el.shadowRoot.querySelector("[part~=module]");
    document.querySelector("#there").append(el);
    return { row: el.shadowRoot.querySelector("[part~=module]") === row, state: el.state, attribute: el.dataset.state };
  });
  deepEqual(moved, { row: true, state: "streaming", attribute: "streaming" });
  await state(page, "done");
  deepEqual(await tree(page), [[MODULE, LESSONS]]);
  equal(site.of(src).length, 1);
  deepEqual(await states(page), ["connecting", "streaming", "done"]);
});

test("putting the element back on the page reads again, but never sends a POST twice", async (t) => {
  for (const [method, times] of [["GET", 2], ["POST", 1]]) {
    const src = route(`/back-${method}`, stream([...PRICING, DONE]));
    const page = await open(t, `<live-outline start="manual"></live-outline>`);
    await page.evaluate(async ([method, src]) => {
      const el = document.querySelector("live-outline");
      el.request = { method };
      el.removeAttribute("start");
      el.src = src;
    }, [method, src]);
    await state(page, "done");
    await page.evaluate(async () => {
      const el = document.querySelector("live-outline");
      el.remove();
      await new Promise((resolve) => setTimeout(resolve, 20));
      document.body.append(el);
      await new Promise((resolve) => setTimeout(resolve, 150));
    });
    equal(site.of(src).length, times, method);
  }
});

test("two elements share one WebAssembly and nothing else", async (t) => {
  const first = route("/first", stream([delta("## First\n"), DONE], { every: 30 }));
  const second = route("/second", stream([delta("## Second\n"), DONE], { every: 30 }));
  const before = site.requests.filter(({ path }) => path.endsWith(".wasm")).length;
  const page = await open(t, `<live-outline src="${first}"></live-outline><live-outline src="${second}"></live-outline>`);
  await page.waitForFunction(() => watching.all().every((el) => el.state === "done"));
  deepEqual([await tree(page, 0), await tree(page, 1)], [[["First", []]], [["Second", []]]]);
  equal(site.requests.filter(({ path }) => path.endsWith(".wasm")).length - before, 1);
  const sheets = await page.evaluate(() => {
    const [one, two] = watching.all().map((el) => el.shadowRoot.adoptedStyleSheets[0]);
    return one === two;
  });
  ok(sheets, "one style sheet");
});

test("other bytes of the same stream: CRLF, a BOM, no last line end, gzip, HTTP/1.0", async (t) => {
  const text = [...PRICING, DONE].join("");
  const ways = {
    crlf: stream([text.replaceAll("\n", "\r\n")]),
    bom: stream([`\ufeff${text}`]),
    "last-line": stream([text.trimEnd()]),
    gzip: stream([...PRICING, DONE], { gzip: true, every: 20 }),
    http10: stream([...PRICING, DONE], { framing: "http10", every: 20 }),
    type: stream([text], { type: "application/octet-stream" }),
    none: stream([text], { type: "" }),
  };
  for (const [name, way] of Object.entries(ways)) {
    const src = route(`/bytes/${name}`, way);
    const page = await open(t, `<live-outline src="${src}"></live-outline>`);
    await state(page, "done");
    deepEqual(await tree(page), [[MODULE, LESSONS]], name);
  }
});

test("each line is shown as it comes, not only at the end", async (t) => {
  const src = route("/live", stream([...PRICING, DONE], { every: 200, gzip: true }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(page, "done");
  const times = (await events(page)).filter(({ name }) => name === "lesson").map(({ at }) => at);
  ok(times[1] - times[0] > 100 && times[2] - times[1] > 100, `lessons came at ${times.map(Math.round).join(", ")} ms`);
});

test("titles are text, never markup", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const title = `<img src="/never" onerror="alert(1)"><script>alert(1)</script> [link](javascript:alert(1)) ![i](/never.png)`;
  await page.evaluate((title) => document.querySelector("live-outline").push({ type: "module", title }), title);
  match((await tree(page))[0][0], /<img src="\/never" onerror="alert\(1\)"><script>alert\(1\)<\/script>/);
  equal(await page.evaluate(() => document.querySelector("live-outline").shadowRoot.querySelectorAll("img, script, a").length), 0);
  equal(site.requests.filter(({ path }) => path.startsWith("/never")).length, 0);
});

test("outline-progress comes at most ten times a second", async (t) => {
  const src = route("/progress", stream([...Array.from({ length: 100 }, (_, i) => line({ type: "lesson", title: `L${i}` })), DONE], { every: 10 }));
  const page = await open(t, `<live-outline src="${src}"></live-outline>`);
  await state(page, "done");
  const told = (await events(page)).filter(({ name }) => name === "progress");
  ok(told.length >= 2, `${told.length} came`);
  for (let i = 1; i < told.length; i++) ok(told[i].at - told[i - 1].at > 90, "too soon");
  ok(told.every(({ detail }, i) => i === 0 || detail.lessons > told[i - 1].detail.lessons));
});

test("a source that is slow to begin, and one without anything in it", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const outcome = await page.evaluate(async () => {
    const el = document.querySelector("live-outline");
    let give;
    el.source = (async function* slow() { yield await new Promise((resolve) => { give = resolve; }); })();
    await Promise.resolve();
    const before = el.state;
    give('{"type":"done"}\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = el.state;
    el.source = (async function* empty() {})();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return [before, after, el.state];
  });
  deepEqual(outcome, ["streaming", "done", "ended"]);
});

test("an src set after a source is read instead of it", async (t) => {
  const src = route("/instead", stream([delta("## From the address\n"), DONE]));
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate(() => {
    document.querySelector("live-outline").source = (async function* forever() {
      yield { type: "module", title: "From the source" };
      await new Promise(() => {});
    })();
  });
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length === 1);
  await page.evaluate((src) => { document.querySelector("live-outline").src = src; }, src);
  await state(page, "done");
  deepEqual(await tree(page), [["From the address", []]]);
});

test("a source that gives one bad line goes on", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate(() => {
    document.querySelector("live-outline").source = (async function* source() {
      yield { type: "module", title: "One" };
      yield { type: "delta" };
      yield { type: "lesson", title: "Two" };
      yield { type: "done" };
    })();
  });
  await state(page, "done", "error");
  equal(await page.evaluate(() => document.querySelector("live-outline").state), "done");
  deepEqual(await tree(page), [["One", ["Two"]]]);
  equal((await events(page)).filter(({ name }) => name === "skip").length, 1);
});

test("a limit of the outline is an error with a sentence, and the stream goes on to its end", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const deep = Array.from({ length: 40 }, (_, depth) => `${"  ".repeat(depth)}- Level ${depth + 1}\n`).join("");
  await page.evaluate((text) => document.querySelector("live-outline").push(text), [delta(`## Deep\n${deep}`), delta("## Next\n- Lesson\n"), DONE].join(""));
  await state(page, "done");
  const message = "Some entries are nested too deeply; they are shown 32 levels deep.";
  deepEqual(await page.evaluate(() => ({ ...document.querySelector("live-outline").error })), { code: "limit", message, retryable: false });
  equal(await shown(page, "error-message"), message);
  deepEqual((await events(page)).filter(({ name }) => name === "error").map(({ detail }) => detail.error.code), ["limit"]);
  equal((await tree(page)).length, 2);
  await page.evaluate(() => document.querySelector("live-outline").reset());
  equal(await page.evaluate(() => document.querySelector("live-outline").error), null);
  equal(await shown(page, "error"), null);
});
