// custom-elements.json, embed.d.ts, the README and the element say the same: what one of them has and another lacks is
// named here.

import { after, test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DONE, delta, line, stage } from "./helpers.mjs";
import { stream } from "./server.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const manifest = JSON.parse(readFileSync(path("../../www/custom-elements.json"), "utf8"));
const [element] = manifest.modules[0].declarations;
const names = (entries) => entries.map(({ name }) => name);
const attributes = element.attributes.filter(({ inheritedFrom }) => !inheritedFrom);
const fields = element.members.filter(({ kind }) => kind === "field");
const methods = element.members.filter(({ kind }) => kind === "method");

const { open, route } = await stage();

/** Fails with the names that only one side has. */
function inStep(there, promised, where = "there") {
  const found = new Set(there);
  const known = new Set(promised);
  const told = [
    ...[...known].filter((name) => !found.has(name)).map((name) => `${name} is in the manifest, but not ${where}`),
    ...[...found].filter((name) => !known.has(name)).map((name) => `${name} is ${where}, but not in the manifest`),
  ];
  equal(told.join("\n"), "");
}

// ---- what an element shows and tells in a life that has everything in it ----------------------

/** Runs before the element's script. */
function watchElement() {
  const seen = { read: [], events: [], parts: new Set(), slots: new Set(), states: [], stats: [] };
  globalThis.seen = seen;
  const isIt = (node) => node.localName === "live-outline";
  for (const name of ["getAttribute", "hasAttribute"]) {
    const read = Element.prototype[name];
    Element.prototype[name] = function (attribute) {
      if (isIt(this)) seen.read.push(attribute);
      return read.call(this, attribute);
    };
  }
  const dispatch = EventTarget.prototype.dispatchEvent;
  EventTarget.prototype.dispatchEvent = function (event) {
    if (isIt(this)) {
      const { type, bubbles, composed, cancelable } = event;
      const detail = event.detail === null ? null : structuredClone(event.detail);
      seen.events.push({ type, bubbles, composed, cancelable, detail });
    }
    return dispatch.call(this, event);
  };
  globalThis.look = () => {
    const el = document.querySelector("live-outline");
    for (const part of el.shadowRoot.querySelectorAll("[part]")) part.part.forEach((name) => seen.parts.add(name));
    for (const slot of el.shadowRoot.querySelectorAll("slot")) seen.slots.add(slot.name);
    seen.states.push([el.state, el.dataset.state, el.matches(`:state(${el.state})`)]);
    seen.stats.push(el.stats);
  };
}

const COURSE = "# Pricing\n## Strategies\n### Basics\n- Cost-plus\n  - Margins\n## Talks\n- Anchors\n";
/** So many that pages of rows stand in books. */
const ROWS = 2300;

let life;

/** One life of an element; all tests look at the same one. */
const live = (t) => (life ??= lead(t));

async function lead(t) {
  const src = route("/life", stream([delta(COURSE), 250, delta("- Decoys\n"), DONE]));
  // The element's own script comes first, so that the page looks while the WebAssembly still loads.
  const page = await open(t, `<live-outline style="block-size: 300px" stall-timeout="1"></live-outline>`, {
    head: `<script>(${watchElement})()</script>`,
    script: `<script type="module" src="../../static/outline/v1/embed.js"></script><script type="module">look()</script>`,
  });
  await page.evaluate(async (src) => {
    const el = document.querySelector("live-outline");
    const until = async (state) => {
      if (el.state !== state) {
        await new Promise((resolve) => el.addEventListener("outline-state-change", ({ detail }) => detail.state === state && resolve()));
      }
      look();
    };
    el.addEventListener("outline-state-change", look);
    look();
    el.src = src;
    await until("done");
    el.shadowRoot.querySelector("[part~=module-toggle]").click();
    seen.outline = el.outline;
    el.reset();
    el.fail(new Error("It failed."));
    await until("error");
    seen.error = el.error;
    el.retry();
  }, src);
  await page.evaluate((pieces) => {
    const el = document.querySelector("live-outline");
    el.reset();
    pieces.forEach((piece) => el.push(piece));
  }, [delta(COURSE), "no JSON\n", delta("- Lesson\n".repeat(ROWS))]);
  await page.waitForFunction((n) => document.querySelector("live-outline").shadowRoot.querySelectorAll("li").length > n, ROWS);
  // Where it follows what is new, scrolling up ends that.
  const { x, y } = await page.locator("live-outline").boundingBox();
  await page.mouse.move(x + 100, y + 250);
  await page.mouse.wheel(0, -400);
  await page.waitForTimeout(150);
  return page.evaluate(async () => {
    const el = document.querySelector("live-outline");
    look();
    el.scrollToLatest?.();
    el.pause?.();
    look();
    el.resume?.();
    el.stop();
    look();

    const prototype = Object.getPrototypeOf(el);
    const members = [];
    for (let owner = el; owner !== HTMLElement.prototype; owner = Object.getPrototypeOf(owner)) {
      for (const name of Reflect.ownKeys(owner)) {
        if (name === "constructor" || /Callback$/.test(String(name))) continue;
        const { set, writable } = Object.getOwnPropertyDescriptor(owner, name);
        const kind = typeof el[name] === "function" ? "method" : set || writable ? "field" : "read-only field";
        members.push(`${kind} ${String(name)}`);
      }
    }
    const style = el.shadowRoot.adoptedStyleSheets.flatMap(({ cssRules }) => [...cssRules]).map(({ cssText }) => cssText).join("\n");
    const native = (name) => name in HTMLElement.prototype || name.startsWith("data-");
    return {
      ...seen,
      parts: [...seen.parts],
      slots: [...seen.slots],
      members,
      statics: Object.getOwnPropertyNames(prototype.constructor)
        .filter((name) => !["length", "name", "prototype", "observedAttributes"].includes(name)),
      attributes: [
        ...prototype.constructor.observedAttributes,
        ...seen.read,
        ...[...style.matchAll(/:host\(\[([\w-]+)/g)].map(([, name]) => name),
      ].filter((name) => !native(name)),
      properties: [...style.matchAll(/--live-outline-[\w-]+/g)].map(([name]) => name),
      styled: [...style.matchAll(/\[part~=["']?([\w-]+)/g)].map(([, name]) => name),
    };
  });
}

test("the manifest names the element as the script defines it", () => {
  equal(manifest.schemaVersion, "2.1.0");
  equal(element.tagName, "live-outline");
  const [{ kind, name, declaration }] = manifest.modules[0].exports;
  deepEqual([kind, name, declaration], ["custom-element-definition", "live-outline", { name: element.name, module: "embed.js" }]);
  for (const [list, entries] of Object.entries(element).filter(([, value]) => Array.isArray(value))) {
    ok(entries.every(({ description }) => description), `everything in ${list} is described`);
    equal(new Set(names(entries)).size, entries.length, `nothing in ${list} is there twice`);
  }
});

test("the element reads the attributes of the manifest and no others", async (t) => {
  inStep((await live(t)).attributes, names(attributes), "read");
});

test("the element has the members of the manifest and no others", async (t) => {
  const { members, statics } = await live(t);
  inStep(members, element.members.map(({ kind, name, readonly }) => `${readonly ? "read-only " : ""}${kind} ${name}`));
  deepEqual(statics, []);
});

test("each attribute but start and end has a property that reflects it, with the default of the manifest", async (t) => {
  const page = await open(t, `<live-outline start="manual"></live-outline>`);
  const said = await page.evaluate((fields) => {
    const said = [];
    for (const { attribute, name, type, default: text } of fields) {
      const el = document.createElement("live-outline");
      const [, last] = /.*"([^"]+)"$/.exec(type.text) ?? [];
      const value = { boolean: true, number: 3 }[type.text] ?? last ?? "stop";
      const written = value === true ? "" : String(value);
      if (el[name] !== JSON.parse(text)) said.push(`${name} is ${JSON.stringify(el[name])} by default`);
      el[name] = value;
      if (el.getAttribute(attribute) !== written) said.push(`${name} = ${JSON.stringify(value)} does not set ${attribute}`);
      const other = document.createElement("live-outline");
      other.setAttribute(attribute, written);
      if (other[name] !== value) said.push(`${attribute}="${written}" does not show in ${name}`);
      if (value === true) {
        el[name] = false;
        if (el.hasAttribute(attribute)) said.push(`${name} = false leaves ${attribute} there`);
      }
    }
    return said;
  }, fields.filter(({ attribute }) => attribute));
  equal(said.join("\n"), "");
  inStep(fields.flatMap(({ attribute }) => attribute ?? []), names(attributes).filter((name) => name !== "start" && name !== "end"));
});

test("the element dispatches the events of the manifest and no others", async (t) => {
  const { events } = await live(t);
  inStep(events.map(({ type }) => type), names(element.events), "dispatched");
  for (const { type, bubbles, composed, cancelable } of events) {
    deepEqual({ bubbles, composed, cancelable }, { bubbles: true, composed: true, cancelable: type === "outline-retry" }, type);
  }
});

test("the shadow DOM has the parts of the manifest and no others", async (t) => {
  const { parts, styled } = await live(t);
  inStep(parts, names(element.cssParts));
  deepEqual(styled.filter((name) => !names(element.cssParts).includes(name)), [], "nor does the style sheet know others");
});

test("the shadow DOM has the slots of the manifest and no others", async (t) => {
  inStep((await live(t)).slots, names(element.slots));
});

test("the style sheet asks for the custom properties of the manifest and no others", async (t) => {
  inStep((await live(t)).properties, names(element.cssProperties), "in the style sheet");
});

test("each state is in the manifest, in data-state and a state of CSS", async (t) => {
  const { states } = await live(t);
  const promised = names(element.cssStates);
  for (const [state, data, styled] of states) {
    deepEqual([state, promised.includes(state), data, styled], [state, true, state, true]);
  }
  // The others need time or a network that fails.
  const seen = new Set(states.map(([state]) => state));
  for (const state of ["idle", "connecting", "streaming", "paused", "stopped", "done", "error"]) ok(seen.has(state), `${state} was reached`);
});

// ---- types ------------------------------------------------------------------------------------

const project = mkdtempSync(join(tmpdir(), "live-outline-types-"));
after(() => rmSync(project, { recursive: true, force: true }));

/** A project that has the build in a folder of its own. */
function typed(name, files, { packages = true } = {}) {
  const folder = join(project, name);
  mkdirSync(join(folder, "live-outline"), { recursive: true });
  for (const file of ["embed.js", "embed.d.ts"]) cpSync(path(`../../www/${file}`), join(folder, "live-outline", file));
  for (const file of ["tsconfig.json", ...files]) cpSync(path(`apps/types/${file}`), join(folder, file));
  if (packages) symlinkSync(path("node_modules"), join(folder, "node_modules"));
  return folder;
}

/** What the compiler says, with the line it speaks of. */
function compile(folder) {
  try {
    const tsc = path("node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "--pretty", "false", "-p", folder], { cwd: folder, encoding: "utf8" });
    return "";
  } catch ({ stdout }) {
    return stdout.replace(/^([\w./-]+)\((\d+),\d+\).*/gm, (said, file, at) =>
      `${said}\n    ${readFileSync(join(folder, file), "utf8").split("\n")[at - 1].trim()}`);
  }
}

test("the types hold for plain pages, React 19 and Vue 3, and refuse wrong values", () => {
  equal(compile(typed("frameworks", ["plain.ts", "react.tsx", "vue.ts"])), "");
});

test("the types need no framework", () => {
  equal(compile(typed("plain", ["plain.ts"], { packages: false })), "");
});

test("the types and the manifest say the same, and both say what the element does", async (t) => {
  const { events, outline, error, stats } = await live(t);
  const union = (names) => names.map((name) => JSON.stringify(name)).join(" | ");
  const types = readFileSync(path("../../www/embed.d.ts"), "utf8");
  const exported = [...types.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name);
  const lines = [
    `import type { LiveOutlineElement, ${exported.join(", ")} } from "./live-outline/embed.js";`,
    "type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : [A, B];",
  ];
  let n = 0;
  const holds = (type, value = "true") => lines.push(`export const it${n++}: ${type} = ${value};`);
  const same = (a, b) => holds(`Same<${a}, ${b}>`);

  same("keyof LiveOutlineEventMap", union(names(element.events)));
  same("LiveOutlineState", union(names(element.cssStates)));
  same("keyof LiveOutlineAttributes", union(names(attributes)));
  same("Exclude<keyof LiveOutlineElement, keyof HTMLElement>", union(names(element.members)));
  for (const { name, type } of fields) same(`LiveOutlineElement[${JSON.stringify(name)}]`, type.text);
  for (const { name, type } of element.events) same(`LiveOutlineEventMap[${JSON.stringify(name)}]`, type.text);
  for (const { name, parameters = [], return: { type } } of methods) {
    const given = parameters.map(({ name, type, optional }) => `${name}${optional ? "?" : ""}: ${type.text}`);
    same(`LiveOutlineElement[${JSON.stringify(name)}]`, `(${given.join(", ")}) => ${type.text}`);
  }
  // Objects written out may have no field too few and none too many. One of each name is enough.
  const details = new Map(events.map(({ type, detail }) => [type, detail]));
  for (const [name, detail] of details) holds(`LiveOutlineEventMap[${JSON.stringify(name)}]["detail"]`, JSON.stringify(detail, shorten));
  holds("LiveOutlineOutline", JSON.stringify(outline));
  holds("LiveOutlineError", JSON.stringify(error));
  for (const [when, value] of [["before the WebAssembly is there", stats[0]], ["at the end", stats.at(-1)]]) {
    lines.push(`// stats, ${when}`);
    holds("LiveOutlineStats", JSON.stringify(value));
  }
  const folder = typed("same", []);
  writeFileSync(join(folder, "same.ts"), `${lines.join("\n")}\n`);
  equal(compile(folder), "");
});

/** Long lists say nothing more. */
const shorten = (name, value) => (name === "children" ? value.slice(0, 3) : value);

// ---- the README -------------------------------------------------------------------------------

const README = readFileSync(path("../../README.md"), "utf8");
const [, section] = /\n## The element\n([^]*?)\n## /.exec(README);
const quoted = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

test("the README has the attributes of the manifest, with their defaults", () => {
  const rows = section.split("\n").filter((row) => /^\| `/.test(row)).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
  inStep(rows.flatMap(([name]) => quoted(name)), names(element.attributes), "in the README");
  for (const [name, , text] of rows) {
    const { default: written } = attributes.find((attribute) => quoted(name)[0] === attribute.name) ?? {};
    const value = written === undefined ? "" : JSON.parse(written);
    if (value !== "" && value !== false) equal(quoted(text)[0], String(value), `the default of ${name}`);
  }
});

test("the README has the members and events of the manifest and no others", () => {
  const words = quoted(section.replace(/^\|.*$/gm, ""));
  inStep(words.flatMap((word) => /^(\w+)\(/.exec(word)?.[1] ?? []), names(methods), "in the README");
  inStep(words.filter((word) => /^outline-/.test(word)), names(element.events), "in the README");
  const own = fields.filter(({ attribute }) => !attribute).map(({ name }) => name);
  equal(own.filter((name) => !words.includes(name)).join(", "), "", "every property is in the README");
});
