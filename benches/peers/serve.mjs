// A static server for one run: the release build, the peers (bundled here, each as a page would ship it), the page that
// measures, and one streamed body. Keeps count of what each page was sent.

import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { Corpus, DONE, sizeOf } from "./corpus.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DIST = join(HERE, "../../dist");

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".ndjson": "application/x-ndjson",
  ".wasm": "application/wasm",
};

const PAGE = `<!doctype html><meta charset="utf-8"><title>bench</title>
<style>body{margin:0;font:16px/1.5 sans-serif}#stage{inline-size:720px;block-size:600px;overflow:auto}</style>`;

const WRITE_BYTES = 4096; // the streamed body comes in pieces of this size, as fast as they are taken

// What peers would load for fenced code, diagrams and formulas, of which an outline has none.
const WITHOUT = /^(shiki|shiki-stream|stream-diffs|katex|mermaid|@terrastruct\/d2|@antv\/infographic)(\/.*)?$/;
const without = {
  name: "without",
  setup(build) {
    build.onResolve({ filter: WITHOUT }, ({ path }) => ({ path, namespace: "without" }));
    build.onLoad({ filter: /.*/, namespace: "without" }, () => ({ contents: "module.exports = {}" }));
  },
};

// A style sheet that a peer imports is part of its script.
const styles = {
  name: "styles",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: `const sheet = new CSSStyleSheet();
sheet.replaceSync(${JSON.stringify(await readFile(path, "utf8"))});
document.adoptedStyleSheets.push(sheet);`,
      loader: "js",
    }));
  },
};

async function bundle() {
  const options = {
    bundle: true,
    define: { "process.env.NODE_ENV": '"production"' },
    format: "esm",
    jsx: "automatic",
    legalComments: "none",
    logLevel: "error",
    minify: true,
    plugins: [without, styles],
    target: "chrome120",
    write: false,
  };
  const sources = await readdir(join(HERE, "peers"));
  const files = new Map();
  for (const source of [...sources.map((name) => join("peers", name)), "page.js"]) {
    const { outputFiles } = await build({ ...options, entryPoints: [join(HERE, source)] });
    files.set(`/${source.replace(/\.jsx?$/, ".js")}`, Buffer.from(outputFiles[0].contents));
  }
  return files;
}

export async function serve() {
  const bundles = await bundle();
  const sent = new Map(); // path → bytes as they were

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const head = (type) => ({
      "Content-Type": type,
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cache-Control": "no-store",
    });
    if (url.pathname === "/") return response.writeHead(200, head(TYPES[".html"])).end(PAGE);
    if (url.pathname === "/stream") return stream(response.writeHead(200, head(TYPES[".ndjson"])), url.searchParams.get("size"));
    try {
      const type = TYPES[extname(url.pathname)];
      const path = normalize(url.pathname);
      if (!type || !(bundles.has(path) || path.startsWith("/dist/"))) throw new Error("not here");
      const bytes = bundles.get(path) ?? await readFile(join(DIST, path.slice("/dist/".length)));
      sent.set(path, bytes);
      response.writeHead(200, head(type)).end(bytes);
    } catch {
      response.writeHead(404, head("text/plain")).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    // The bytes that were sent since the last call, but for the page that measures: brotli at its best.
    shipped() {
      const own = (path) => path === "/page.js" || path === "/peers/live-outline.js";
      const bytes = [...sent].filter(([path]) => !own(path)).reduce((sum, [path, file]) => sum + brotli(path, file), 0);
      sent.clear();
      return bytes;
    },
    close: () => server.close(),
  };
}

async function stream(response, size) {
  const { modules, lessons } = sizeOf(size);
  const corpus = new Corpus(modules, lessons);
  let waiting = "";
  const flush = async () => {
    const room = response.write(waiting);
    waiting = "";
    if (!room) await new Promise((resolve) => response.once("drain", resolve));
  };
  for (let lines; (lines = corpus.take(64)).length > 0; ) {
    waiting += lines.join("");
    if (waiting.length >= WRITE_BYTES) await flush();
  }
  waiting += DONE;
  await flush();
  response.end();
}

const packed = new Map(); // by path
function brotli(path, bytes) {
  if (!packed.has(path)) {
    packed.set(path, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length);
  }
  return packed.get(path);
}
