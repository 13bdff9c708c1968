// Where a peer spends its time on the push path: Chromium's CPU profile, by kind and by function.

const INTERVAL_US = 100;
const TOP = 30;

const EVENTS = /^(dispatchEvent|CustomEvent)$/;
const HARNESS = /^(MessageChannel|postMessage|close|requestAnimationFrame|queueMicrotask)$/;
const CROSSING = /^(js-to-wasm|wasm-to-js|decode|encodeInto)/;

export async function profile({ call, cdp }, outline, capMs) {
  await cdp.send("Profiler.enable");
  await cdp.send("Profiler.setSamplingInterval", { interval: INTERVAL_US });
  const report = [];
  for (const layout of [false, true]) {
    await call("open", outline);
    await cdp.send("Profiler.start");
    const result = await call("cost", { layout, capMs });
    const { profile } = await cdp.send("Profiler.stop");
    report.push(`## ${layout ? "with" : "without"} layout: ${result.done} deltas, ${result.mean.toFixed(1)} us each`, told(profile, result.done));
  }
  return report.join("\n\n");
}

function told({ nodes, samples, timeDeltas }, deltas) {
  const self = new Map(nodes.map(({ id }) => [id, 0]));
  samples.forEach((id, at) => self.set(id, self.get(id) + timeDeltas[at]));
  const functions = new Map();
  const kinds = new Map();
  const add = (map, key, value) => map.set(key, (map.get(key) ?? 0) + value);
  for (const { id, callFrame } of nodes) {
    const kind = kindOf(callFrame);
    if (!kind) continue;
    const { functionName, url, lineNumber } = callFrame;
    const place = url.endsWith(".js") ? ` ${url.split("/").at(-1)}:${lineNumber + 1}` : "";
    add(functions, `${kind}: ${functionName || "(anonymous)"}${place}`, self.get(id));
    add(kinds, kind, self.get(id));
  }
  const sorted = (map) => [...map].sort((a, b) => b[1] - a[1]);
  const line = ([name, us]) => `${(us / deltas).toFixed(2).padStart(8)} us/delta  ${name}`;
  return [...sorted(kinds).map(line), "", ...sorted(functions).slice(0, TOP).map(line)].join("\n");
}

function kindOf({ functionName: name, url }) {
  if (name === "(idle)" || name === "(root)") return undefined;
  if (name === "(program)") return "outside of scripts (frames, layout, waiting for a processor)";
  if (name === "(garbage collector)") return "garbage collection";
  if (url.startsWith("wasm:") || url.endsWith(".wasm")) return "wasm";
  if (url.endsWith("/live-outline.js")) return "glue";
  if (url.endsWith("/embed.js") || EVENTS.test(name)) return "element and events";
  if (url.endsWith("/page.js") || HARNESS.test(name)) return "harness, with the layout it forces";
  if (url) return "peer";
  return CROSSING.test(name) ? "crossing between wasm and JS" : "DOM";
}
