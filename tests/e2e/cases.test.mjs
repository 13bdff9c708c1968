// The shared cases through the element, in the browser: what models and gateways really send, and the outline it is. Says
// aloud when the folder is not there.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { deepEqual, ok } from "node:assert/strict";
import { stage } from "./helpers.mjs";

const CASES = fileURLToPath(new URL("../../../shared/cases", import.meta.url));
const { open } = await stage();

/** Every input of a kind with what it comes to. */
function* inputs(kind) {
  for (const name of readdirSync(join(CASES, kind)).sort()) {
    const folder = join(CASES, kind, name);
    for (const file of readdirSync(folder).filter((file) => /^(input|variant)/.test(file))) {
      const own = join(folder, `expect-${file.replace(/\.\w+$/, "")}.json`);
      const expected = JSON.parse(readFileSync(existsSync(own) ? own : join(folder, "expect.json"), "utf8"));
      yield { name: `${kind}/${name}/${file}`, body: readFileSync(join(folder, file)), expected };
    }
  }
}

/** What an element says and shows of pieces that are pushed. */
const shown = (page, pieces, attributes = {}) => page.evaluate(async ({ pieces, attributes }) => {
  const el = document.createElement("live-outline");
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  document.body.replaceChildren(el);
  await el.ready;
  for (const piece of pieces) el.push(Array.isArray(piece) ? new Uint8Array(piece) : piece);
  el.end();
  const plain = ({ kind, title, children }) => [kind, title, children.map(plain)];
  const titles = ({ title, children }) => [title, ...children.flatMap(titles)];
  const { title, children } = el.outline;
  const seen = [...el.shadowRoot.querySelectorAll("[part~=module-title],[part~=section-title],[part~=lesson-title]")];
  return {
    title,
    tree: children.map(plain),
    same: JSON.stringify(children.flatMap(titles)) === JSON.stringify(seen.map((it) => it.textContent)),
    state: el.state,
    message: el.error?.message ?? "",
  };
}, { pieces, attributes });

const isEnd = (got, end) => {
  if (Array.isArray(end)) return end.some((one) => isEnd(got, one));
  if (typeof end === "string") return got.state === end;
  return got.state === "error" && got.message.includes(end.error);
};

const check = (got, { name, expected }, how) => {
  deepEqual({ title: got.title, tree: got.tree }, { title: expected.title ?? "", tree: expected.tree ?? expected.children }, `${name}, ${how}`);
  ok(got.same, `${name}, ${how}: what is shown is the outline`);
};

test("bodies as a client receives them", async (t) => {
  if (!existsSync(CASES)) return t.skip("the shared cases are not here");
  const page = await open(t, "");
  for (const input of inputs("wire")) {
    const bytes = [...input.body];
    const cut = (size) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
    for (const [how, pieces] of [["whole", [bytes]], ["byte by byte", cut(1)], ["seven bytes each", cut(7)]]) {
      const got = await shown(page, pieces);
      check(got, input, how);
      if (input.expected.end) ok(isEnd(got, input.expected.end), `${input.name}, ${how}: ${got.state} ${got.message}`);
    }
  }
});

test("texts as models write them", async (t) => {
  if (!existsSync(CASES)) return t.skip("the shared cases are not here");
  const page = await open(t, "");
  for (const input of inputs("shapes")) {
    const text = input.body.toString("utf8");
    const deltas = (pieces) => [...pieces.map((text) => ({ type: "delta", text })), { type: "done" }];
    const fives = text.match(/[\s\S]{1,5}/gu) ?? [];
    check(await shown(page, deltas([text])), input, "one delta");
    check(await shown(page, deltas([...text]), { mode: "incremental" }), input, "character by character");
    check(await shown(page, deltas(fives), { mode: "incremental" }), input, "five characters each");
    check(await shown(page, fives, { format: "text" }), input, "as text");
  }
});
