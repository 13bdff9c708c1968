// What Vue's tools know of the element in templates.

import "./live-outline/embed.js";
import type { GlobalComponents } from "vue";

type Outline = InstanceType<GlobalComponents["live-outline"]>;

export const props: Outline["$props"][] = [
  { src: "/api/outline", theme: "dark", "heading-level": "3", "stall-timeout": 5, class: "wide", id: "one" },
  { request: { method: "POST" }, source: null, headingLevel: 3 },
  // @ts-expect-error no such theme
  { theme: "sepia" },
  // @ts-expect-error no such format
  { format: "openai" },
  // @ts-expect-error not of a request
  { request: { verb: "POST" } },
];

export function handle(outline: Outline) {
  outline.expandAll();
  const on: Parameters<Outline["$emit"]>[0][] = ["outline-done", "outline-lesson"];
  // @ts-expect-error no such event
  on.push("outline-finished");
}
