// Whatever comes instead of a stream: a clear state, a sentence that says what to do, and what is there stays.

import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { DONE, PRICING, delta, events, line, shown, stage, state, tree } from "./helpers.mjs";
import { answer, redirect, serve, silence, stream } from "./server.mjs";

const { site, open, route } = await stage();

/** What the browser itself says about a request that failed; the element says nothing. */
const FAILED = (status) => new RegExp(`^error: Failed to load resource: the server responded with a status of ${status} `);
const RESET = /^error: Failed to load resource: net::ERR_(CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|FAILED)/;
const CORS = /^error: Access to fetch at '.*' from origin '.*' has been blocked by CORS policy/;

const MODULE = "Understanding Pricing Strategies";
const LESSONS = ["Introduction to Pricing Strategies", "Cost-Plus Pricing", "Value-Based Pricing"];

/** Reads `src` until it is over and gives all that a page and a person can know then. */
async function outcome(t, src, { expected = [], attributes = "", wait = ["ended", "incomplete", "done", "error"] } = {}) {
  const page = await open(t, `<live-outline src="${src}" ${attributes}></live-outline>`, { expected });
  await state(page, ...wait);
  const told = await events(page);
  const own = await page.evaluate(() => {
    const { state, error, stats } = document.querySelector("live-outline");
    return { state, error, stats };
  });
  return {
    page,
    ...own,
    message: await shown(page, "error-message"),
    status: await shown(page, "status-text"),
    empty: await shown(page, "empty"),
    retry: await shown(page, "retry-button"),
    stop: await shown(page, "stop-button"),
    announced: await page.evaluate(() => document.querySelector("live-outline").shadowRoot.querySelector("[role=status]").textContent),
    loading: await page.evaluate(() => watching.shown("loading")),
    tree: await tree(page),
    skips: told.filter(({ name }) => name === "skip").map(({ detail }) => detail),
    errors: told.filter(({ name }) => name === "error").map(({ detail }) => detail.error),
    done: told.filter(({ name }) => name === "done").map(({ detail }) => detail.complete),
    timers: await page.evaluate(() => watching.timers.size),
  };
}

/** Every failure has the same form. */
function failed(got, { code, message, retryable, status = "Failed", state = "error" }) {
  equal(got.state, state);
  equal(got.status, status);
  equal(got.message, message);
  deepEqual(got.error, { code, message, retryable });
  deepEqual(got.errors, [got.error]);
  equal(got.retry, retryable ? "Try again" : null);
  equal(got.stop, null);
  equal(got.loading, null);
  equal(got.timers, 0);
  ok(got.announced.startsWith("Outline "), `announced: ${got.announced}`);
}

for (const [status, message, retryable] of [
  [401, "The server does not let this page read the outline; sign in, then try again (HTTP 401).", true],
  [404, "There is no outline at this address; check the address (HTTP 404).", false],
  [500, "The server could not send the outline; try again in a moment (HTTP 500).", true],
]) {
  test(`HTTP ${status}`, async (t) => {
    const src = route(`/${status}`, answer(status, `<h1>Error</h1>{"type":"module","title":"No"}`));
    const got = await outcome(t, src, { expected: [FAILED(status)] });
    failed(got, { code: "http", message, retryable });
    deepEqual(got.tree, []);
    equal(site.of(src).length, 1, "it is not asked again by itself");
  });
}

test("a web page instead of a stream", async (t) => {
  const html = `<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><ul>\n- not a lesson\n</ul></body></html>\n`;
  const message = "A web page came instead of an outline stream; check the address and whether you are signed in.";
  for (const page of [html, `\n  ${html.toLowerCase()}`, `<html>\n<body></body></html>`]) {
    const got = await outcome(t, route("/page", answer(200, page, { "content-type": "text/html" })));
    failed(got, { code: "not-a-stream", message, retryable: false });
    deepEqual(got.tree, []);
  }
});

test("a redirect to a sign-in page", async (t) => {
  route("/sign-in", answer(200, "<!doctype html><title>Sign in</title>", { "content-type": "text/html" }));
  const got = await outcome(t, route("/away", redirect("/sign-in")));
  equal(got.error.code, "not-a-stream");
  const stayed = await outcome(t, route("/moved", redirect("/moved-here")), { expected: [FAILED(404)] });
  equal(stayed.error.code, "http");
});

test("text that is no JSON is read as bare Markdown, and no node is made of prose", async (t) => {
  const got = await outcome(t, route("/text", answer(200, "Service temporarily unavailable.\nPlease come back later.\n")));
  equal(got.state, "ended");
  deepEqual(got.tree, []);
  equal(got.empty, "This stream had no outline in it.");
  equal(got.status, "Ended without a closing line");
  equal(got.message, null);
});

test("JSON that is no line of ours", async (t) => {
  const got = await outcome(t, route("/json", answer(200, `{"error":{"message":"No such model","code":404}}\n`, { "content-type": "application/json" })));
  ok(["ended", "error"].includes(got.state), `the state is ${got.state}`);
  deepEqual(got.tree, []);
  ok(got.message ?? got.empty, "something is said");
});

test("the connection is cut in the middle of a line", async (t) => {
  const cut = stream([...PRICING.slice(0, 2), PRICING[2].slice(0, 30)], { end: "cut", every: 20 });
  const got = await outcome(t, route("/cut", cut), { expected: [RESET], attributes: `reconnect="never"` });
  const message = "The connection was cut before the outline was complete; what came is kept. Try again.";
  failed(got, { code: "network", message, retryable: true, state: "incomplete", status: "Cut off before the end" });
  deepEqual(got.tree, [[MODULE, LESSONS.slice(0, 1)]]);
  deepEqual(got.done, [false]);
  deepEqual(got.skips, [], "the torn line is the cut's fault");
});

test("the connection is cut in the middle of a title: the node is marked", async (t) => {
  const cut = stream([delta("## Pricing\n- Cost-"), delta("pl")], { end: "cut" });
  const got = await outcome(t, route("/title", cut), { expected: [RESET], attributes: `reconnect="never"` });
  equal(got.state, "incomplete");
  deepEqual(got.tree, [["Pricing", ["Cost-pl"]]]);
  const { marked, sign } = await got.page.evaluate(() => {
    const lesson = document.querySelector("live-outline").shadowRoot.querySelector("[part~=lesson]");
    const sign = getComputedStyle(lesson.querySelector("[part~=lesson-title]"), "::after").content;
    return { marked: lesson.hasAttribute("data-unsettled"), sign };
  });
  equal(marked, true);
  match(sign, /…/);
  equal(await got.page.evaluate(() => document.querySelector("live-outline").outline.children[0].children[0].settled), false);
});

test("the connection is cut before any byte of the body", async (t) => {
  const got = await outcome(t, route("/none", stream([], { end: "cut" })), { expected: [RESET], attributes: `reconnect="never"` });
  equal(got.state, "incomplete");
  equal(got.error.code, "network");
  deepEqual(got.tree, []);
});

test("a cut that looks like a clean end: in the middle of a line it is noticed", async (t) => {
  const middle = stream([...PRICING.slice(0, 2), PRICING[2].slice(0, 30)], { framing: "close" });
  const got = await outcome(t, route("/close/middle", middle), { attributes: `reconnect="never"` });
  equal(got.state, "incomplete");
  equal(got.error.code, "network");
  deepEqual(got.tree, [[MODULE, LESSONS.slice(0, 1)]]);
  deepEqual(got.done, [false]);

  const end = await outcome(t, route("/close/end", stream(PRICING.slice(0, 2), { framing: "http10" })));
  equal(end.state, "ended");
  deepEqual(end.tree, [[MODULE, LESSONS.slice(0, 1)]]);
});

test("a clean end without done is shown calmly", async (t) => {
  const got = await outcome(t, route("/clean", stream(PRICING)));
  equal(got.state, "ended");
  equal(got.status, "Ended without a closing line");
  equal(got.message, null);
  equal(got.error, null);
  equal(got.retry, "Try again");
  deepEqual(got.errors, []);
  deepEqual(got.done, [false]);
  deepEqual(got.tree, [[MODULE, LESSONS]]);
  equal(got.timers, 0);

  const body = await outcome(t, route("/clean", stream(PRICING)), { attributes: `end="body"` });
  equal(body.state, "done");
  deepEqual(body.done, [true]);
});

test("bad lines in the middle are skipped and told, the rest is read", async (t) => {
  const lines = [
    PRICING[0], PRICING[1],
    "502 Bad Gateway\n", `{"type":"delta","text":[42]}\n`, `{"type":"delta","text":"- torn\n`, `["array"]\n`, `{"text":"- no type\\n"}\n`,
    "\n", `{"type":"weather","sky":"clear"}\n`,
    PRICING[2], `${"x".repeat(1024 * 1024 + 1)}\n`, PRICING[3], DONE,
  ];
  const got = await outcome(t, route("/bad", stream(lines, { every: 5 })));
  equal(got.state, "done");
  equal(got.message, null);
  deepEqual(got.tree, [[MODULE, LESSONS]]);
  deepEqual(got.skips.map(({ line }) => line), [3, 4, 5, 6, 7, 11]);
  equal(got.stats.skipped, 6);
  const [notJson, wrongType, torn, array, noType, long] = got.skips.map(({ reason }) => reason);
  match(notJson, /^not JSON: /);
  match(wrongType, /"text"/);
  match(torn, /^not JSON: /);
  match(array, /not a JSON object/);
  match(noType, /"type"/);
  match(long, /longer than 1 MiB/);
  deepEqual(got.done, [true]);
});

test("an empty body", async (t) => {
  for (const [name, way] of Object.entries({ empty: answer(200), blank: answer(200, "\n\n \n"), none: answer(204) })) {
    const got = await outcome(t, route(`/empty/${name}`, way));
    equal(got.state, "ended", name);
    equal(got.empty, "This stream had no outline in it.", name);
    equal(got.status, "Ended without a closing line", name);
    equal(got.loading, null, name);
    deepEqual(got.tree, [], name);
  }
});

test("nothing but done", async (t) => {
  const got = await outcome(t, route("/only-done", stream([DONE])));
  equal(got.state, "done");
  equal(got.empty, "This stream had no outline in it.");
});

test("the producer fails", async (t) => {
  const lines = [...PRICING.slice(0, 2), line({ type: "error", message: "The model is overloaded.", retryable: true }), PRICING[2], DONE];
  const got = await outcome(t, route("/producer", stream(lines)));
  failed(got, {
    code: "producer",
    message: "The producer of the outline failed: The model is overloaded. Try again in a moment.",
    retryable: true,
  });
  deepEqual(got.tree, [[MODULE, LESSONS.slice(0, 1)]]);
});

test("another origin", async (t) => {
  const other = await serve({ routes: {
    "/closed": stream([...PRICING, DONE]),
    "/open": stream([...PRICING, DONE], { cors: true }),
    "/redirected": redirect("/closed"),
  } });
  t.after(() => other.close());
  const message = "No answer came. There is no connection, or the server does not let this page read it (CORS); " +
    "check both, then try again.";
  for (const path of ["/closed", "/redirected"]) {
    const got = await outcome(t, other.url + path, { expected: [CORS, RESET] });
    failed(got, { code: "cors-or-offline", message, retryable: true });
  }
  const allowed = await outcome(t, `${other.url}/open`);
  equal(allowed.state, "done");
  deepEqual(allowed.tree, [[MODULE, LESSONS]]);
});

test("a server that is not there", async (t) => {
  const gone = await serve();
  await gone.close();
  const got = await outcome(t, gone.url, { expected: [/ERR_CONNECTION_REFUSED/] });
  equal(got.error.code, "cors-or-offline");
});

test("an address that is none", async (t) => {
  for (const src of ["http://", "http://user:secret@example.org/", "ftp://example.org/x"]) {
    const got = await outcome(t, src, { expected: src.startsWith("ftp") ? [/Fetch API cannot load|ERR_|URL scheme/] : [] });
    equal(got.state, "error", src);
    ok(got.message, src);
  }
});

test("a request that cannot be made", async (t) => {
  const src = route("/unused", stream([DONE]));
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate((src) => {
    const el = document.querySelector("live-outline");
    el.request = { method: "GET", body: "not with GET" };
    el.src = src;
  }, src);
  await state(page, "error");
  match(await shown(page, "error-message"), /The address or the request cannot be used/);
  equal(site.of(src).length, 0);
});

test("a source that is not bytes", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  const give = async (make) => {
    await page.evaluate(async (make) => {
      watching.events.length = 0;
      const el = document.querySelector("live-outline");
      // eslint-disable-next-line no-eval
      el.source = (0, eval)(make);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }, make);
    return { message: await shown(page, "error-message"), state: await page.evaluate(() => document.querySelector("live-outline").state) };
  };
  deepEqual(await give(`new ReadableStream({ start(c) { c.enqueue("text"); c.close(); } })`),
    { message: "The stream must give bytes (Uint8Array); encode its text first.", state: "error" });
  deepEqual(await give(`const used = new Blob(["x"]).stream(); used.getReader(); used`),
    { message: "Something else already reads the stream; give the element one of its own.", state: "error" });
  deepEqual(await give(`new Response(null)`), { message: "The response has no body to read.", state: "error" });
  for (const odd of ["42", "({})", "(async function* () { yield 42; })()"]) {
    const got = await give(odd);
    equal(got.state, "error", odd);
    match(got.message, /push\(\) takes|source/, odd);
  }
  const thrown = await give(`(async function* () { yield { type: "module", title: "One" }; throw new Error("The tunnel closed."); })()`);
  deepEqual(thrown, { message: "The tunnel closed.", state: "error" });
  deepEqual(await tree(page), [["One", []]]);
  deepEqual(await give(`new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('{"type":"module","title":"One"}\\n')); c.error(new Error("x")); } })`)
    .then(({ state }) => state), "incomplete");
});

test("a Response that is no success", async (t) => {
  const src = route("/response", answer(500, `{"error":"no"}\n`));
  const page = await open(t, `<live-outline></live-outline>`, { expected: [FAILED(500)] });
  await page.evaluate(async (src) => { document.querySelector("live-outline").source = await fetch(src); }, src);
  await state(page, "ended", "error");
  equal(await page.evaluate(() => document.querySelector("live-outline").error?.code), "http");
});

test("retry() of a source that is used up says so", async (t) => {
  const page = await open(t, `<live-outline></live-outline>`);
  await page.evaluate(() => {
    document.querySelector("live-outline").source = new Blob(['{"type":"module","title":"One"}\n']).stream();
  });
  await state(page, "ended");
  await page.evaluate(() => document.querySelector("live-outline").retry());
  await state(page, "error", "ended");
  deepEqual(await tree(page), [["One", []]]);
});

test("a server that never answers stays \"connecting\" and can be stopped", async (t) => {
  const src = route("/silent", silence());
  const got = await outcome(t, src, { wait: ["connecting"] });
  equal(got.status, "Connecting");
  equal(got.stop, "Stop");
  await got.page.evaluate(() => document.querySelector("live-outline").stop());
  equal(await site.of(src)[0].closed, "client");
});
