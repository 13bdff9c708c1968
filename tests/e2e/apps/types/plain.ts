// A page in plain TypeScript: what it may write, and what the types refuse.

import "./live-outline/embed.js";
import type { LiveOutlineElement, LiveOutlineLine, LiveOutlineSource } from "./live-outline/embed.js";

const el: LiveOutlineElement = document.createElement("live-outline");
const found: LiveOutlineElement | null = document.querySelector("live-outline");

el.src = "/api/outline";
el.format = "openai-chat";
// @ts-expect-error no such format
el.format = "openai";
// @ts-expect-error no such mode
el.mode = "both";
// @ts-expect-error no such theme
el.theme = "sepia";
// @ts-expect-error a number of seconds
el.stallTimeout = "20";
// @ts-expect-error a number
el.headingLevel = "2";
// @ts-expect-error present or not
el.withCredentials = "yes";
// @ts-expect-error no such value
el.reconnect = "sometimes";
// @ts-expect-error no such value
el.loading = "auto";
// @ts-expect-error no such value
el.follow = "on";
// @ts-expect-error no such value
el.expanded = "first";
// @ts-expect-error no such value
el.announce = "lessons";
el.controls = "status stop";
el.controls = "none";
// @ts-expect-error no such control
el.controls = "play";
// @ts-expect-error no such control among several
el.controls = "play stop";
el.contentLang = "ar";

el.request = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
// @ts-expect-error not of a request
el.request = { verb: "POST" };
async function* lines(): AsyncGenerator<LiveOutlineLine> {
  yield { type: "delta", text: "## Pricing\n", seq: 0 };
  yield { type: "start", modules: 8 };
  // @ts-expect-error no such line
  yield { type: "lessons", title: "Cost-plus" };
  // @ts-expect-error a delta has a text
  yield { type: "delta" };
}
el.source = lines();
el.source = await fetch("/api/outline");
el.source = new Blob(["{}"]).stream();
el.source = null;
// @ts-expect-error an address is for `src`
const source: LiveOutlineSource = 3;

// @ts-expect-error read only
el.state = "done";
// @ts-expect-error read only
el.outline = { title: "", settled: true, children: [] };
// @ts-expect-error no such state
if (el.state === "finished") el.stop();
const first: string | undefined = el.outline.children[0]?.children[0]?.title;
// @ts-expect-error frozen
el.outline.children.push(el.outline.children[0]!);
const kind: "module" | "section" | "lesson" | undefined = el.outline.children[0]?.kind;
const elapsed: number = el.stats.elapsedMs;
if (el.error?.code === "wasm") el.retry();
// @ts-expect-error no such code
if (el.error?.code === "csp") el.retry();

el.push("text");
el.push(new Uint8Array(3));
el.push({ type: "delta", text: "…" });
// @ts-expect-error neither text nor bytes nor a line
el.push(3);
el.end();
el.fail(new Error("The model is busy."));
el.fail({ message: "The model is busy.", retryable: false });
await el.ready;
await el.copy();
el.download("json");
// @ts-expect-error no such file
el.download("pdf");
const markdown: string = el.toMarkdown();

el.addEventListener("outline-done", ({ detail }) => {
  const complete: boolean = detail.complete;
  const title: string = detail.outline.title;
  // @ts-expect-error not in the detail of this event
  detail.line;
});
document.addEventListener("outline-skip", (event) => {
  const { line, reason }: { line: number; reason: string } = event.detail;
});
el.addEventListener("click", ({ clientX }) => clientX);
// @ts-expect-error made by the document
new LiveOutlineElement();

export { elapsed, first, found, kind, markdown, source };
