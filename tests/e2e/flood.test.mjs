// A whole file that arrives at once: the page stays usable, and what nobody could see go by is never drawn.

import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import { stage } from "./helpers.mjs";

const { open } = await stage();

/** The longest time in which the page may not answer, in milliseconds: a multiple of what it takes on an idle machine (40),
 * and a fraction of what it would be without turns (2 000). */
const SILENCE_MS = 400;

/** Runs in the page: shows `modules` modules of ten lessons that come in one body, one delta a row. */
async function flood(modules) {
  const el = document.querySelector("live-outline");
  await el.ready;
  const root = el.shadowRoot;
  const lines = [];
  for (let m = 0; m < modules; m++) {
    lines.push(`## Module ${m}\n`);
    for (let l = 0; l < 10; l++) lines.push(`- Lesson ${m}.${l} of this course\n`);
  }
  const wire = lines.map((text) => `${JSON.stringify({ type: "delta", text })}\n`);
  const body = new Blob([...wire, '{"type":"done"}\n']);

  const pages = () => [...root.querySelectorAll("[part~=page], [part~=book]")];
  const drawn = new Set();
  root.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => skipped || target.hidden || drawn.add(target), true);
  const seen = { rows: lines.length, looks: 0 };
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
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
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
  const { rows, shown, ms, silence, heldAtTheEnd, looks } = await page.evaluate(flood, 10_000);
  t.diagnostic(`${rows} rows in ${ms.toFixed(0)} ms; the page answered ${looks} times, at the latest after ${silence.toFixed(0)} ms`);
  equal(shown, rows);
  equal(heldAtTheEnd, 0, "pages still held back when it is told that all is there");
  ok(silence < SILENCE_MS, `no answer for ${silence.toFixed(0)} ms`);
});

test("an element that follows draws what it stops at, not what goes by", async (t) => {
  const page = await open(t, `<live-outline style="height: 400px"></live-outline>`);
  const { rows, shown, ms, drawn, all, heldAtTheEnd, atTheEnd } = await page.evaluate(flood, 4000);
  t.diagnostic(`${rows} rows in ${ms.toFixed(0)} ms; ${drawn} of ${all} pages were drawn`);
  equal(shown, rows);
  equal(heldAtTheEnd, 0);
  ok(atTheEnd, "the newest row is in sight");
  ok(drawn > 2 && drawn < all / 4, `${drawn} of ${all} pages were drawn`);
});
