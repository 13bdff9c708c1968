// What the network needs of the page, in as few steps out of the WebAssembly as can be. Never reads a body.
//
// One request for all elements of a page that ask for the same at the same time: with HTTP/1.1 a page has six connections
// to a server, and each open stream holds one.

const open = new Map(); // what is asked for → { users, waiting, abort, answer }

/** An address with the place to go on from; `live`: the server may wait for more. */
export function address(url, offset, live) {
  const address = new URL(url, document.baseURI);
  address.searchParams.set("offset", offset);
  if (live) address.searchParams.set("live", "long-poll");
  return address.href;
}

/** The answer to a request: that of one that is under way and not yet answered, if there is one. It is let go when `mine`
 * aborts. Who comes later asks for itself: for them, all that has come would have to be kept. */
export async function share(request, mine) {
  const key = [request.url, request.credentials, request.headers.get("range")].join(" ");
  let it = open.get(key);
  if (!it) {
    const abort = new AbortController();
    it = { users: 0, waiting: 0, abort, answer: fetch(request, { signal: abort.signal }) };
    open.set(key, it);
    it.answer.catch(() => {}).then(() => open.delete(key));
  }
  it.users += 1;
  it.waiting += 1;
  mine.addEventListener("abort", () => --it.users || it.abort.abort(), { once: true });
  const answer = await it.answer;
  // The last one takes the answer itself: a copy loses what has come and is not read yet when the connection breaks.
  const copy = --it.waiting > 0 ? answer.clone() : answer;
  if (mine.aborted) copy.body?.cancel();
  return copy;
}

/** What a session wants to know of an answer: next offset, closed, strong tag of what has ranges, where a part begins,
 * the wait it asks for in milliseconds. */
export function head({ headers, status }) {
  const get = (name) => headers.get(name) ?? "";
  const tag = get("etag");
  const ranges = status === 206 || get("accept-ranges") === "bytes";
  const wish = get("retry-after");
  return [
    get("stream-next-offset"),
    get("stream-closed") === "true",
    // A weak tag does not promise the same bytes.
    ranges && !tag.startsWith("W/") ? tag : "",
    Number(/^bytes (\d+)-/.exec(get("content-range"))?.[1] ?? NaN),
    /^\d+$/.test(wish) ? wish * 1000 : Date.parse(wish) - Date.now(),
  ];
}
