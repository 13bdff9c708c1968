// What a page loads at first stays within its budget (see size.mjs).

import { test } from "node:test";
import { ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

test("what a page loads at first is within budget", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [here("size.mjs"), "--check", here("../../dist")], { encoding: "utf8" });
  ok(status === 0, `over budget, or no build:\n${stdout}${stderr}`);
});
