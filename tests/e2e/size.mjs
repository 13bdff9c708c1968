// What an embedding page loads at first, and what it weighs.
//
//   node tests/e2e/size.mjs [dist]           prints a table
//   node tests/e2e/size.mjs --check [dist]   also fails over budget

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Limits, in bytes of brotli at its best. That of the WebAssembly is what it weighs now, so that it does not grow unseen;
 * the goal is 128 000. */
const JS_MAX = 12_000;
const WASM_MAX = 164_000;

/** Not loaded at first by pages that embed the element: the playground's, and words in other languages than English. */
const LATER = new Set(["playground.js", "locales.js"]);

const args = process.argv.slice(2);
const check = args.includes("--check");
const folder = args.find((arg) => !arg.startsWith("--")) ?? "dist";

let names;
try {
  names = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name) && !LATER.has(name)).sort();
} catch {
  console.error(`There is no folder ${folder}; "make dist" builds it.`);
  process.exit(1);
}

const rows = names.map((name) => {
  const bytes = readFileSync(join(folder, name));
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
});

const total = (extension) => rows
  .filter(({ name }) => name.endsWith(extension))
  .reduce((sum, { raw, gzip, brotli }) => ({ raw: sum.raw + raw, gzip: sum.gzip + gzip, brotli: sum.brotli + brotli }),
    { raw: 0, gzip: 0, brotli: 0 });

const js = total(".js");
const wasm = total(".wasm");
const width = Math.max(...rows.map(({ name }) => name.length), 12);
const show = (name, { raw, gzip, brotli }, note = "") =>
  console.log([name.padEnd(width), ...[raw, gzip, brotli].map((n) => n.toLocaleString("en").padStart(9)), note].join("  ").trimEnd());
const against = ({ brotli }, max) => `${brotli > max ? "over" : "within"} ${max / 1000} KB`;

console.log([" ".repeat(width), ...["raw", "gzip", "brotli"].map((name) => name.padStart(9))].join("  "));
for (const row of rows) show(row.name, row);
show("all JS", js, against(js, JS_MAX));
show("all wasm", wasm, against(wasm, WASM_MAX));

const missing = !names.includes("embed.js") || wasm.raw === 0;
if (missing) console.error(`${folder} is not a build: embed.js or the WebAssembly is missing.`);
if (check && (missing || js.brotli > JS_MAX || wasm.brotli > WASM_MAX)) process.exit(1);
