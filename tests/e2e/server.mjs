// A small HTTP server, three ways: `node server.mjs --port 8080 dist` serves a folder; `serve()` does the same for tests;
// and its routes stream what a test says, with every way a stream can fail.
//
//   const site = await serve({
//     mounts: { "/app/": "dist" },
//     routes: { "/outline": stream(lines, { every: 150 }) },
//   });
//   site.url; site.requests; await site.close();
//
// A route is a function (request, response, record) or what `stream`, `log`, `answer` and `redirect` make.

import { createHash } from "node:crypto";
import { createReadStream, realpathSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { constants, createGzip } from "node:zlib";

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
      const route = routes[record.path];
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

function respond(response, status, body = "", headers = {}) {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": bytes.length,
    "cache-control": "no-store",
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : bytes);
}

// ---- files ------------------------------------------------------------------------------------

async function serveFile(mounts, request, response, { path }) {
  if (request.method !== "GET" && request.method !== "HEAD") return respond(response, 405, "GET or HEAD only\n");
  // The longest folder wins, so that one mount can lie inside another.
  const folders = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const folder = folders.find((folder) => path.startsWith(folder));
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

/** The one range that is asked for; undefined for all, "none" when there is no such range. */
function readRange(request, size, etag) {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
  const condition = request.headers["if-range"];
  if (!asked || (asked[1] === "" && asked[2] === "") || (condition && condition !== etag)) return undefined;
  const from = asked[1] === "" ? Math.max(0, size - Number(asked[2])) : Number(asked[1]);
  const to = asked[1] === "" || asked[2] === "" ? size - 1 : Math.min(Number(asked[2]), size - 1);
  return from > to || from >= size ? "none" : { from, to };
}

// ---- scripted answers -------------------------------------------------------------------------

/** One line of the wire. */
export const line = (value) => `${JSON.stringify(value)}\n`;

/** A whole answer at once: `answer(404, "no such course")`. */
export function answer(status, body = "", headers = {}) {
  return (request, response) => respond(response, status, body, headers);
}

export function redirect(location, status = 302, headers = {}) {
  return answer(status, "", { location, ...headers });
}

/** Takes the request and says nothing. */
export function silence() {
  return (request, response, record) => record.closed;
}

/**
 * Streams `pieces` (strings or bytes), then ends. Numbers among them are pauses in milliseconds.
 *
 * every    pause before each piece but the first, in milliseconds
 * end      "clean" (default); "cut": the socket is destroyed, the browser sees an error; "open": nothing more comes
 * framing  "chunked" (default); "close": the end of the connection ends the body, so that a cut looks clean;
 *          "http10": the same in HTTP/1.0
 * gzip     compressed, flushed after each piece
 * status, type, headers, cors (true, or an origin)
 */
export function stream(pieces, options = {}) {
  return (request, response, record) => send(response, record, steps(pieces, options.every), options);
}

function* steps(pieces, every = 0) {
  for (const [at, piece] of pieces.entries()) {
    if (every && at > 0) yield every;
    yield piece;
  }
}

/**
 * A log that is read again and again: the fault server of a resuming reader.
 *
 * resume    what is honoured of a request: "range" (with ETag, If-Range), "offset" (?offset=<bytes>, tells
 *           Stream-Next-Offset), "seq" (?offset=<line>), "none" (always the whole log; default)
 * attempts  faults, one for each request; the last one holds for all that follow. A fault: { cutAt, end } ends the answer
 *           after that many bytes of the log, by any `end` of `stream` ("cut" if not said); { stallAt, stall } pauses
 *           there for so many milliseconds; { status, retryAfter } refuses; everything of `stream` may stand in it, too.
 */
export function log(pieces, { resume = "none", attempts = [{}], etag = '"log"', ...options } = {}) {
  const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  let asked = 0;
  return (request, response, record) => {
    const fault = { end: undefined, ...attempts[Math.min(asked++, attempts.length - 1)] };
    if (fault.status >= 400) {
      const retry = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
      return respond(response, fault.status, fault.body ?? "", { ...allow(options.cors), ...retry });
    }
    let from = 0;
    let status = 200;
    const headers = { ...options.headers };
    const offset = record.query.get("offset");
    if (resume === "range") {
      headers["accept-ranges"] = "bytes";
      headers.etag = etag;
      const range = readRange(request, body.length, etag);
      if (range === "none") return respond(response, 416, "", { "content-range": `bytes */${body.length}` });
      if (range) {
        from = range.from;
        status = 206;
        headers["content-range"] = `bytes ${from}-${body.length - 1}/${body.length}`;
      }
    } else if (resume === "offset") {
      from = offset === null || offset === "-1" ? 0 : Number(offset);
      headers["stream-next-offset"] = String(fault.cutAt ?? body.length);
    } else if (resume === "seq" && offset !== null) {
      let lines = Number(offset);
      while (lines-- > 0) from = body.indexOf(0x0a, from) + 1 || body.length;
    }
    const to = fault.cutAt ?? body.length;
    const end = fault.end ?? (fault.cutAt === undefined ? "clean" : "cut");
    return send(response, record, cuts(body, pieces, from, to, fault, options.every), { ...options, status, headers, ...fault, end });
  };
}

/** The pieces of `body` between two bytes, with the pauses of a fault. */
function* cuts(body, pieces, from, to, { stallAt, stall = 1000, every }, usual = 0) {
  const marks = new Set([from, to]);
  let at = 0;
  for (const piece of pieces) marks.add(at += Buffer.byteLength(piece));
  if (stallAt !== undefined) marks.add(stallAt);
  const inside = [...marks].filter((mark) => mark >= from && mark <= to).sort((a, b) => a - b);
  for (let i = 1; i < inside.length; i++) {
    if (inside[i - 1] === stallAt) yield stall;
    else if (i > 1) yield every ?? usual;
    yield body.subarray(inside[i - 1], inside[i]);
  }
}

const allow = (cors) => (cors ? { "access-control-allow-origin": cors === true ? "*" : cors } : {});

async function send(response, record, script, options) {
  const { status = 200, type = "application/x-ndjson", cors, end = "clean", framing = "chunked", gzip = false } = options;
  const headers = {
    "content-type": type,
    "cache-control": "no-store",
    ...allow(cors),
    ...(gzip && { "content-encoding": "gzip" }),
    ...options.headers,
  };
  const out = framing === "chunked" ? response : raw(response, framing === "http10" ? "1.0" : "1.1");
  out.writeHead(status, headers);
  out.flushHeaders?.();
  const zip = gzip ? createGzip({ flush: constants.Z_SYNC_FLUSH }) : undefined;
  zip?.on("data", (bytes) => out.write(bytes));
  const gone = new AbortController();
  record.closed.then(() => gone.abort());

  for (const step of script) {
    if (gone.signal.aborted) return;
    if (typeof step === "number") {
      await sleep(step, undefined, { signal: gone.signal }).catch(() => {});
    } else {
      const bytes = Buffer.from(step);
      record.sent += bytes.length;
      (zip ?? out).write(bytes);
      if (zip) await new Promise((done) => zip.flush(done));
    }
  }
  if (gone.signal.aborted) return;
  if (end === "open") return record.closed;
  record.cutByServer = true;
  if (end === "cut") {
    // What is already written arrives first.
    await sleep(30);
    response.socket?.resetAndDestroy?.() ?? response.destroy();
  } else {
    if (zip) await new Promise((done) => zip.end(done));
    out.end();
  }
}

/** An answer without chunks or a length: the body lasts until the connection ends. */
function raw(response, version) {
  const { socket } = response;
  return {
    writeHead(status, headers) {
      const head = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/${version} ${status} OK\r\n${head.join("")}\r\n`);
    },
    write: (bytes) => socket.write(bytes),
    end: () => socket.end(),
  };
}

// ---- from the command line --------------------------------------------------------------------

async function main(args) {
  let port = 8080;
  let folder = "dist";
  for (let at = 0; at < args.length; at++) {
    const [name, value] = args[at].split("=");
    if (name === "--port") port = Number(value ?? args[++at]);
    else folder = args[at];
  }
  const fail = (message) => {
    console.error(message);
    process.exit(1);
  };
  if (!Number.isInteger(port) || port < 0 || port > 65535) fail("usage: node server.mjs [--port 8080] [folder]");
  if (!(await stat(folder).catch(() => null))?.isDirectory()) fail(`There is no folder ${folder}; "make dist" builds it.`);
  try {
    const { url, port: used } = await serve({ mounts: { "/": folder }, port, tries: 50 });
    if (used !== port) console.log(`  Port ${port} is taken, so the address is ${url}/`);
  } catch (error) {
    fail(`The server cannot listen on port ${port}: ${error.message}`);
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
