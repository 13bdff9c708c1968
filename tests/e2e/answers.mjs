// Answers that tests script: a stream with any pace and any way to fail, a log that is read again and again, a refusal, a
// silence. Each is a route of `serve`: a function (request, response, record).

import { setTimeout as sleep } from "node:timers/promises";
import { constants, createGzip, gzipSync } from "node:zlib";

/** One line of the wire. */
export const line = (value) => `${JSON.stringify(value)}\n`;

export function respond(response, status, body = "", headers = {}) {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": bytes.length,
    "cache-control": "no-store",
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : bytes);
}

/** The one range that is asked for; undefined for all, "none" when there is no such range. */
export function readRange(request, size, etag) {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
  const condition = request.headers["if-range"];
  if (!asked || (asked[1] === "" && asked[2] === "") || (condition && condition !== etag)) return undefined;
  const from = asked[1] === "" ? Math.max(0, size - Number(asked[2])) : Number(asked[1]);
  const to = asked[1] === "" || asked[2] === "" ? size - 1 : Math.min(Number(asked[2]), size - 1);
  return from > to || from >= size ? "none" : { from, to };
}

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
 * every    pause before each piece but the first, in milliseconds; or a function of its index that gives it
 * end      "clean" (default); "cut": the connection is reset, the browser sees an error; "fin": the connection is closed
 *          and the body is not; "torn": gzip breaks off, its framing does not; "open": nothing more comes
 * framing  "chunked" (default); "length": a Content-Length, of `length` bytes; "close": the end of the connection ends the
 *          body, so that a cut looks clean; "http10": the same in HTTP/1.0
 * gzip     compressed, flushed after each piece; "members": each piece is a gzip file of its own
 * buffer   all pauses first, then all pieces, as from a proxy that buffers
 * status, type, headers, cors (true, or an origin)
 */
export function stream(pieces, options = {}) {
  return (request, response, record) => send(response, record, paced(pieces, options.every), options);
}

function* paced(pieces, every) {
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) yield pause(every, at);
    yield piece;
  }
}

const pause = (every = 0, at) => (typeof every === "function" ? every(at) : every);

/**
 * A log that is read again and again: what a resuming reader meets.
 *
 * resume    what is honoured of a request: "range" (with ETag, If-Range), "offset" (Stream-Next-Offset, which
 *           no reader can guess), "seq" (?offset=<seq of the first line wanted>), "none" (always the whole log; default)
 * etag      of ranges: a string, a function that gives one for each request, or null for none
 * attempts  faults, one for each request; the last one holds for all that follow. Or a function of the request's number and
 *           the bytes it asks for ({ from, to }) that gives one. A fault: { cutAt, end } ends the answer after that many
 *           bytes of the log, by any `end` of `stream` ("cut" if not said); { promise } is the offset that is told
 *           in spite of it; { stallAt, stall } pauses there for so many milliseconds; { status, retryAfter } refuses; everything of `stream` may stand in it, too.
 */
export function log(pieces, { resume = "none", attempts = [{}], etag = '"log"', ...options } = {}) {
  const chunks = pieces.map((piece) => Buffer.from(piece));
  const body = Buffer.concat(chunks);
  const faultOf = typeof attempts === "function" ? attempts : (nth) => attempts[Math.min(nth, attempts.length - 1)];
  const given = new Set([0, body.length]); // the offsets that have been told
  let asked = 0;
  return (request, response, record) => {
    if (request.method === "OPTIONS") return respond(response, 204, "", allow(options.cors));
    const offset = record.query.get("offset");
    const headers = { ...options.headers };
    let from = 0;
    let status = 200;
    if (resume === "range") {
      const tag = typeof etag === "function" ? etag() : etag;
      headers["accept-ranges"] = "bytes";
      if (tag !== null) headers.etag = tag;
      const range = readRange(request, body.length, tag);
      if (range === "none") {
        return respond(response, 416, "", { ...allow(options.cors), "content-range": `bytes */${body.length}` });
      }
      if (range) {
        from = range.from;
        status = 206;
        headers["content-range"] = `bytes ${from}-${body.length - 1}/${body.length}`;
      }
    } else if (resume === "offset") {
      from = offset === null ? 0 : Number(offset);
      if (!given.has(from)) return respond(response, 400, "There is no such offset\n", allow(options.cors));
    } else if (resume === "seq" && offset !== null) {
      from = startOf(body, Number(offset));
    }

    const fault = faultOf(asked++, { from, to: body.length }) ?? {};
    if (fault.status >= 400) {
      const retry = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
      return respond(response, fault.status, fault.body ?? "", { ...allow(options.cors), ...retry });
    }
    const to = Math.max(from, fault.cutAt ?? body.length);
    const end = fault.end ?? (fault.cutAt === undefined ? "clean" : "cut");
    // A cut is not what the server meant to send; a clean end is.
    if (resume === "offset") {
      const next = fault.promise ?? (end === "clean" ? to : body.length);
      given.add(next);
      headers["stream-next-offset"] = String(next);
    }
    const script = between(chunks, from, to, { every: options.every, ...fault });
    return send(response, record, script, { length: body.length - from, ...options, status, headers, ...fault, end });
  };
}

/** Where the line with this `seq` starts; the end when there is none. */
function startOf(body, seq) {
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(0x0a, at) + 1 || body.length;
    const found = /"seq":(\d+)/.exec(body.subarray(at, end));
    if (found && Number(found[1]) >= seq) return at;
    at = end;
  }
  return body.length;
}

/** What lies between two bytes of `chunks`, with the pauses of a fault. */
function* between(chunks, from, to, { every, stallAt, stall = 1000 }) {
  let start = 0;
  for (const [at, chunk] of chunks.entries()) {
    const end = start + chunk.length;
    const [first, last] = [Math.max(start, from), Math.min(end, to)];
    if (first < last) {
      if (start > from) yield pause(every, at);
      const stalls = stallAt >= first && stallAt < last;
      if (stalls) {
        yield chunk.subarray(first - start, stallAt - start);
        yield stall;
      }
      yield chunk.subarray((stalls ? stallAt : first) - start, last - start);
    }
    start = end;
  }
}

const allow = (cors) => (cors ? {
  "access-control-allow-origin": cors === true ? "*" : cors,
  // A page of another origin sees no other header, and may send If-Range only if it is told so.
  "access-control-expose-headers": "Accept-Ranges, Content-Range, ETag, Retry-After, Stream-Next-Offset, Stream-Closed",
  "access-control-allow-headers": "Range, If-Range, Content-Type",
} : {});

async function send(response, record, script, options) {
  const { status = 200, type = "application/x-ndjson", cors, end = "clean", framing = "chunked", gzip = false } = options;
  const headers = {
    "content-type": type,
    "cache-control": "no-store",
    ...allow(cors),
    ...(gzip && { "content-encoding": "gzip" }),
    ...(framing === "length" && { "content-length": options.length }),
    ...options.headers,
  };
  const own = framing === "close" || framing === "http10";
  const out = own ? raw(response, framing === "http10" ? "1.0" : "1.1") : response;
  out.writeHead(status, headers);
  out.flushHeaders?.();
  const zip = gzip === true ? createGzip({ flush: constants.Z_SYNC_FLUSH }) : undefined;
  zip?.on("data", (bytes) => response.writableEnded || out.write(bytes));
  const gone = new AbortController();
  record.closed.then(() => gone.abort());

  for (const step of options.buffer ? heldBack(script) : script) {
    if (gone.signal.aborted) return;
    if (typeof step === "number") {
      if (step > 0) await sleep(step, undefined, { signal: gone.signal }).catch(() => {});
      continue;
    }
    const bytes = Buffer.from(step);
    record.sent += bytes.length;
    if (zip) {
      zip.write(bytes);
      await new Promise((done) => zip.flush(done));
    } else {
      out.write(gzip === "members" ? gzipSync(bytes) : bytes);
    }
  }
  if (gone.signal.aborted) return;
  if (end === "open") return record.closed;
  record.cutByServer = true;
  if (end === "cut" || end === "fin") {
    // What is already written arrives first: a reset takes with it what the browser has not read yet.
    await sleep(250);
    if (end === "fin") response.socket?.end();
    else response.socket?.resetAndDestroy();
  } else {
    if (zip && end !== "torn") await new Promise((done) => zip.once("end", done).end());
    out.end();
  }
}

function* heldBack(script) {
  const pieces = [];
  let pauses = 0;
  for (const step of script) {
    if (typeof step === "number") pauses += step;
    else pieces.push(Buffer.from(step));
  }
  yield pauses;
  yield Buffer.concat(pieces);
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
