// The fault server: any recording, at any pace, with any of the ways in which a stream fails. What it takes is in HELP.
//
//   node tests/e2e/server.mjs dist --faults
//   <live-outline src="/faults/world?cut=random&resume=range">

import { randomInt, randomUUID } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { line, log, redirect, respond } from "./answers.mjs";

export const HELP = `/faults/<recording>?<parameters>

  every=<ms>         pause between two lines; "recorded": as the "t" of the lines says (default 50)
  buffer=1           all lines at once, when the last one is due
  cut=<byte>|random  where an answer breaks off, counted from the start of the recording
  end=<how>          how it breaks off (default reset):
                       reset    the connection is reset
                       chunk    the connection is closed without the last chunk
                       length   the connection is closed before Content-Length is reached
                       http10   the connection is closed, and nothing else would end the body (HTTP/1.0)
                       close    the same in HTTP/1.1
                       gzip     gzip breaks off, the body ends properly
                       clean    the body ends properly
                       open     nothing more comes, nothing ends
  stall=<ms>         silence in the middle; stall-at=<byte> says where
  status=<400-599>   refused; retry-after=<seconds> goes with it
  times=<n>|always   how many requests meet the cut, the stall or the status (default 1); the one after them is served
                     whole, and then it starts again
  resume=<what>      range (ETag, If-Range), offset (Stream-Next-Offset), seq (?offset=<seq>), none (default)
  etag=<what>        of ranges: same (default), change (another one each time), weak, none
  seq=1              each line gets its "seq" (resume=seq does that, too)
  gzip=1|members     compressed; members: each line is a gzip file of its own
  type=<media type>  (default application/x-ndjson)
  cors=on|off        whether pages of other origins may read it (default on)
  redirect=<n>       so many redirects first
  run=<name>         addresses with another name are counted apart
`;

const number = (from, to) => (text) => (/^\d+$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined);
const oneOf = (...words) => (text) => (words.includes(text) ? text : undefined);
const or = (...readers) => (text) => readers.map((read) => read(text)).find((value) => value !== undefined);
const anything = (text) => text;

const HOUR = 3_600_000;
const BYTES = 1e9;

/** How each parameter is read; what cannot be read is undefined. */
const PARAMETERS = {
  every: or(number(0, HOUR), oneOf("recorded")),
  buffer: oneOf("0", "1"),
  cut: or(number(0, BYTES), oneOf("random")),
  end: oneOf("reset", "chunk", "length", "http10", "close", "gzip", "clean", "open"),
  stall: number(0, HOUR),
  "stall-at": number(0, BYTES),
  status: number(400, 599),
  "retry-after": number(0, 3600),
  times: or(number(1, 1e6), oneOf("always")),
  resume: oneOf("range", "offset", "seq", "none"),
  etag: oneOf("same", "change", "weak", "none"),
  seq: oneOf("0", "1"),
  gzip: oneOf("0", "1", "members"),
  type: (text) => (/^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w-]+)*$/.test(text) ? text : undefined),
  cors: oneOf("on", "off"),
  redirect: number(0, 30),
  run: anything,
  // These two are the reader's.
  offset: anything,
  live: anything,
};

/** How an answer that breaks off is framed and ended. */
const ENDS = {
  reset: { end: "cut" },
  chunk: { end: "fin" },
  length: { end: "fin", framing: "length" },
  http10: { end: "clean", framing: "http10" },
  close: { end: "clean", framing: "close" },
  gzip: { end: "torn", gzip: true },
  clean: { end: "clean" },
  open: { end: "open" },
};

const ETAGS = {
  same: '"recording"',
  change: () => `"${randomUUID()}"`,
  weak: 'W/"recording"',
  none: null,
};

/** A route for `/faults/`: `folder` holds the recordings, as *.ndjson. */
export function faults(folder) {
  const logs = new Map(); // address without what the reader adds → route
  return async (request, response, record) => {
    const refuse = (status, message) => respond(response, status, `${message}\n`, { "access-control-allow-origin": "*" });
    const asked = {};
    for (const [name, text] of record.query) {
      if (!Object.hasOwn(PARAMETERS, name)) {
        return refuse(400, `There is no parameter "${name}".\n\n${HELP}`);
      }
      const value = PARAMETERS[name](text);
      if (value === undefined) return refuse(400, `"${text}" is no value of "${name}".\n\n${HELP}`);
      asked[name] = value;
    }
    if (asked.redirect > 0) {
      const query = new URLSearchParams(record.query);
      query.set("redirect", asked.redirect - 1);
      const cors = asked.cors === "off" ? {} : { "access-control-allow-origin": "*" };
      return redirect(`?${query}`, 302, cors)(request, response);
    }

    const query = new URLSearchParams(record.query);
    for (const name of ["offset", "live"]) query.delete(name);
    const address = `${record.path}?${query}`;
    if (!logs.has(address)) {
      const name = basename(record.path).replace(/\.ndjson$/, "");
      const text = await readFile(join(folder, `${name}.ndjson`), "utf8").catch(() => undefined);
      if (text === undefined) {
        const known = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".ndjson"));
        return refuse(404, `There is no recording "${name}"; there are ${known.map((file) => basename(file, ".ndjson")).join(", ")}.`);
      }
      logs.set(address, faultyLog(text, asked));
    }
    return logs.get(address)(request, response, record);
  };
}

function faultyLog(text, asked) {
  let lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const times = lines.map((line) => Number(/"t":(\d+)/.exec(line)?.[1] ?? 0));
  if (asked.seq === "1" || asked.resume === "seq") lines = numbered(lines);
  const { every = 50 } = asked;
  return log(lines, {
    every: every === "recorded" ? (at) => Math.max(0, times[at] - times[at - 1]) : every,
    resume: asked.resume,
    etag: ETAGS[asked.etag ?? "same"],
    buffer: asked.buffer === "1",
    gzip: asked.gzip === "members" ? "members" : asked.gzip === "1",
    type: asked.type,
    cors: asked.cors !== "off",
    attempts: faultsOf(asked),
  });
}

/** Lines with their `seq`; those that are no JSON object stay as they are, and pings have none. */
export function numbered(lines) {
  let seq = 0;
  return lines.map((text) => {
    try {
      const value = JSON.parse(text);
      return value.type === "ping" ? text : line({ seq: seq++, ...value });
    } catch {
      return text;
    }
  });
}

/** The first `times` requests meet the fault, the next one does not; then it starts again. */
function faultsOf(asked) {
  const { cut, end = "reset", stall, status, times = 1 } = asked;
  let met = 0;
  return (nth, { from, to }) => {
    if (times !== "always" && met === times) {
      met = 0;
      return {};
    }
    met++;
    if (status !== undefined) return { status, retryAfter: asked["retry-after"], body: `Refused with ${status}, as asked\n` };
    const fault = {};
    if (cut !== undefined || asked.end !== undefined) {
      const cutAt = cut === "random" ? randomInt(from, to + 1) : cut ?? to;
      // What lies behind a cut is served whole.
      if (cutAt >= from) Object.assign(fault, ENDS[end], { cutAt });
    }
    if (stall !== undefined) Object.assign(fault, { stall, stallAt: asked["stall-at"] ?? Math.floor((from + to) / 2) });
    return fault;
  };
}
