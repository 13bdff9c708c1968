// What is done on the page in one step out of the WebAssembly: step by step, a lesson was twelve calls, each with strings and
// references that the browser's collector of garbage has to look through. One file, because the server of the browser tests
// answers no more of them at a time. Never reads an outline or a body.

// ---- rows -------------------------------------------------------------------------------------

const titleOf = (item) => item.firstElementChild.lastElementChild ?? item.firstElementChild;

/** The one text of a row's title. */
export function text(item) {
  const title = titleOf(item);
  return title.firstChild ?? title.appendChild(new Text());
}

/** A row: its shape is filled in and then copied, so that only the copy itself is ever an object of the page. */
export function build(shape, key, title) {
  shape.setAttribute("data-key", key);
  text(shape).data = title;
  const named = titleOf(shape);
  const heading = named.parentNode;
  if (heading !== shape) {
    // Ids are the shadow root's own. The heading is named by its title alone, without the button.
    named.id = `t${key}`;
    for (const it of new Set([heading, named.previousSibling ?? heading])) it.setAttribute("aria-labelledby", named.id);
  }
  return shape.cloneNode(true);
}

/** The title is whole, or cut short by the limit. */
export function settle(owner, cut) {
  owner.removeAttribute("data-unsettled");
  if (cut) owner.setAttribute("data-cut", "");
}

const held = [];
let timer;

/** Keeps a new page out of sight until the next lump of them is shown. Where a list is scrolled to its end, each row that is
 * shown for a frame is laid out and painted: 110 000 rows took 13 to 28 s then, against 2 s elsewhere in it. */
export function hold(page) {
  page.hidden = true;
  if (held.push(page) === 1) timer = setTimeout(showHeld, 100);
}

/** Shows all of them, in whatever list they are. */
export function showHeld() {
  clearTimeout(timer);
  while (held.length) held.pop().hidden = false;
}

// ---- the network ------------------------------------------------------------------------------

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

// ---- turns ------------------------------------------------------------------------------------

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
