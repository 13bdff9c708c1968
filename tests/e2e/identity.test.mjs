// What is shown is never rendered again: a long outline in the release build, token by token, in a real browser.

import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { stage } from "./helpers.mjs";

const { open } = await stage();

const MODULES = 200;
const LESSONS = 10;

/** Runs in the page: streams `MODULES` modules, and looks after every single delta at what it did to the DOM. */
async function grow({ MODULES, LESSONS, how }) {
  const el = document.querySelector("live-outline");
  await el.ready;
  const root = el.shadowRoot;

  let text = "# A course of everything\n";
  for (let m = 0; m < MODULES; m++) {
    text += `\n## Module ${m}: Vec<T> and *what* it costs\n`;
    for (let l = 0; l < LESSONS; l++) text += `- Lesson ${m}.${l} on **prices** and snow_men ☃️\n`;
  }
  // Cut as a tokenizer would, by a fixed sequence of lengths; an emoji may be cut in two.
  const tokens = [];
  let seed = 7;
  for (let at = 0; at < text.length;) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const length = 1 + (seed >> 8) % 7;
    tokens.push(text.slice(at, at + length));
    at += length;
  }

  const seen = {
    deltas: tokens.length, removed: 0, moved: 0, settledTouched: 0, replaced: 0, notGrown: 0, records: [], added: 0,
  };
  const settled = new Set();
  const title = (item) => item.querySelector("[part*=-title]").firstChild;
  const isTitle = (node) => node.parentElement?.matches("[part$=-title], [part~=title]");
  const observer = new MutationObserver(() => {});
  observer.observe(root, { subtree: true, childList: true, characterData: true, characterDataOldValue: true, attributes: true });

  const look = () => {
    let rows = 0;
    const closing = [];
    for (const record of observer.takeRecords()) {
      const inRows = record.target.nodeType === 3 ? isTitle(record.target) : record.target.closest("[part~=modules], [part~=title]");
      if (inRows) rows++;
      if (record.type === "childList") {
        // The status line counts in text nodes of its own; nothing else may go.
        for (const node of record.removedNodes) seen.removed += node.nodeType === 1 || Boolean(inRows);
        for (const node of record.addedNodes) {
          seen.added += node.nodeType === 1;
          if (inRows && node.isSeen) seen.moved++;
          node.isSeen = true;
        }
      } else if (record.type === "characterData" && inRows) {
        if (settled.has(record.target)) seen.settledTouched++;
        if (!record.target.data.startsWith(record.oldValue)) seen.notGrown++;
      } else if (record.attributeName === "data-unsettled" && !record.target.hasAttribute("data-unsettled")) {
        if (record.target.matches("li")) closing.push(title(record.target));
      }
    }
    for (const node of closing) settled.add(node);
    return rows;
  };

  const push = {
    text: (token) => el.push(`${JSON.stringify({ type: "delta", text: token })}\n`),
    object: (token) => el.push({ type: "delta", text: token }),
  }[how];

  // Points in the stream at which a reader of the page does something.
  const selection = getSelection();
  const range = () => {
    const [found] = selection.getComposedRanges({ shadowRoots: [root] });
    return found && [found.startContainer, found.startOffset, found.endContainer, found.endOffset];
  };
  const same = (a, b) => a && b && a.every((part, i) => part === b[i]);
  const checks = {};
  let watched = null; // { node, chosen, from } of a selection in the growing title
  let growing = 0;
  let finished;
  let focused;
  const identities = [];

  let count = 0;
  for (const token of tokens) {
    push(token);
    seen.records.push(look());
    count++;
    if (count === 400) {
      // A finished title is selected and stays so until much later.
      const node = title(root.querySelectorAll("[part~=lesson]:not([data-unsettled])")[3]);
      selection.setBaseAndExtent(node, 2, node, 9);
      finished = range();
      checks.finishedText = selection.toString() === node.data.slice(2, 9);
    }
    if (count === 1200) {
      checks.finished = same(finished, range()) && selection.toString() === finished[0].data.slice(2, 9);
      focused = root.querySelectorAll("[part~=module-toggle]")[1];
      focused.focus();
      root.querySelectorAll("[part~=module-toggle]")[0].click();
    }
    if (count >= 1300 && growing < 20) {
      const open = root.querySelector("li[data-unsettled]:not(:has(li[data-unsettled]))");
      if (watched && watched.item === open) {
        if (watched.node.data.length > watched.length) {
          growing++;
          checks.growing = (checks.growing ?? true) && same(watched.chosen, range());
          watched.length = watched.node.data.length;
        }
      } else if (open && title(open).data.length > 4) {
        const node = title(open);
        selection.setBaseAndExtent(node, 1, node, 4);
        watched = { item: open, node, chosen: range(), length: node.data.length };
      }
    }
    if (count % 500 === 0) identities.push(...[...root.querySelectorAll("li")].slice(-3).map((item) => [item, item.dataset.key]));
    // The browser gets its turn, as it would between two chunks of a stream.
    if (count % 250 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  const before = [...root.querySelectorAll("li[data-key]")];
  el.push({ type: "done" });
  while (el.state !== "done") await new Promise((resolve) => setTimeout(resolve));
  look();
  const now = [...root.querySelectorAll("li[data-key]")];

  checks.focus = root.activeElement === focused;
  checks.closed = root.querySelector("[part~=module-toggle]").getAttribute("aria-expanded") === "false";
  checks.kept = identities.every(([item, key]) => item.isConnected && item.dataset.key === key);
  checks.end = before.length === now.length && before.every((item, i) => item === now[i]);
  checks.keys = new Set(now.map((item) => item.dataset.key)).size === now.length;
  const { stats } = el;
  observer.disconnect();
  return {
    ...seen, checks, growing, stats, rows: now.length,
    unsettled: root.querySelectorAll("[data-unsettled]").length,
    titles: [watching.tree(el)[0], watching.tree(el).at(-1)].map(([module, lessons]) => [module, lessons[9]]),
  };
}

for (const how of ["text", "object"]) {
  test(`${MODULES} modules with ${LESSONS} lessons each, token by token, pushed as ${how}`, async (t) => {
    const page = await open(t, `<live-outline></live-outline>`);
    const got = await page.evaluate(grow, { MODULES, LESSONS, how });
    const nodes = MODULES * (1 + LESSONS);

    equal(got.removed, 0, "elements removed");
    equal(got.moved, 0, "elements moved");
    equal(got.settledTouched, 0, "mutations of settled titles");
    equal(got.notGrown, 0, "titles that took something back");
    equal(got.rows, nodes);
    equal(got.stats.rowsBuilt, nodes, "rows built");
    equal(got.stats.modules, MODULES);
    equal(got.stats.lessons, MODULES * LESSONS);
    equal(got.unsettled, 0);
    deepEqual(got.titles, [
      ["Module 0: Vec<T> and what it costs", "Lesson 0.9 on prices and snow_men ☃️"],
      [`Module ${MODULES - 1}: Vec<T> and what it costs`, `Lesson ${MODULES - 1}.9 on prices and snow_men ☃️`],
    ]);

    ok(got.growing >= 5, `a growing title was watched while it grew ${got.growing} times`);
    deepEqual(got.checks, {
      finishedText: true, finished: true, growing: true, focus: true, closed: true, kept: true, end: true, keys: true,
    });

    const mean = (records) => records.reduce((sum, n) => sum + n, 0) / records.length;
    const tenth = Math.floor(got.deltas / 10);
    const [first, last] = [mean(got.records.slice(0, tenth)), mean(got.records.slice(-tenth))];
    const most = got.records.reduce((most, n) => Math.max(most, n), 0);
    t.diagnostic(`${got.deltas} deltas; mutation records per delta: ${first.toFixed(2)} in the first tenth, ${last.toFixed(2)} in the last, ${most} at most`);
    ok(Math.abs(first - last) < 0.2, "a delta does as much at the end as at the beginning");
    ok(most <= 12, `one delta made ${most} records`);
  });
}

/** Runs in the page: an outline of `modules`, and then what eleven more deltas do to the page, record by record. */
async function workAt(modules) {
  const el = document.querySelector("live-outline");
  await el.ready;
  const root = el.shadowRoot;
  const rows = () => root.querySelectorAll("li[data-key]").length;
  const settled = async (count) => {
    while (rows() < count) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 300)); // counts and clock come four times a second
  };
  let text = "";
  for (let m = 0; m < modules; m++) text += `## Module ${m}\n- First lesson\n- Second lesson\n`;
  el.push({ type: "delta", text });
  await settled(3 * modules);

  const observer = new MutationObserver(() => {});
  for (const part of root.querySelectorAll("[part~=title], [part~=modules]")) {
    observer.observe(part, { subtree: true, childList: true, characterData: true, attributes: true });
  }
  const deltas = ["## A", " mod", "ule ", "more\n", "\n- ", "A less", "on", " more\n", "- B", " lesson", "\n"];
  const records = deltas.map((delta) => {
    el.push({ type: "delta", text: delta });
    return observer.takeRecords().map(({ type, attributeName }) => attributeName ?? type);
  });
  const titles = [...root.querySelectorAll("[part$=-title]")];
  return {
    records,
    rows: rows(),
    built: el.stats.rowsBuilt,
    nodes: el.stats.modules + el.stats.lessons,
    torn: titles.filter((title) => title.childNodes.length !== 1).length,
  };
}

test("a delta does the same work in an outline of 100 modules and of 10 000", async (t) => {
  const seen = [];
  for (const modules of [100, 10_000]) {
    const page = await open(t, `<live-outline></live-outline>`);
    seen.push(await page.evaluate(workAt, modules));
  }
  const [small, large] = seen;
  deepEqual(large.records, small.records);
  const records = large.records.flat();
  ok(records.length <= 2 * large.records.length, `${records.length} records in ${large.records.length} deltas`);
  for (const [{ rows, built, nodes, torn }, modules] of [[small, 100], [large, 10_000]]) {
    deepEqual({ rows, built, nodes, torn }, { rows: 3 * modules + 3, built: 3 * modules + 3, nodes: 3 * modules + 3, torn: 0 });
  }
});

test("a snapshot of 10 000 nodes touches only what differs", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const seen = await page.evaluate(async () => {
    const el = document.querySelector("live-outline");
    await el.ready;
    const root = el.shadowRoot;
    const markdown = (change = (m, l, title) => title) => {
      let text = "# Course\n";
      for (let m = 0; m < 1000; m++) {
        text += `## ${change(m, -1, `Module ${m}`)}\n`;
        for (let l = 0; l < 9; l++) text += `- ${change(m, l, `Lesson ${m}.${l}`)}\n`;
      }
      return text;
    };
    const show = async (event, count) => {
      el.push(event);
      while (root.querySelectorAll("li[data-key]").length !== count) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    };
    await show({ type: "snapshot", text: markdown() }, 10_000);
    const before = [...root.querySelectorAll("li[data-key]")];
    let seen = [];
    const observer = new MutationObserver((list) => seen.push(...list));
    observer.observe(root.querySelector("[part~=modules]"), { subtree: true, childList: true, characterData: true, attributes: true });
    const records = () => seen.splice(0).map(({ type, attributeName }) => attributeName ?? type).sort();
    const steps = {};
    await show({ type: "snapshot", text: markdown() }, 10_000);
    steps.same = records();
    await show({ type: "snapshot", text: markdown((m, l, title) => (m === 500 && l === 4 ? `${title}, renamed` : title)) }, 10_000);
    steps.renamed = records();
    await show({ type: "snapshot", text: `${markdown()}## One more\n` }, 10_001);
    steps.longer = records();
    return { steps, kept: before.filter((item) => item.isConnected).length };
  });
  equal(seen.kept, 10_000);
  deepEqual(seen.steps.same, []);
  deepEqual(seen.steps.renamed, ["characterData"]);
  ok(seen.steps.longer.length <= 8, seen.steps.longer.join(" "));
});

test("a cumulative stream of 10 000 nodes builds each of them once", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const seen = await page.evaluate(async () => {
    const el = document.querySelector("live-outline");
    await el.ready;
    const modules = el.shadowRoot.querySelector("[part~=modules]");
    const seen = { removed: 0, twice: 0 };
    const known = new Set();
    const observer = new MutationObserver((list) => {
      for (const { addedNodes, removedNodes } of list) {
        seen.removed += removedNodes.length;
        for (const node of addedNodes) {
          seen.twice += known.has(node);
          known.add(node);
        }
      }
    });
    observer.observe(modules, { subtree: true, childList: true });
    let text = "# Course\n";
    for (let m = 0; m < 1000; m++) {
      text += `## Module ${m}\n`;
      for (let l = 0; l < 9; l++) text += `- Lesson ${m}.${l}\n`;
      if (m % 20 === 19) {
        el.push({ type: "delta", text });
        // Shown, and what it did noticed, before the next one repeats it.
        while (el.shadowRoot.querySelectorAll("[part~=module]").length <= m) await new Promise((resolve) => setTimeout(resolve));
      }
    }
    el.push({ type: "done" });
    while (el.state !== "done") await new Promise((resolve) => setTimeout(resolve));
    return { ...seen, built: el.stats.rowsBuilt, rows: modules.querySelectorAll("li[data-key]").length };
  });
  deepEqual(seen, { removed: 0, twice: 0, built: 10_000, rows: 10_000 });
});
