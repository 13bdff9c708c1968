// One request for all elements of a page that ask for the same at the same time: with HTTP/1.1 a page has six connections
// to a server, and each open stream holds one. Never reads a body.

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
