// Makes the release build small: Trunk runs it after its own build (Trunk.toml). It never changes what the code does, and
// no page loads it.
//
//   1. builds again with a standard library compiled for size, in which a panic traps without a text (nothing that the
//      network sends can panic; tests, which are other builds, have the texts);
//   2. drops what wasm-bindgen exports for crates that Leptos brings along and this one never calls;
//   3. optimizes, shortens the names between the WebAssembly and its glue, and minifies the scripts and the style sheet.
//
// What a tool is missing for is left out, and it says so: the build still works, it is only larger.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const STAGE = process.env.TRUNK_STAGING_DIR ?? join(ROOT, "dist");
const TARGET = "wasm32-unknown-unknown";
const NAME = "live-outline";
const WASM = join(STAGE, `${NAME}_bg.wasm`);
const GLUE = join(STAGE, `${NAME}.js`);
const FEATURES = ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];

/** The exports of wasm-streams, which server functions of Leptos use; nothing here does. */
const DEAD_EXPORT = /intounderlying/;
const DEAD_FUNCTION = /wasm_streams/;
/** How the standard library formats values; virtual calls reach it, so that it stays although nothing formats any. */
const FORMATTING = /::fmt::(?:Display|Debug|Write)>::/;
const FORMATS = /^\s*\(call \$"(?:core\[\w+\]::fmt::write|alloc\[\w+\]::fmt::format\w*)"/;

/** How the glue starts the WebAssembly: from an answer, or from its bytes. */
const LOAD = `
export default async function load({ module_or_path: from }) {
  const imports = __wbg_get_imports();
  const load = from instanceof Response ? WebAssembly.instantiateStreaming : WebAssembly.instantiate;
  const { instance, module } = await load(from, imports);
  return __wbg_finalize_init(instance, module);
}
`;

/** How the glue reads a text of the WebAssembly. A browser keeps account, one by one, of each text that a decoder of its own has
 * made: 110 000 titles were half of a pause of 40 ms for the collection of garbage. Short ones are put together here. */
const DECODE = `
function decodeText(at, length) {
  const bytes = getUint8ArrayMemory0();
  const end = at + length;
  if (length > 255) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(at, end));
  const units = [];
  while (at < end) {
    let unit = bytes[at++];
    if (unit > 127) {
      let more = unit > 239 ? 3 : unit > 223 ? 2 : 1;
      for (unit &= 63 >> more; more--;) unit = (unit << 6) | (bytes[at++] & 63);
      if (unit > 65535) {
        units.push(0xd7c0 + (unit >> 10));
        unit = 0xdc00 | (unit & 1023);
      }
    }
    units.push(unit);
  }
  return String.fromCharCode(...units);
}
`;

const run = (command, args, env = {}, input = "") =>
  execFileSync(command, args, { cwd: ROOT, env: { ...process.env, ...env }, input, stdio: ["pipe", "pipe", "inherit"], maxBuffer: 1 << 28 });

const tool = (name) => {
  const own = join(ROOT, "tests/e2e/node_modules/.bin", name);
  return existsSync(own) ? own : name;
};

const has = (command, ...args) => {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

const missing = (what, cost) => console.error(`live-outline: ${what} is missing, so the build is ${cost} larger; "make tools" installs it.`);

if (process.env.TRUNK_PROFILE === "debug") process.exit(0);
if (!hasStandardLibrary()) missing("the source of the standard library (rustup component add rust-src)", "a fifth");
else if (!hasBindgen()) missing("the wasm-bindgen command of the version in Cargo.toml", "a fifth");
else buildSmall();
if (has(tool("wasm-opt"), "--version") && has(tool("esbuild"), "--version")) pack();
else missing("wasm-opt or esbuild", "a quarter");

function hasStandardLibrary() {
  const sysroot = String(run("rustc", ["--print", "sysroot"])).trim();
  return existsSync(join(sysroot, "lib/rustlib/src/rust/library/std"));
}

/** Trunk may have one of its own, which is not on the PATH. */
function hasBindgen() {
  const [, version] = /wasm-bindgen = \{ version = "=([\d.]+)"/.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8")) ?? [];
  return has("wasm-bindgen", "--version") && String(run("wasm-bindgen", ["--version"])).trim() === `wasm-bindgen ${version}`;
}

/** The unstable options are those of the stable compiler: what they do is settled, only how they are written is not. */
function buildSmall() {
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  run("cargo", ["build", "--release", "--lib", "--features", "small", "--target", TARGET, "--quiet"], {
    RUSTC_BOOTSTRAP: "1",
    CARGO_UNSTABLE_BUILD_STD: "std,panic_abort",
    CARGO_UNSTABLE_BUILD_STD_FEATURES: "optimize_for_size",
    // A folder of its own, so that neither build throws away the other's.
    CARGO_TARGET_DIR: join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "small"),
    CARGO_ENCODED_RUSTFLAGS: [
      "-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none", `--remap-path-prefix=${home}=cargo`,
    ].join("\x1f"),
  });
  const built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "small", TARGET, "release/live_outline.wasm");
  run("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", STAGE, "--out-name", NAME, built]);
}

function pack() {
  const features = FEATURES.map((name) => `--enable-${name}`);
  const text = join(STAGE, "pack.wat");
  // Unchanged but readable: the names of functions tell whose they are.
  run(tool("wasm-opt"), [WASM, ...features, "-q", "--strip-producers", "-S", "-o", text]);
  const names = new Map();
  writeFileSync(text, shorten(dropDead(readFileSync(text, "utf8")), names));
  run(tool("wasm-opt"), [text, ...features, "-q", "--reorder-functions-by-name", "--flatten", "--rereloop", "-Os", "-Oz", "-aimfs", "4", "-ocimfs", "25", "--low-memory-unused", "--converge", "-o", WASM]);
  rmSync(text);

  const snippets = readdirSync(join(STAGE, "snippets"), { recursive: true }).map((name) => join(STAGE, "snippets", name));
  const style = snippets.find((name) => name.endsWith("style.js"));
  writeFileSync(style, readFileSync(style, "utf8").replace(/(?<=replaceSync\(`)[^`]+/, (sheet) =>
    String(run(tool("esbuild"), ["--loader=css", "--minify", "--charset=utf8", "--log-level=warning"], {}, sheet)).trim()));

  const glue = GLUE.replace(/\.js$/, ".pack.js");
  writeFileSync(glue, shortenGlue(readFileSync(GLUE, "utf8"), names, WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(WASM)))));
  const minify = (from, to, ...more) =>
    run(tool("esbuild"), [from, "--minify", "--format=esm", "--target=es2022", "--legal-comments=none", "--log-level=warning", ...more, `--outfile=${to}`, "--allow-overwrite"]);
  minify(glue, GLUE, "--bundle");
  rmSync(glue);
  rmSync(join(STAGE, "snippets"), { recursive: true, force: true });
  for (const script of ["embed.js", "locales.js"]) minify(join(STAGE, script), join(STAGE, script));
}

/** The module without the exports nothing calls, and without what only their virtual calls could reach. */
function dropDead(wat) {
  const name = String.raw`\$(?:"(?:[^"\\]|\\.)*"|[^\s()"]+)`;
  wat = wat.replace(/^ \(export "(\w+)" .*\n/gm, (line, exported) => (DEAD_EXPORT.test(exported) ? "" : line));
  const isDead = (entry) => DEAD_FUNCTION.test(entry) || (FORMATTING.test(entry) && !formats(wat));
  return wat.replace(/^ \(elem .*\n/m, (elements) =>
    `${elements.replace(new RegExp(name, "g"), (entry) => (isDead(entry) ? "$never" : entry))} (func $never (unreachable))\n`);
}

/** Whether anything but formatting itself formats a value. */
function formats(wat) {
  let inside = "";
  for (const line of wat.split("\n")) {
    if (line.startsWith(" (func ")) inside = line;
    else if (FORMATS.test(line) && !/::write_fmt"/.test(inside)) return true;
  }
  return false;
}

/** The module with names of one or two letters; `names` tells which is which. */
function shorten(wat, names) {
  const short = (name) => {
    if (!names.has(name)) names.set(name, names.size.toString(36));
    return names.get(name);
  };
  return wat
    .replace(/^( \(import )"([^"]*)" "([^"]+)"/gm, (_, head, from, name) =>
      // A script of ours is imported as it is.
      from.endsWith(".js") && from.includes("/snippets/") ? `${head}"${short(from)}" "${name}"` : `${head}"a" "${short(name)}"`)
    .replace(/^( \(export )"([^"]+)"/gm, (_, head, name) => `${head}"${short(name)}"`);
}

/** The glue with the same names, and without what the module no longer imports. */
function shortenGlue(glue, names, imports) {
  const used = new Set(imports.map(({ name }) => name));
  return glue
    .replace(/^export class IntoUnderlying[\s\S]*?^}\n(?:if \(Symbol\.dispose\).*\n)?/gm, "")
    .replace(/^const IntoUnderlying\w+Finalization[\s\S]*?;\n/gm, "")
    // embed.js has the module at hand, and knows how it was served.
    .replace(/^async function __wbg_load\([\s\S]*/m, LOAD)
    .replace(/^let cachedTextDecoder = [\s\S]*?^function decodeText[\s\S]*?^}\n/m, DECODE)
    .replace(/^if \(!\('encodeInto' in cachedTextEncoder\)\) \{[\s\S]*?^\}\n/m, "")
    .replace(/^if \(Symbol\.dispose\).*\n/gm, "")
    .replace(/\(typeof FinalizationRegistry === 'undefined'\)\s*\?.*\n\s*: /g, "")
    // What would be done for a caller that cannot make its buffer grow: every one can.
    .replace(/^ {4}if \(realloc === undefined\) \{[\s\S]*?^ {4}\}\n/m, "")
    // Memory that has grown is another buffer: that says it all.
    .replace(/if \(cachedDataViewMemory0 === null .*\{/, "if (cachedDataViewMemory0?.buffer !== wasm.memory.buffer) {")
    // One name for the page is enough.
    .replace(/typeof (\w+) === 'undefined' \? null : \1/g, "globalThis")
    // embed.js frees what it has made.
    .replace(/^const WidgetFinalization[\s\S]*?;\n/m, "")
    .replace(/^ *WidgetFinalization.*\n/gm, "")
    .replaceAll(`"./${NAME}_bg.js": import0`, `a: import0`)
    // Each script once, though it is listed for each of its functions.
    .replace(/^ *"(\.\/snippets\/[^"]+)": import\d+,\n/gm, (whole, from) => {
      const once = names.get(from);
      names.delete(from);
      return once === undefined ? "" : whole.replace(from, once);
    })
    .replace(/^ {8}(\w+): (function[\s\S]*?^ {8}\}(?:, arguments\); \})?,\n)/gm, (whole, name, body) => {
      const short = names.get(name);
      return short === undefined ? whole : used.has(short) ? `        "${short}": ${body}` : "";
    })
    .replace(/\bwasm\.(\w+)/g, (whole, name) => (names.has(name) ? `wasm["${names.get(name)}"]` : whole));
}
