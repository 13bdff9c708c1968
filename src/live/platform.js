// The two things of the page that Rust cannot hold: a task of its own, and one request for several elements.
// Never reads a body.

const turns = []; // waited for
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => turns.shift()();

/** The browser's next task, so that it can paint and take input. Not throttled in hidden pages, as timers are. */
export function nextTask() {
  return new Promise((resolve) => {
    turns.push(resolve);
    port2.postMessage(0);
  });
}

// With HTTP/1.1 a page has six connections to a server, and each open stream holds one.
const open = new Map(); // what is asked for → { users, waiting, abort, answer }

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
