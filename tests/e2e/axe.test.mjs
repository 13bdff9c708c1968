// axe-core finds nothing to say: at each point of a stream, in light, dark and forced colours.
//
// All its rules run, those of WCAG 2.2 and the experimental ones that fit among them, and none is turned off: the page around the
// element has what a page has to have, a language, a title, a main part and a first heading. What axe cannot see (focus,
// announcements, scrolling) is for other tests.

import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import axe from "axe-core";
import { DONE, delta, line, stage, state } from "./helpers.mjs";
import { silence, stream } from "./server.mjs";

const { open, route } = await stage();

// Off unless asked for: sizes of targets, and names that do not have the words on the button in them.
const RULES = { "target-size": { enabled: true }, "label-content-name-mismatch": { enabled: true } };

const LOOKS = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  "forced colours": { colorScheme: "light", forcedColors: "active" },
};

const COURSE = "# Pricing for small teams\n## Understanding Pricing Strategies\n- Introduction to Pricing Strategies\n" +
  "  - A lesson below a lesson\n### While they decide\n- Discounts\n## Talking about mon";
const WHOLE = [delta(`${COURSE}ey\n- Raising a price\n`), DONE];

/** The points of a stream: its address, the state it leads to, and what is done then. */
const POINTS = [
  { name: "before the first node", src: route("/silent", silence()), leadsTo: "connecting" },
  { name: "answered, but nothing in it yet", src: route("/ping", stream([line({ type: "ping" })], { end: "open" })), leadsTo: "streaming" },
  { name: "in the middle", src: route("/middle", stream([delta(COURSE)], { end: "open" })), leadsTo: "streaming" },
  { name: "stopped", src: route("/stopped", stream([delta(COURSE)], { end: "open" })), leadsTo: "streaming", then: (el) => el.stop() },
  { name: "complete", src: route("/whole", stream(WHOLE)), leadsTo: "done" },
  { name: "complete and folded", src: route("/folded", stream(WHOLE)), leadsTo: "done", then: (el) => el.collapseAll() },
  { name: "complete and empty", src: route("/empty", stream([DONE])), leadsTo: "done" },
  {
    name: "broken off",
    src: route("/cut", stream([delta(COURSE)], { end: "cut" })),
    leadsTo: "incomplete",
    expected: [/ERR_CONNECTION_RESET|ERR_INCOMPLETE/],
  },
  {
    name: "failed",
    src: route("/failed", stream([delta(COURSE), line({ type: "error", message: "The model is busy" })])),
    leadsTo: "error",
  },
];

/** What axe finds, and what it cannot decide, as text. */
async function findings(page, { scrolls = false } = {}) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const { violations, incomplete, passes } = await page.evaluate((rules) => globalThis.axe.run(document, { rules }), RULES);
  const [contrast] = passes.filter(({ id }) => id === "color-contrast");
  ok(contrast.nodes.some(({ target }) => target.flat().length > 1), "axe has looked into the element");
  // A list that has no items yet is what it says it is; axe asks a person to look.
  const isEmptyList = ({ html }) => /^<ol [^>]*role="list"[^>]*><\/ol>$/.test(html);
  // Nor is there another way to say the seventh level than aria-level.
  const isDeep = ({ html }) => /^<h6 [^>]*aria-level="[78]"/.test(html);
  // What a scroller hides lies below what is around it.
  const isHidden = ({ failureSummary }) => scrolls && /partially obscured/.test(failureSummary);
  const known = { "aria-required-children": isEmptyList, "aria-valid-attr-value": isDeep, "color-contrast": isHidden };
  const undecided = incomplete.map(({ nodes, ...found }) => ({ ...found, nodes: nodes.filter((node) => !known[found.id]?.(node)) }));
  return [...violations, ...undecided].flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html, failureSummary }) => `${id}: ${help}\n  ${target.flat().join(" ")}\n  ${html}\n  ${failureSummary}`)).join("\n");
}

const around = (body) => `<main><h1>A page</h1>${body}</main>`;
const head = "<style>:root { color-scheme: light dark; color: CanvasText; background: Canvas }</style>";

for (const { name, src, leadsTo, then, expected = [] } of POINTS) {
  test(`axe: ${name}, in ${Object.keys(LOOKS).join(", ")}`, async (t) => {
    const body = `<live-outline src="${src}" reconnect="never" label="Course outline"></live-outline>`;
    const page = await open(t, around(body), { head, expected });
    await state(page, leadsTo);
    if (leadsTo !== "connecting") await page.waitForFunction(() => watching.all()[0].stats.lines > 0);
    if (then) await page.evaluate(`(${then})(document.querySelector("live-outline"))`);
    for (const [look, media] of Object.entries(LOOKS)) {
      await page.emulateMedia(media);
      equal(await findings(page), "", look);
    }
    await page.emulateMedia({ colorScheme: null, forcedColors: null });
  });
}

test("axe: a theme that is not the system's", async (t) => {
  const src = route("/middle", stream([delta(COURSE)], { end: "open" }));
  const page = await open(t, around(`<live-outline src="${src}" theme="dark"></live-outline>`), { head });
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length > 1);
  await page.emulateMedia(LOOKS.light);
  equal(await findings(page), "", "dark on a light system");
  await page.emulateMedia(LOOKS.dark);
  await page.evaluate(() => document.querySelector("live-outline").setAttribute("theme", "light"));
  equal(await findings(page), "", "light on a dark system");
  await page.emulateMedia({ colorScheme: null });
});

test("axe: every level of the course title that follows the page's headings", async (t) => {
  for (const level of [1, 2, 4, 6]) {
    const before = Array.from({ length: level - 1 }, (_, i) => `<h${i + 1}>Heading ${i + 1}</h${i + 1}>`).join("");
    const body = `<main>${before}<live-outline src="${route("/whole", stream(WHOLE))}" heading-level="${level}"></live-outline></main>`;
    const page = await open(t, body, { head });
    await state(page, "done");
    equal(await findings(page), "", `level ${level}`);
  }
});

test("axe: an outline of lessons only in a box that is smaller", async (t) => {
  const src = route("/lessons", stream([delta("- A lesson\n".repeat(100)), DONE]));
  const page = await open(t, around(`<live-outline src="${src}" style="block-size: 300px"></live-outline>`), { head });
  await state(page, "done");
  equal(await findings(page, { scrolls: true }), "");
});

test("axe: two outlines on one page, in a narrow window, from right to left", async (t) => {
  const other = route("/other", stream([delta("# Selling\n## First\n- Lesson\n"), DONE]));
  const body = `<live-outline src="${route("/whole", stream(WHOLE))}"></live-outline><live-outline src="${other}" dir="rtl"></live-outline>`;
  const page = await open(t, around(body), { head, settings: { viewport: { width: 320, height: 640 } } });
  await page.waitForFunction(() => watching.all().every(({ state }) => state === "done"));
  equal(await findings(page), "");
});
