// What the network needs of the page, in as few steps out of the WebAssembly as can be. Never reads a body.
//
// One request for all elements of a page that ask for the same at the same time: with HTTP/1.1 a page has six connections
// to a server, and each open stream holds one.

const open = new Map(); // what is asked for → { users, abort, answer }

const keyOf = (request) => [request.url, request.credentials, request.headers.get("range")].join(" ");

/** The answer to a request: the one that is under way, if there is one. It is let go when `mine` aborts. */
export async function share(request, mine) {
  const key = keyOf(request);
  let it = open.get(key);
  if (!it) {
    const abort = new AbortController();
    it = { users: 0, abort, answer: fetch(request, { signal: abort.signal }) };
    open.set(key, it);
  }
  it.users += 1;
  const leave = () => {
    it.users -= 1;
    if (it.users > 0) return;
    it.abort.abort();
    if (open.get(key) === it) open.delete(key);
  };
  mine.addEventListener("abort", leave, { once: true });
  const answer = await it.answer;
  mine.throwIfAborted();
  // The one that is not read keeps what has come, for an element that comes later.
  return open.get(key) === it ? answer.clone() : answer;
}

/** Who asks for it from now on asks for itself: too much has come to be kept. */
export async function unshare(request) {
  const key = keyOf(request);
  const it = open.get(key);
  open.delete(key);
  (await it?.answer)?.body?.cancel();
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

/** The browser's next task, so that it can paint and take input. Not throttled in hidden pages, as timers are. */
export function nextTask() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
