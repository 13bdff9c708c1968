// A small HTTP server, three ways: `node server.mjs --port 8080 dist` serves a folder; with `--faults` it streams the
// folder's recordings, too, with every way a stream can fail (`--help` says which); `serve()` does all of it for tests.
//
//   const site = await serve({
//     mounts: { "/app/": "dist" },
//     routes: { "/outline": stream(lines, { every: 150 }), "/faults/": faults("dist/streams") },
//   });
//   site.url; site.requests; await site.close();
//
// A route is a function (request, response, record), or what `stream`, `log`, `answer` and `redirect` make; one whose path
// ends with a slash answers for all that lies below it.

import { createHash } from "node:crypto";
import { createReadStream, realpathSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readRange, respond } from "./answers.mjs";
import { HELP, faults } from "./faults.mjs";

export { answer, line, log, redirect, silence, stream } from "./answers.mjs";
export { faults } from "./faults.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".ndjson": "application/x-ndjson",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
};

/**
 * Starts a server. `mounts`: URL folder → folder on disk, or { root, types, headers }. `routes`: path → route; may be
 * added to while the server runs. `requests`: one record for each request, see `note`.
 */
export async function serve({ mounts = {}, routes = {}, port = 0, host = "127.0.0.1", tries = 1 } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let record;
    try {
      record = note(request, response);
    } catch {
      return respond(response, 400, "This is no address\n");
    }
    requests.push(record);
    try {
      const route = routes[record.path] ?? routes[longest(Object.keys(routes), record.path)];
      if (route) await route(request, response, record, requests);
      else await serveFile(mounts, request, response, record);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else respond(response, 500, `${error.message}\n`);
    }
  });
  // Streams may be silent for as long as a test wants.
  server.requestTimeout = 0;
  server.timeout = 0;
  await listen(server, port, host, tries);
  const { port: used } = server.address();
  return {
    url: `http://${host}:${used}`,
    port: used,
    requests,
    routes,
    mounts,
    /** The requests of one path. */
    of: (path) => requests.filter((record) => record.path === path),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** What is known of a request: `closed` is a promise of who ended the answer, "server" or "client". */
function note(request, response) {
  const url = new URL(request.url, "http://host");
  const record = {
    method: request.method,
    path: decodeURI(url.pathname),
    query: url.searchParams,
    headers: request.headers,
    at: performance.now(),
    sent: 0, // bytes of the body, before compression
    ended: undefined,
    cutByServer: false,
  };
  record.closed = new Promise((done) => {
    response.once("close", () => {
      record.ended = response.writableFinished || record.cutByServer ? "server" : "client";
      done(record.ended);
    });
  });
  return record;
}

/** The folder that a path lies in; the longest one, so that one can lie inside another. */
function longest(folders, path) {
  return folders.filter((folder) => folder.endsWith("/") && path.startsWith(folder)).sort((a, b) => b.length - a.length)[0];
}

async function listen(server, port, host, tries) {
  for (let next = port; ; next++) {
    try {
      await new Promise((done, fail) => {
        server.once("error", fail);
        server.listen(next, host, () => {
          server.off("error", fail);
          done();
        });
      });
      return;
    } catch (error) {
      if (error.code !== "EADDRINUSE" || next + 1 >= port + tries) throw error;
    }
  }
}

// ---- files ------------------------------------------------------------------------------------

async function serveFile(mounts, request, response, { path }) {
  if (request.method !== "GET" && request.method !== "HEAD") return respond(response, 405, "GET or HEAD only\n");
  const folder = longest(Object.keys(mounts), path);
  if (folder === undefined) return respond(response, 404, "Not found\n");
  const mount = typeof mounts[folder] === "string" ? { root: mounts[folder] } : mounts[folder];
  const root = resolve(mount.root);
  let file = join(root, normalize(`/${path.slice(folder.length)}`));
  if (file !== root && !file.startsWith(root + sep)) return respond(response, 404, "Not found\n");
  let info = await stat(file).catch(() => null);
  if (info?.isDirectory()) {
    if (!path.endsWith("/")) return respond(response, 301, "", { location: `${encodeURI(path.slice(path.lastIndexOf("/") + 1))}/` });
    file = join(file, "index.html");
    info = await stat(file).catch(() => null);
  }
  if (!info?.isFile()) return respond(response, 404, "Not found\n");

  const etag = `"${createHash("sha1").update(await readFile(file)).digest("hex").slice(0, 16)}"`;
  const extension = extname(file);
  const headers = {
    "content-type": { ...TYPES, ...mount.types }[extension] ?? "application/octet-stream",
    "cache-control": "no-store",
    "accept-ranges": "bytes",
    etag,
    ...mount.headers,
  };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers);
    return response.end();
  }
  const range = readRange(request, info.size, etag);
  if (range === "none") {
    return respond(response, 416, "", { "content-range": `bytes */${info.size}` });
  }
  const { from, to } = range ?? { from: 0, to: info.size - 1 };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "content-length": to - from + 1,
    ...(range && { "content-range": `bytes ${from}-${to}/${info.size}` }),
  });
  if (request.method === "HEAD" || info.size === 0) return response.end();
  createReadStream(file, { start: from, end: to }).pipe(response);
}

// ---- from the command line --------------------------------------------------------------------

const USAGE = `usage: node server.mjs [--port 8080] [folder] [--faults] [--recordings=<folder>]

  folder        what is served (dist)
  --port        the first one to try (8080)
  --faults      streams recordings with faults, too
  --recordings  where they lie, as *.ndjson (streams, in the folder)

With --faults, ${HELP}`;

async function main() {
  const fail = (message) => {
    console.error(message);
    process.exit(1);
  };
  let values, folder;
  try {
    ({ values, positionals: [folder = "dist"] } = parseArgs({
      allowPositionals: true,
      options: {
        port: { type: "string", default: "8080" },
        faults: { type: "boolean" },
        recordings: { type: "string" },
        help: { type: "boolean" },
      },
    }));
  } catch (error) {
    fail(`${error.message}\n\n${USAGE}`);
  }
  if (values.help) return console.log(USAGE);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) fail(`"${values.port}" is no port.\n\n${USAGE}`);
  if (!(await stat(folder).catch(() => null))?.isDirectory()) fail(`There is no folder ${folder}; "make dist" builds it.`);
  const routes = values.faults ? { "/faults/": faults(values.recordings ?? join(folder, "streams")) } : {};
  try {
    const { url, port: used } = await serve({ mounts: { "/": folder }, routes, port, tries: 50 });
    if (used !== port) console.log(`  Port ${port} is taken, so the address is ${url}/`);
    if (values.faults) console.log(`  Streams with faults: ${url}/faults/world?cut=random&resume=range (--help lists all)`);
  } catch (error) {
    fail(`The server cannot listen on port ${port}: ${error.message}`);
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
