// Pictures to look at: node tests/e2e/screenshots.mjs <folder>
//
// The playground, and a sheet of the element in each of its states for each look: light and dark, 320, 768 and 1280 px wide,
// left to right in English and right to left in Arabic, and in forced colours.

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { ASSETS, DIST, DONE, delta, launch, line } from "./helpers.mjs";
import { answer, serve } from "./server.mjs";

const folder = resolve(process.argv[2] ?? "screenshots");
mkdirSync(folder, { recursive: true });

const COURSE = "# Pricing for small teams\n" +
  "## Understanding Pricing Strategies\n- Introduction to Pricing Strategies\n- Cost-Plus Pricing\n- Value-Based Pricing\n" +
  "## What customers compare\n### Before they ask\n- Anchors, decoys and the middle option\n- `Vec<T>` and other things people search for\n" +
  "### While they decide\n- A very long lesson title that has to wrap because it says everything there is to say about discounts, " +
  "bundles and the-unbreakable-word-that-somebody-always-writes\n  - A lesson below a lesson\n" +
  "## Talking about mon";
const ARABIC = "# التسعير للفرق الصغيرة\n## فهم استراتيجيات التسعير\n- مقدمة في استراتيجيات التسعير\n- التسعير على أساس التكلفة (Cost-Plus)\n" +
  "## ما الذي يقارنه العملاء\n- المراسي والخيار الأوسط\n- القيمة قبل الس";

const push = (...lines) => lines.map((text) => `el.push(${JSON.stringify(text)});`).join("");
const STATES = {
  idle: "",
  connecting: `el.src = "/silent";`,
  streaming: push(delta(COURSE)),
  planned: push(line({ type: "start", modules: 8 }), delta(COURSE)),
  paused: `${push(delta(COURSE))} el.pause();`,
  stopped: `${push(delta(COURSE))} el.stop();`,
  done: push(delta(`${COURSE}ey\n- Raising a price\n`), DONE),
  folded: `${push(delta(`${COURSE}ey\n- Raising a price\n`), DONE)} el.collapseAll();`,
  ended: `${push(delta(COURSE))} el.end();`,
  incomplete: `${push(delta(COURSE), '{"type":"del')} el.end();`,
  error: `${push(delta(COURSE))} el.fail(new Error("The server could not send the outline; try again in a moment (HTTP 503)."));`,
  "http-404": `el.src = "/gone";`,
  empty: `${push(DONE)}`,
};
const LOOKS = { "light-768-forced": { width: 768, settings: { forcedColors: "active" } } };
for (const theme of ["light", "dark"]) {
  for (const width of [320, 768, 1280]) {
    LOOKS[`${theme}-${width}-ltr`] = { theme, width };
    LOOKS[`${theme}-${width}-rtl`] = { theme, width, dir: "rtl", lang: "ar", course: ARABIC };
  }
}

const site = await serve({
  mounts: { [ASSETS]: DIST, "/play/": DIST },
  routes: { "/silent": (request, response, record) => record.closed, "/gone": answer(404) },
});
const browser = await launch();

for (const [look, { theme = "light", width, dir = "ltr", lang = "en", course, settings }] of Object.entries(LOOKS)) {
  const across = width > 400 ? 2 : 4;
  const cells = Object.keys(STATES).map((name) => `<figure><figcaption>${name}</figcaption><live-outline id="${name}" theme="${theme}"></live-outline></figure>`);
  site.routes[`/${look}`] = answer(200, `<!doctype html><html lang="${lang}" dir="${dir}"><meta charset="utf-8"><link rel="icon" href="data:,">
    <style>
      body { margin: 0; padding: 16px; font: 16px/1.5 system-ui, sans-serif; background: ${theme === "dark" ? "#0c100f; color: #ccc" : "#f4f6f5"};
        display: grid; grid-template-columns: repeat(${across}, ${width}px); gap: 16px; align-items: start }
      figure { margin: 0; min-width: 0 }
    </style>
    <script type="module" src="${ASSETS}embed.js"></script>${cells.join("")}`, { "content-type": "text/html" });
  const context = await browser.newContext({ viewport: { width: (width + 16) * across + 32, height: 800 }, ...settings });
  const page = await context.newPage();
  await page.goto(`${site.url}/${look}`);
  await page.waitForFunction(() => [...document.querySelectorAll("live-outline")].every((el) => el.ready));
  await page.evaluate(() => Promise.all([...document.querySelectorAll("live-outline")].map((el) => el.ready)));
  for (const [name, script] of Object.entries(STATES)) {
    const own = course ? script.replaceAll(JSON.stringify(delta(COURSE)), JSON.stringify(delta(course))) : script;
    await page.evaluate(([name, script]) => new Function("el", script)(document.getElementById(name)), [name, own]);
  }
  await page.waitForTimeout(2500); // marks of new titles fade
  await page.screenshot({ path: join(folder, `states-${look}.png`), fullPage: true });
  await context.close();
}

for (const [name, { width, query }] of Object.entries({
  "playground-light": { width: 1280, query: "theme=light" },
  "playground-dark": { width: 1280, query: "theme=dark" },
  "playground-narrow": { width: 320, query: "theme=light" },
  "playground-rtl": { width: 1280, query: "theme=light&stream=arabic" },
})) {
  const context = await browser.newContext({ viewport: { width, height: 860 } });
  const page = await context.newPage();
  await page.goto(`${site.url}/play/?${query}&speed=4`);
  await page.waitForTimeout(3500);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  await context.close();
}

await browser.close();
await site.close();
console.log(folder);
