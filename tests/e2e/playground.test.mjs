// The playground: what it plays is what was recorded, whatever the reader does meanwhile.

import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DIST, DONE, PRICING, delta, line, shown, stage, state, tree } from "./helpers.mjs";
import { answer, stream } from "./server.mjs";

const { site, visit, route } = await stage();

const PODCAST = [
  ["Finding a Show Worth Making", [
    "Who listens, and where they are when they do", "One promise in one sentence", "Formats: solo, interview, story", "Naming it",
  ]],
  ["Recording", [
    "A quiet room for little money", "Microphones and how near to stand", "Levels, pops and breath", "Talking to a guest far away",
  ]],
  ["Editing", ["Cutting without being heard", "Music, and the right to use it", "Loudness: -16 LUFS and why"]],
  ["Letting People Hear It", ["Hosting and the feed", "Show notes people read", "The first ten listeners"]],
];
const EMAIL = [
  ["Before You Write", ["One email, one question", "Who has to read it, and who only wants to know", "When not to send an email"]],
  ["The First Two Lines", ["A subject that is a sentence", "Saying what you need before why", "Names, greetings and tone"]],
  ["The Body", ["Short paragraphs and lists", "Numbers, dates and places", "Making the answer easy"]],
  ["After It Is Sent", ["Asking again, kindly", "Keeping what was agreed"]],
];
const SHORT = [["Understanding Pricing Strategies", ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"]]];

const recording = (name) => readFileSync(`${DIST}/streams/${name}`, "utf8");
const play = (t, hash = "", options) => visit(t, `${site.url}/play/ground/${hash}`, options);
const paused = async (t, name, options) => {
  const page = await play(t, `?stream=${name}&speed=0.25`, options);
  await page.waitForSelector("#play[data-playing=true]");
  await page.click("#play");
  return page;
};
const scrub = (page, to) => page.locator("#scrub").fill(String(to));
const speed = (page, name) => page.getByRole("radio", { name, exact: true }).check();

test("the first outline starts to grow within a second, by itself", async (t) => {
  const page = await play(t);
  const ready = await page.evaluate(() => performance.now());
  await page.waitForFunction(() => watching.shown("title"), null, { polling: 20 });
  ok(await page.evaluate(() => performance.now()) - ready < 1000);
  equal(await page.getByRole("heading", { level: 1 }).count(), 1);
});

test("a recording plays to its end: the outline it was made from, and nothing removed on the way", async (t) => {
  const page = await paused(t, "cumulative");
  await page.evaluate(() => {
    globalThis.removed = 0;
    globalThis.said = new Set();
    new MutationObserver((records) => {
      for (const { removedNodes } of records) removed += [...removedNodes].filter(({ nodeType }) => nodeType === 1).length;
    }).observe(watching.all()[0].shadowRoot, { childList: true, subtree: true });
    new MutationObserver(() => said.add(document.querySelector("#removed").textContent))
      .observe(document.querySelector("#removed"), { childList: true, characterData: true, subtree: true });
  });
  await speed(page, "16×");
  await page.click("#play");
  await state(page, "done");
  deepEqual(await tree(page), PODCAST);
  await page.waitForFunction(() => document.querySelector("#lines").textContent === "68");
  deepEqual(await page.evaluate(() => [removed, [...said]]), [0, ["0"]]);
  equal(await page.textContent("#rows"), "18");
  equal(await page.textContent("#bytes"), recording("cumulative.ndjson").length.toLocaleString("en"));
  match(await page.textContent("#cost"), /^[\d,]+$/);
  match(await page.textContent("#tape .now"), /"type":"done"/);
});

test("a step is one line, and no more", async (t) => {
  const page = await paused(t, "pricing");
  await scrub(page, 0);
  deepEqual(await tree(page), []);
  const seen = [];
  for (let i = 0; i < 5; i++) {
    await page.click("#step");
    seen.push([await page.textContent("#where"), (await tree(page)).flat(2).length]);
    await page.waitForTimeout(30);
  }
  deepEqual(seen, [["1 / 5", 1], ["2 / 5", 2], ["3 / 5", 3], ["4 / 5", 4], ["5 / 5", 4]]);
  equal(await page.locator("#step").isDisabled(), true);
  deepEqual(await tree(page), SHORT);
});

test("scrubbing back and forth gives the same outline as playing there", async (t) => {
  const page = await paused(t, "rust-course");
  const at = async (to) => {
    await scrub(page, to);
    equal(await page.textContent("#where"), `${to.toLocaleString("en")} / 1,262`);
    // That much is read and shown in several turns.
    await page.waitForFunction(() => {
      const el = watching.all()[0];
      const titles = ({ children }) => children.flatMap((node) => [node.title, ...titles(node)]);
      return String(titles(el.outline)) === String(watching.tree(el).flat(2));
    }, null, { polling: 20 });
    return tree(page);
  };
  const there = await at(700);
  ok(there.length > 3);
  const before = await at(120);
  const whole = await at(1262);
  equal(whole.length, 12);
  deepEqual(await at(120), before);
  deepEqual(await at(700), there);
  deepEqual(await at(1262), whole);
  await state(page, "done");
  // What was emptied on purpose is no rendering.
  await page.waitForFunction(() => document.querySelector("#lines").textContent === "1,262");
  equal(await page.textContent("#removed"), "0");
  equal(await page.locator("#tape p").count() <= 400, true);
});

test("restart and play again begin with nothing", async (t) => {
  const page = await play(t, "?stream=pricing&speed=max");
  await state(page, "done");
  await speed(page, "0.25×");
  await page.getByRole("button", { name: "Play again" }).click();
  await state(page, "streaming");
  deepEqual(await tree(page), [[SHORT[0][0], []]]);
  equal(await page.textContent("#where"), "1 / 5");
  await speed(page, "All at once");
  await state(page, "done");
  await page.click("#restart");
  await state(page, "done");
  deepEqual(await tree(page), SHORT);
});

test("the Arabic course stands right to left, the page around it does not", async (t) => {
  const page = await play(t, "?stream=arabic&speed=max");
  await state(page, "done");
  const side = () => page.evaluate(() => {
    const direction = (id) => getComputedStyle(document.getElementById(id)).direction;
    return [direction("outline"), direction("tape"), direction("stage")];
  });
  deepEqual(await side(), ["rtl", "ltr", "ltr"]);
  await page.selectOption("#stream", "pricing");
  await page.waitForFunction(() => watching.tree(watching.all()[0])[0]?.[1].length === 3);
  deepEqual(await side(), ["ltr", "ltr", "ltr"]);
});

test("the element's own buttons act on the player: what is stopped goes on, a retry begins again", async (t) => {
  const page = await play(t, "?stream=technical&speed=4");
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length >= 1);
  await page.getByRole("button", { name: "Stop" }).click();
  await state(page, "stopped");
  equal(await page.getAttribute("#play", "aria-label"), "Play");
  const before = await tree(page);
  const at = Number((await page.textContent("#where")).split(" ")[0]);
  await page.click("#step");
  equal(await page.textContent("#where"), `${at + 1} / 178`);
  equal((await tree(page))[0][0], before[0][0]);
  await speed(page, "All at once");
  await page.click("#play");
  await state(page, "done");
  equal((await tree(page)).length, 4);
  equal(await page.evaluate(() => watching.all()[0].stats.lines), 178);

  await page.selectOption("#stream", "breaks-off");
  await state(page, "incomplete");
  await speed(page, "0.25×");
  await page.getByRole("button", { name: "Try again" }).click();
  await state(page, "streaming");
  match(await page.textContent("#where"), /^\d \/ 96$/);
});

test("what is shown re-rendered is the same outline, at the cost of every element of it", async (t) => {
  const page = await paused(t, "technical");
  await page.getByRole("switch").check();
  await speed(page, "16×");
  await page.click("#play");
  await state(page, "done");
  await page.waitForFunction(() => document.querySelector("#rebuilt").textContent.includes("½ cup of π"));
  ok(await page.evaluate(() => document.getAnimations().length > 0), "what is new shows for a moment");
  const titles = (await tree(page)).flat(2);
  deepEqual(await page.locator("#rebuilt li > span").allTextContents(), titles);
  const removed = async (id) => Number((await page.textContent(id)).replace(",", ""));
  ok(await removed("#removed-old") > 100);
  equal(await removed("#removed"), 0);
  equal(await removed("#removed-here"), 0);
});

// ---- your own ---------------------------------------------------------------------------------

test("pasted text plays, in the dialect that is chosen", async (t) => {
  const page = await paused(t, "pricing");
  await page.fill("#text", "not our line\n## Mine\n- One\n- Two\n");
  await page.getByRole("button", { name: "Play it" }).click();
  await page.selectOption("#format", "text");
  await speed(page, "All at once");
  await state(page, "ended");
  deepEqual(await tree(page), [["Mine", ["One", "Two"]]]);
  match(await page.textContent("#snippet"), /src="\/api\/outline" format="text"/);
  // The next recording is read as it was.
  await page.selectOption("#stream", "cumulative");
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length === 4);
  equal(await page.inputValue("#format"), "auto");
});

test("a file plays, dropped or opened", async (t) => {
  const page = await play(t, "#speed=max");
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "mail.sse"));
    for (const type of ["dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }, recording("openai-chat.sse"));
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length === 4);
  deepEqual(await tree(page), EMAIL);
  equal(await page.evaluate(() => document.body.className), "");
  await page.getByLabel("Open a file").setInputFiles({ name: "a.ndjson", mimeType: "", buffer: Buffer.from(PRICING.join("") + DONE) });
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length === 1);
  deepEqual(await tree(page), SHORT);
  equal(await page.locator("#stream option:checked").textContent(), "Your text");
  // Only what there is can be chosen again.
  equal(await page.evaluate(() => document.querySelector("#stream [value=address]").hidden), true);
  await page.getByLabel("Open a file").setInputFiles({ name: "empty.txt", mimeType: "", buffer: Buffer.from("\n") });
  await page.waitForFunction(() => document.querySelector("#note[role=status]").textContent === "There is nothing in it to play.");
  deepEqual(await tree(page), SHORT);
});

test("an address is read by the element, once, and its errors are the element's", async (t) => {
  const address = route("/own", stream([...PRICING, DONE], { every: 20 }));
  route("/gone", answer(404));
  const page = await paused(t, "arabic", { expected: [/status of 404/] });
  const read = async (address) => {
    await page.fill("#address", address);
    await page.getByRole("button", { name: "Read it" }).click();
  };
  await page.getByRole("switch").check();
  await read(site.url + address);
  await state(page, "done");
  await page.waitForFunction((last) => document.querySelector("#rebuilt").textContent.endsWith(last), SHORT[0][1][2]);
  deepEqual(await tree(page), SHORT);
  equal(site.of("/own").length, 1);
  equal(await page.textContent("#where"), "live");
  equal(await page.locator("#unseen").isVisible(), true);
  equal(await page.locator("#tape p").count(), 0);
  await page.waitForFunction(() => document.querySelector("#lines").textContent === "5");
  equal(await page.textContent("#removed"), "0");
  ok((await page.textContent("#snippet")).includes(`src="${site.url}/own"`));
  await page.click("#restart");
  await page.waitForFunction(() => watching.all()[0].state === "done");
  equal(site.of("/own").length, 2);
  await page.selectOption("#expanded", "none");
  await state(page, "done");
  equal(await page.evaluate(() => watching.all()[0].shadowRoot.querySelector("[part~=module-toggle]").ariaExpanded), "false");
  equal(site.of("/own").length, 3);
  await read("/gone");
  await state(page, "error");
  match(await shown(page, "error-message"), /404/);
  // From there, a recording is a recording again.
  await page.selectOption("#stream", "pricing");
  await speed(page, "All at once");
  await state(page, "done");
  deepEqual(await tree(page), SHORT);
  equal(await page.locator("#play").isEnabled(), true);
  equal(await page.locator("#unseen").isVisible(), false);
});

// ---- what is shown and shared -----------------------------------------------------------------

test("the snippet is copied as it stands, and that is said", async (t) => {
  const page = await play(t, "?stream=arabic&speed=max", { settings: { permissions: ["clipboard-read", "clipboard-write"] } });
  await state(page, "done");
  await page.selectOption("#expanded", "latest");
  const here = `${site.url}/play/ground`;
  const copied = async (flavour) => {
    await page.getByRole("radio", { name: flavour }).check();
    await page.locator("#copy").click();
    await page.waitForFunction(() => document.querySelector("#said[role=status]").textContent === "Copied");
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const load = `<script type="module" src="${here}/embed.js"></script>`;
  const tag = `<live-outline src="${here}/streams/arabic.ndjson" dir="rtl" expanded="latest"`;
  equal(await copied("HTML"), `${load}\n${tag}></live-outline>`);
  const react = await copied("React");
  ok(react.includes(load) && react.includes(tag) && react.includes("onoutline-done="), react);
  const vue = await copied("Vue");
  ok(vue.includes(load) && vue.includes(tag) && vue.includes("@outline-done="), vue);
});

test("the recording and the speed stand in the address of the page", async (t) => {
  const page = await play(t);
  equal(new URL(page.url()).hash, "");
  await page.selectOption("#stream", "openai-chat.sse");
  await speed(page, "16×");
  await page.waitForFunction(() => location.hash === "#stream=openai-chat.sse&speed=16");
  const shared = page.url();
  await page.goto("about:blank");
  await page.goto(shared);
  await state(page, "done");
  deepEqual(await tree(page), EMAIL);
  // A line is an event with the empty line that ends it.
  equal(await page.textContent("#where"), "97 / 97");
  equal(await page.getByRole("radio", { name: "16×" }).isChecked(), true);
  await page.evaluate(() => { location.hash = "#stream=pricing&speed=max"; });
  await page.waitForFunction(() => watching.tree(watching.all()[0]).length === 1);
  equal(await page.inputValue("#stream"), "pricing");
  // What is no recording is not asked for.
  await page.evaluate(() => { location.hash = "#stream=../embed&speed=9"; });
  await page.waitForFunction(() => document.querySelector("#stream").value === "rust-course");
});

test("attributes of the element: expanded counts at once, the theme changes nothing that stands", async (t) => {
  const page = await play(t, "?stream=cumulative&speed=max");
  await state(page, "done");
  const open = () => page.evaluate(() =>
    [...watching.all()[0].shadowRoot.querySelectorAll("[part~=module-toggle]")].map((button) => button.ariaExpanded).join());
  equal(await open(), "true,true,true,true");
  await page.selectOption("#expanded", "latest");
  await page.waitForFunction(() => watching.all()[0].state === "done");
  equal(await open(), "false,false,false,true");
  deepEqual(await tree(page), PODCAST);
  await page.waitForTimeout(50);
  equal(await page.textContent("#removed"), "0");
  await page.evaluate(() => { globalThis.row = watching.all()[0].shadowRoot.querySelector("li"); });
  for (const [name, dark] of [["Dark", true], ["Light", false]]) {
    await page.getByRole("radio", { name }).check();
    const scheme = name.toLowerCase();
    const now = await page.evaluate(() => [document.documentElement, watching.all()[0]].map((one) => getComputedStyle(one).colorScheme));
    deepEqual(now, [scheme, scheme], `dark: ${dark}`);
  }
  equal(await page.evaluate(() => row.isConnected), true);
  ok(!(await page.textContent("#snippet")).includes("theme="), "the page's theme is not the element's");
  await page.selectOption("#theme", "dark");
  ok((await page.textContent("#snippet")).includes('theme="dark"'));
});

// ---- for everyone -----------------------------------------------------------------------------

test("everything can be reached and used by keyboard, has a name and is large enough", async (t) => {
  const page = await play(t, "?stream=arabic&speed=0.25");
  await state(page, "streaming");
  const met = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const at = document.activeElement;
      if (at === document.body || at === null) return null;
      const ring = (one) => one && getComputedStyle(one).outlineStyle !== "none" && getComputedStyle(one).outlineWidth !== "0px";
      const seen = at.localName === "live-outline" || [at, at.nextElementSibling, at.parentElement].some(ring);
      const { width, height } = at.getBoundingClientRect();
      return { id: at.id || at.name || at.textContent.trim(), seen, large: width >= 24 && height >= 24 };
    });
    if (now === null) break;
    met.push(now);
  }
  const ids = [...new Set(met.map(({ id }) => id))];
  deepEqual(ids, [
    "scheme", "restart", "play", "step", "stream", "speed", "scrub", "tape", "outline", "compare", "format", "mode", "theme", "dir",
    "expanded", "address", "Read it", "text", "Play it", "file", "flavour", "copy", "snippet-box",
  ]);
  deepEqual(met.filter(({ seen }) => !seen), []);
  deepEqual(met.filter(({ large }) => !large), []);
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, [tabindex='0']")]
    .filter((one) => !(one.ariaLabel || one.labels?.[0]?.textContent.trim() || one.textContent.trim() || one.getAttribute("aria-labelledby")))
    .map(({ outerHTML }) => outerHTML));
  deepEqual(nameless, []);

  // By keys alone: from the start of a recording on, back by one, and to its end.
  await page.focus("#stream");
  await page.keyboard.type("Pricing");
  await page.waitForFunction(() => document.querySelector("#where").textContent.endsWith(" / 5"));
  await page.focus("#play");
  await page.keyboard.press("Enter");
  equal(await page.getAttribute("#play", "aria-label"), "Play");
  await page.focus("#scrub");
  await page.keyboard.press("Home");
  deepEqual(await tree(page), []);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  deepEqual(await tree(page), [[SHORT[0][0], [SHORT[0][1][0]]]]);
  await page.keyboard.press("ArrowLeft");
  deepEqual(await tree(page), [[SHORT[0][0], []]]);
  equal(await page.getAttribute("#scrub", "aria-valuetext"), "line 1 of 5");
  await page.keyboard.press("Space");
  equal(await page.getAttribute("#play", "aria-label"), "Pause");
  await page.keyboard.press("Space");
  await page.keyboard.press("End");
  await state(page, "done");
  deepEqual(await tree(page), SHORT);
});

test("no width has to be scrolled sideways, whatever is shown", async (t) => {
  const page = await play(t, "?stream=technical&speed=max");
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  for (const width of [320, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const compare of [true, false]) {
      await page.getByRole("switch").setChecked(compare);
      equal(await over(), 0, `${width}, ${compare}`);
    }
    await page.getByRole("radio", { name: "Vue" }).check();
    equal(await over(), 0, `${width}, Vue`);
  }
  await page.setViewportSize({ width: 1000, height: 800 });
});

test("a reader who asks for less motion gets none", async (t) => {
  const page = await play(t, "?stream=rust-course&speed=4", { settings: { reducedMotion: "reduce" } });
  await page.getByRole("switch").check();
  await page.waitForFunction(() => document.querySelector("#rebuilt").textContent.length > 100);
  equal(await page.evaluate(() => document.getAnimations().length), 0);
});

test("a strict Content-Security-Policy with Trusted Types, in a folder of its own, leaves the console empty", async (t) => {
  site.mounts["/a/strict/place/"] = {
    root: DIST,
    headers: {
      "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; " +
        "img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    },
  };
  const page = await visit(t, `${site.url}/a/strict/place/?stream=bad-lines&speed=max`);
  await state(page, "done");
  await page.getByRole("switch").check();
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.getByRole("radio", { name: "React" }).check();
  await scrub(page, 50);
  await page.click("#step");
  await page.fill("#text", delta("# <b>Mine</b>\n## <img src=x onerror=alert(1)>\n") + line({ type: "done" }));
  await page.getByRole("button", { name: "Play it" }).click();
  await page.waitForFunction(() => document.querySelector("#rebuilt").textContent.includes("onerror"));
  deepEqual(await tree(page), [["<img src=x onerror=alert(1)>", []]]);
  equal(await page.locator("#rebuilt img, #tape img").count(), 0);
  await page.fill("#address", "streams/pricing.ndjson");
  await page.getByRole("button", { name: "Read it" }).click();
  await page.waitForFunction(() => watching.all()[0].state === "done");
  deepEqual(await tree(page), SHORT);
  equal(await page.evaluate(() => getComputedStyle(document.querySelector("#scrub")).getPropertyValue("--at")), "0");
});
