// What axe cannot see: what is said and when, where the focus goes, who scrolls, and whether everything has room. A1 to A30
// number the requirements; those that are not here are in axe.test.mjs (A2, A13, A16, A17, A24, A26, A28), identity.test.mjs
// (A9, A11) and bad-input.test.mjs (A25). A15 and A21 are looked at (screenshots.mjs); there are no popovers (A27) and nothing
// needs a gesture (A29).

import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { DONE, delta, shown, stage, state } from "./helpers.mjs";

const { open } = await stage();

const MODULE = (n) => delta(`## Module ${n}\n- First lesson of ${n}\n- Second lesson of ${n}\n`);
const push = (page, ...lines) => page.evaluate((text) => document.querySelector("live-outline").push(text), lines.join(""));
const settle = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
/** Waits until the counts are up to date, which they are four times a second. */
const counted = (page) => page.waitForTimeout(400);
/** Works on the shadow root. */
const inside = (page, work, arg) => page.evaluate(
  ([work, arg]) => new Function("root", "arg", `return (${work})(root, arg)`)(document.querySelector("live-outline").shadowRoot, arg),
  [String(work), arg],
);
const focused = (page) => inside(page, (root) => root.activeElement?.getAttribute("part") ?? null);
/** Notes all that is said from now on, with its time. */
const listen = (page) => inside(page, (root) => {
  const said = (globalThis.said = []);
  const announcer = root.querySelector("[role=status]");
  new MutationObserver(() => said.push({ text: announcer.textContent, at: performance.now() }))
    .observe(announcer, { subtree: true, childList: true, characterData: true });
});
const said = (page) => page.evaluate(() => globalThis.said);
const SCROLLER = `style="block-size: 300px"`;

test("A1, A3: headings and lists in order, at each quarter of a stream; none of it is a live region or busy", async (t) => {
  const page = await open(t, `<live-outline heading-level="3"></live-outline>`);
  await push(page, delta("# Course\n"));
  for (let quarter = 1; quarter <= 4; quarter++) {
    await push(page, MODULE(quarter));
    await settle(page);
    const got = await inside(page, (root) => ({
      levels: [...root.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter((it) => it.checkVisibility()).map((it) => it.localName),
      lists: [...root.querySelectorAll("ol")].every((list) => list.getAttribute("role") === "list"),
      toggles: [...root.querySelectorAll("[part~=module-toggle]")].map((it) => it.getAttribute("aria-expanded")),
      live: root.querySelector("[part~=body]").closest("[aria-live],[role=log],[role=alert],[aria-busy]") !== null ||
        root.querySelectorAll("[part~=body] [aria-live], [aria-busy]").length > 0,
    }));
    deepEqual(got.levels, ["h3", ...Array(quarter).fill("h4")]);
    deepEqual(got.toggles, Array(quarter).fill("true"));
    ok(got.lists);
    ok(!got.live);
  }
});

test("A4, A5, A6: one announcer from the start; a storm is two sentences, an end is said once and takes no focus", async (t) => {
  const page = await open(t, `<button id="outside">Outside</button><live-outline></live-outline>`);
  equal(await inside(page, (root) => root.querySelectorAll("[role=status]").length), 1);
  ok(await inside(page, (root) => getComputedStyle(root.querySelector("[role=status]")).display !== "none"));
  await listen(page);
  await page.focus("#outside");
  for (let n = 1; n <= 40; n++) await push(page, MODULE(n), ...Array(50).fill(delta("- A lesson\n")));
  await page.waitForTimeout(1000);
  const storm = await said(page);
  ok(storm.length >= 1 && storm.length <= 2, `${storm.length} sentences: ${JSON.stringify(storm)}`);
  ok(storm[0].text.startsWith("New module: Module "));
  await push(page, DONE);
  await state(page, "done");
  await page.waitForTimeout(5500);
  const all = await said(page);
  const ends = all.filter(({ text }) => text.startsWith("Outline complete"));
  equal(ends.length, 1);
  equal(ends[0].text, "Outline complete. 40 modules · 2,080 lessons");
  equal(all.at(-1).text, ends[0].text, "nothing is said after the end");
  equal(await page.evaluate(() => document.activeElement.id), "outside");
});

test("A5: two sentences about modules lie five seconds apart, and the later one tells of the newest", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await listen(page);
  await push(page, MODULE(1), MODULE(2));
  await page.waitForFunction(() => globalThis.said.length === 1);
  await push(page, MODULE(3), MODULE(4));
  await page.waitForFunction(() => globalThis.said.length === 2);
  const [first, second] = await said(page);
  ok(second.at - first.at >= 4900, `${second.at - first.at} ms`);
  ok(/^New module: Module [34]$/.test(second.text), second.text);
});

test("A6: an error is said once; announce=milestones says no modules, announce=off nothing", async (t) => {
  for (const [announce, expected] of [["milestones", ["Outline failed. 2 modules · 4 lessons"]], ["off", []]]) {
    const page = await open(t, `<live-outline announce="${announce}"></live-outline>`);
    await listen(page);
    await push(page, MODULE(1), MODULE(2));
    await page.waitForTimeout(400);
    await page.evaluate(() => document.querySelector("live-outline").fail(new Error("No.")));
    await state(page, "error");
    await page.waitForTimeout(300);
    deepEqual((await said(page)).map(({ text }) => text), expected, announce);
  }
});

test("A7, A14: Pause and Stop by keyboard; paused, nothing more shows and nothing is lost", async (t) => {
  const page = await open(t, `<button id="before">Before</button><live-outline></live-outline><button id="after">After</button>`);
  await push(page, MODULE(1), MODULE(2));
  await counted(page);
  await page.focus("#before");
  const order = [];
  for (let tabs = 0; tabs < 12; tabs++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.id === "after")) break;
    order.push(await focused(page));
  }
  deepEqual(order, ["button stop-button", "button pause-button", "button expand-button", "module-toggle", "module-toggle"]);
  await inside(page, (root) => root.querySelector("[part~=pause-button]").focus());
  await page.keyboard.press("Enter");
  await state(page, "paused");
  equal(await shown(page, "pause-button"), "Resume");
  await push(page, MODULE(3), DONE);
  await page.waitForTimeout(300);
  const rows = () => inside(page, (root) => root.querySelectorAll("[part~=module]").length);
  equal(await rows(), 2);
  equal(await page.evaluate(() => document.querySelector("live-outline").outline.children.length), 3, "it is read");
  await page.keyboard.press("Enter");
  await state(page, "done");
  equal(await rows(), 3);
});

test("A8: it stays at the newest until the reader leaves, and comes back by the button or at the end", async (t) => {
  const page = await open(t, `<live-outline ${SCROLLER}></live-outline>`);
  const atEnd = () => inside(page, (root) => {
    const body = root.querySelector("[part~=body]");
    return body.scrollHeight - body.scrollTop - body.clientHeight < 2;
  });
  const following = () => page.evaluate(() => document.querySelector("live-outline").following);
  for (let n = 1; n <= 20; n++) await push(page, MODULE(n));
  await page.waitForTimeout(100);
  ok(await following() && await atEnd());
  equal(await shown(page, "latest-button"), null);
  const box = await inside(page, (root) => { const r = root.querySelector("[part~=body]").getBoundingClientRect(); return [r.x + 50, r.y + 50]; });
  const leave = {
    wheel: async () => { await page.mouse.move(...box); await page.mouse.wheel(0, -300); },
    key: async () => { await inside(page, (root) => root.querySelector("[part~=body]").focus()); await page.keyboard.press("PageUp"); },
    selection: () => inside(page, (root) => {
      const { top } = root.querySelector("[part~=body]").getBoundingClientRect();
      const title = [...root.querySelectorAll("[part~=lesson-title]")].find((it) => it.getBoundingClientRect().top > top).firstChild;
      getSelection().setBaseAndExtent(title, 0, title, 5);
      root.querySelector("[part~=body]").dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
    }),
    focus: () => inside(page, (root) => [...root.querySelectorAll("[part~=module-toggle]")].at(-2).focus()),
  };
  let n = 20;
  for (const [name, act] of Object.entries(leave)) {
    await act();
    await page.waitForTimeout(300);
    equal(await following(), false, name);
    // The row that is being read: where it is on the screen is what counts, whatever is laid out above it.
    const place = () => inside(page, (root) => {
      const { top } = root.querySelector("[part~=body]").getBoundingClientRect();
      globalThis.row ??= [...root.querySelectorAll("[part~=lesson]")].find((row) => row.getBoundingClientRect().top > top);
      return globalThis.row.getBoundingClientRect().top;
    });
    await page.evaluate(() => { globalThis.row = undefined; });
    const before = await place();
    for (let i = 0; i < 50; i++) await push(page, MODULE(++n));
    await page.waitForTimeout(100);
    ok(Math.abs(await place() - before) <= 1, `${name}: moved from ${before} to ${await place()}`);
    equal(await shown(page, "latest-button"), "Latest", name);
    await inside(page, (root) => { getSelection().removeAllRanges(); root.activeElement?.blur(); root.querySelector("[part~=latest-button]").click(); });
    await page.waitForTimeout(100);
    ok(await following() && await atEnd(), `${name}: back`);
  }
  const changes = await page.evaluate(() => watching.events.filter(({ name }) => name === "follow-change").map(({ detail }) => detail.following));
  deepEqual(changes, [false, true, false, true, false, true, false, true]);
});

test("A8: the page around it is never scrolled, and follow=off stays where it is", async (t) => {
  const page = await open(t, `<live-outline></live-outline><div style="block-size: 3000px"></div><live-outline id="off" follow="off" ${SCROLLER}></live-outline>`);
  for (let n = 1; n <= 60; n++) {
    await page.evaluate((text) => document.querySelectorAll("live-outline").forEach((el) => el.push(text)), MODULE(n));
  }
  await page.waitForTimeout(200);
  equal(await page.evaluate(() => scrollY), 0);
  equal(await page.evaluate(() => document.querySelector("#off").shadowRoot.querySelector("[part~=body]").scrollTop), 0);
});

test("A10: a button that goes away hands its focus on", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await push(page, MODULE(1), MODULE(2));
  await settle(page);
  await inside(page, (root) => root.querySelector("[part~=stop-button]").focus());
  await push(page, DONE);
  await state(page, "done");
  equal(await focused(page), "button copy-button");
});

test("A12: what comes up does not move what is being read", async (t) => {
  const page = await open(t, `<style>* { overflow-anchor: none }</style><live-outline></live-outline>`);
  for (let n = 1; n <= 10; n++) await push(page, MODULE(n));
  await settle(page);
  const place = () => inside(page, (root) => root.querySelectorAll("[part~=lesson-title]")[10].getBoundingClientRect().top);
  const before = await place();
  await page.evaluate(() => document.querySelector("live-outline").fail(new Error("It failed, in a sentence that is long enough for two lines of a narrow page.")));
  await state(page, "error");
  await settle(page);
  ok(Math.abs(await place() - before) <= 1, `moved by ${await place() - before}`);
});

test("A19: nothing is cut off at 320 px, nor with more space between letters, words and lines", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`, { settings: { viewport: { width: 320, height: 700 } } });
  await push(page, delta("# A course with a long name\n## An-unbreakable-word-that-somebody-always-writes-somewhere\n- And `a_very_long_identifier_in_code::that_goes_on`\n"), DONE);
  await state(page, "done");
  const tooWide = () => inside(page, (root) => [document.documentElement, ...root.querySelectorAll("*")]
    .filter((it) => it.checkVisibility() && it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 1 && getComputedStyle(it).display !== "inline")
    .map((it) => it.getAttribute("part") ?? it.localName));
  deepEqual(await tooWide(), []);
  await page.addStyleTag({ content: "live-outline { line-height: 1.5; letter-spacing: .12em; word-spacing: .16em }" });
  deepEqual(await tooWide(), []);
});

test("A20: with less motion nothing moves by itself, and without there is nothing that blinks", async (t) => {
  for (const reducedMotion of ["reduce", "no-preference"]) {
    const page = await open(t, `<live-outline></live-outline>`, { settings: { reducedMotion } });
    await push(page, MODULE(1), delta("## Being wri"));
    await settle(page);
    const moves = await inside(page, (root) => root.getAnimations().filter((it) => it.effect.getTiming().iterations === Infinity).length);
    equal(moves, 0, reducedMotion);
    if (reducedMotion === "reduce") equal(await inside(page, (root) => root.getAnimations().length), 0);
  }
});

test("A18, A22, A23: states in words of the language, directions by title, the outline's own language", async (t) => {
  const page = await open(t, `<live-outline lang="ar" dir="rtl" content-lang="fr"></live-outline>`);
  await push(page, delta("## Tarifs\n- Leçon\n"), DONE);
  await state(page, "done");
  await page.waitForFunction(() => document.querySelector("live-outline").shadowRoot.querySelector("[part~=status-text]").textContent === "مكتمل");
  const got = await inside(page, (root) => ({
    status: root.querySelector("[part~=status]").lang,
    counts: root.querySelector("[part~=status-counts]").textContent,
    body: root.querySelector("[part~=body]").lang,
    titles: [...root.querySelectorAll("[part*=-title]")].map((it) => it.dir),
    mirrored: root.querySelector("[part~=module-toggle]").getBoundingClientRect().x < root.querySelector("[part~=module-title]").getBoundingClientRect().x,
  }));
  deepEqual(got, { status: "ar", counts: "وحدة واحدة · درس واحد", body: "fr", titles: ["auto", "auto"], mirrored: true });
  await page.evaluate(() => { document.querySelector("live-outline").lang = "de"; });
  await page.waitForFunction(() => document.querySelector("live-outline").shadowRoot.querySelector("[part~=status-text]").textContent === "Vollständig");
  await page.evaluate(() => { document.querySelector("live-outline").strings = { done: "Fertig!" }; });
  equal(await shown(page, "status-text"), "Fertig!");
});

test("every language has every word", async (t) => {
  const page = await open(t, "");
  const { default: locales } = await import(new URL("../../www/locales.js", import.meta.url));
  const source = readFileSync(new URL("../../src/view/words.rs", import.meta.url), "utf8");
  const rows = source.matchAll(/^ {4}\w+ "([\w-]+)"\s*=>\s*"((?:[^"\\]|\\.)*)",$/gm);
  const english = { lang: "en", ...Object.fromEntries([...rows].map(([, name, text]) => [name, text])) };
  ok(Object.keys(english).length > 40);
  const base = (names) => new Set(names.map((name) => name.replace(/^(module|lesson)-.*/, "$1")));
  for (const [language, table] of Object.entries(locales)) {
    equal(table.lang, language);
    deepEqual([...base(Object.keys(table))].sort(), [...base(Object.keys(english))].sort(), language);
    const forms = await page.evaluate((lang) => new Intl.PluralRules(lang).resolvedOptions().pluralCategories, language);
    for (const form of forms) ok(`module-${form}` in table && `lesson-${form}` in table, `${language}: ${form}`);
    for (const [name, text] of Object.entries(table)) {
      if (/-(zero|one|two)$/.test(name)) continue; // may be said without a number
      deepEqual(text.match(/{\w+}/g)?.sort() ?? [], (english[name] ?? text).match(/{\w+}/g)?.sort() ?? [], `${language}: ${name}`);
    }
  }
});

test("A30: the buttons stand in the same order in every state", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const buttons = () => inside(page, (root) => [...root.querySelectorAll("[part~=toolbar] button")].filter((it) => it.checkVisibility()).map((it) => it.textContent));
  await push(page, MODULE(1), MODULE(2));
  await counted(page);
  deepEqual(await buttons(), ["Stop", "Pause", "Collapse all"]);
  await page.evaluate(() => document.querySelector("live-outline").stop());
  deepEqual(await buttons(), ["Try again", "Copy", "Download", "Collapse all"]);
  const closed = () => inside(page, (root) => root.querySelectorAll("[part~=module-toggle][aria-expanded=false]").length);
  // By the button, there and back, and by the method.
  await page.locator("[part~=expand-button]").click();
  deepEqual(await buttons(), ["Try again", "Copy", "Download", "Expand all"]);
  equal(await closed(), 2);
  await page.locator("[part~=expand-button]").click();
  deepEqual(await buttons(), ["Try again", "Copy", "Download", "Collapse all"]);
  equal(await closed(), 0);
  await page.evaluate(() => document.querySelector("live-outline").collapseAll());
  deepEqual(await buttons(), ["Try again", "Copy", "Download", "Expand all"]);
  await page.evaluate(() => document.querySelector("live-outline").setAttribute("label", "Course"));
  deepEqual(await buttons(), ["Try again", "Copy", "Download", "Expand all"], "another attribute opens nothing");
  await page.evaluate(() => document.querySelector("live-outline").setAttribute("controls", "status retry"));
  deepEqual(await buttons(), ["Try again"]);
  await page.evaluate(() => document.querySelector("live-outline").setAttribute("controls", "none"));
  deepEqual(await buttons(), []);
  equal(await shown(page, "status"), null);
});

test("what is copied and downloaded is the outline", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`, { settings: { permissions: ["clipboard-read", "clipboard-write"] } });
  await push(page, MODULE(1), DONE);
  await state(page, "done");
  const markdown = await page.evaluate(() => document.querySelector("live-outline").toMarkdown());
  await page.locator("[part~=copy-button]").click();
  await page.waitForFunction(() => document.querySelector("live-outline").shadowRoot.querySelector("[part~=copy-button]").textContent === "Copied");
  equal(await page.evaluate(() => navigator.clipboard.readText()), markdown);
  for (const [format, text] of [["markdown", markdown], ["json", null]]) {
    const [file] = await Promise.all([page.waitForEvent("download"), page.evaluate((format) => document.querySelector("live-outline").download(format), format)]);
    const { readFile } = await import("node:fs/promises");
    const got = await readFile(await file.path(), "utf8");
    if (text) equal(got, text);
    else equal(JSON.parse(got).children[0].title, "Module 1");
    equal(file.suggestedFilename(), format === "json" ? "outline.json" : "outline.md");
  }
});

test("A30: after a new start, the button for all modules says what it does", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const button = page.locator("[part~=expand-button]");
  const show = () => page.evaluate(async () => {
    const el = document.querySelector("live-outline");
    el.reset();
    el.push({ type: "delta", text: "## One\n- 1\n## Two\n- 2\n" });
    el.push({ type: "done" });
    while (el.state !== "done") await new Promise((resolve) => setTimeout(resolve));
    return el.shadowRoot.querySelectorAll("[aria-expanded=false]").length;
  });
  equal(await show(), 0);
  await button.click();
  equal(await button.textContent(), "Expand all");
  equal(await show(), 0);
  equal(await button.textContent(), "Collapse all", "modules come open again, whatever was done to those before");
  await page.evaluate(() => (document.querySelector("live-outline").expanded = "none"));
  equal(await button.textContent(), "Collapse all", "what is open stays open");
  equal(await show(), 2);
  equal(await button.textContent(), "Expand all");
});
