// A whole file that arrives at once: the page stays usable, and what nobody could see go by is never drawn.

import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import { stage } from "./helpers.mjs";

const { open } = await stage();

/** The longest time in which the page may not answer, in milliseconds: a multiple of what it takes on an idle machine (40),
 * and a fraction of what it would be without turns (2 000). */
const SILENCE_MS = 400;

/** Runs in the page first: `body(modules)` is that many modules of ten lessons in one body, one delta a row. */
function make() {
  globalThis.body = (modules) => {
    const lines = [];
    for (let m = 0; m < modules; m++) {
      lines.push(`## Module ${m}\n`);
      for (let l = 0; l < 10; l++) lines.push(`- Lesson ${m}.${l} of a course whose titles are long\n`);
    }
    const wire = lines.map((text) => `${JSON.stringify({ type: "delta", text })}\n`);
    return new Blob([...wire, '{"type":"done"}\n']);
  };
}

/** Runs in the page: shows such a body. */
async function flood(modules) {
  const el = document.querySelector("live-outline");
  await el.ready;
  const root = el.shadowRoot;
  const body = globalThis.body(modules);

  const pages = () => [...root.querySelectorAll("[part~=page], [part~=book]")];
  const drawn = new Set();
  root.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => skipped || target.hidden || drawn.add(target), true);
  const seen = { rows: modules * 11, looks: 0 };
  const ended = new Promise((resolve) => el.addEventListener("outline-done", () => {
    seen.heldAtTheEnd = pages().filter((page) => page.hidden).length;
    resolve();
  }));

  // A message that is always on its way, as an input would be.
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  let silence = 0;
  port1.onmessage = () => {
    const now = performance.now();
    silence = Math.max(silence, now - last);
    last = now;
    seen.looks++;
    port2.postMessage(0);
  };
  port2.postMessage(0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  silence = 0;

  const start = performance.now();
  el.source = new Response(body);
  await ended;
  const ms = performance.now() - start;
  port1.close();
  // What came last has its size in the frame after the next.
  for (let frame = 0; frame < 4; frame++) await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const rows = root.querySelectorAll("li[data-key]");
  const row = rows[rows.length - 1].getBoundingClientRect();
  const box = root.querySelector("[part~=body]").getBoundingClientRect();
  return {
    ...seen, ms, silence,
    shown: rows.length,
    all: root.querySelectorAll("[part~=page]").length,
    drawn: [...drawn].filter((page) => page.matches("[part~=page]")).length,
    atTheEnd: row.height > 0 && row.bottom <= box.bottom && row.top >= box.top,
  };
}

test("110 000 deltas in one body leave the page its turns", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate(make);
  const { rows, shown, ms, silence, heldAtTheEnd, looks } = await page.evaluate(flood, 10_000);
  t.diagnostic(`${rows} rows in ${ms.toFixed(0)} ms; the page answered ${looks} times, at the latest after ${silence.toFixed(0)} ms`);
  equal(shown, rows);
  equal(heldAtTheEnd, 0, "pages still held back when it is told that all is there");
  ok(silence < SILENCE_MS, `no answer for ${silence.toFixed(0)} ms`);
});

test("an element that follows draws what it stops at, not what goes by", async (t) => {
  const page = await open(t, `<live-outline style="height: 400px"></live-outline>`);
  await page.evaluate(make);
  const { rows, shown, ms, drawn, all, heldAtTheEnd, atTheEnd } = await page.evaluate(flood, 4000);
  t.diagnostic(`${rows} rows in ${ms.toFixed(0)} ms; ${drawn} of ${all} pages were drawn`);
  equal(shown, rows);
  equal(heldAtTheEnd, 0);
  ok(atTheEnd, "the newest row is in sight");
  ok(drawn > 2 && drawn < all / 2, `${drawn} of ${all} pages were drawn`);
});

// A last page that is nearly empty, half full, full; titles of one line and of three.
for (const width of [300, 900]) {
  test(`the newest row is in sight when a flood is over, at ${width} px`, async (t) => {
    const page = await open(t, `<live-outline style="height: 400px; width: ${width}px"></live-outline>`);
    await page.evaluate(make);
    for (const modules of [600, 602, 604, 605]) {
      const { rows, shown, atTheEnd } = await page.evaluate(flood, modules);
      equal(shown, rows);
      ok(atTheEnd, `after ${modules} modules`);
    }
  });
}

// What ends a flood, or interrupts it, leaves nothing held back.
for (const how of ["stop", "fail", "pause", "reset"]) {
  test(`nothing stays held back after ${how}() amid a flood`, async (t) => {
    const page = await open(t, `<live-outline></live-outline>`);
    await page.evaluate(make);
    const seen = await page.evaluate(async (how) => {
      const el = document.querySelector("live-outline");
      await el.ready;
      const held = () => el.shadowRoot.querySelectorAll("[part~=page][hidden], [part~=book][hidden]").length;
      el.source = new Response(globalThis.body(4000));
      while (!held()) await new Promise((resolve) => requestAnimationFrame(resolve));
      const before = held();
      el[how](new Error("for a test"));
      const after = held();
      const rows = () => el.shadowRoot.querySelectorAll("li[data-key]").length;
      // What had come when it was stopped is still being shown.
      for (let last = -1; last !== rows();) {
        last = rows();
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return { before, after, later: held() };
    }, how);
    ok(seen.before > 0);
    equal(seen.later, 0);
    if (how === "pause") equal(seen.after, 0, "what was there when it was paused is seen");
  });
}
