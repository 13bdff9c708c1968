// Results → RESULTS.md.

const NONE = "–";

export function markdown(results) {
  const parts = [
    "# Side by side",
    `${results.machine}; ${results.browser}; ${results.date}. \`${results.command}\`: one run of ${results.minutes.toFixed(0)} minutes; load of the machine ` +
      `${results.load.map((load) => load.toFixed(1)).join(" at the start, ")} at the end. Times are of this machine; what holds elsewhere are counts and growth.`,
    "`make bench` makes this file and the picture. Peers: " +
      Object.entries(results.versions).filter(([name]) => !["esbuild", "playwright-core"].includes(name)).map(([name, version]) => `${name} ${version}`).join(", ") + ".",
  ];
  if (results.cost.length) parts.push("![Cost of a delta against outline size](cost.svg)", "## Cost", COST, costTable(results), "## Churn and size", CHURN, churnTable(results));
  if (results.behaviour.length) parts.push("## What a reader notices", BEHAVIOUR, behaviourTable(results.behaviour));
  if (results.body) parts.push("## A body that is already here", BODY, bodyTable(results.body));
  if (results.mounts) parts.push("## Mounted and removed", MOUNTS, mountsTable(results.mounts));
  if (results.work) parts.push("## Work of a delta", WORK, workTable(results.work));
  if (results.nested) parts.push("## Lessons below lessons", NESTED, nestedTable(results));
  return parts.join("\n\n") + "\n";
}

/** The part of the README between its two marks: the cost of a delta, peer by peer. */
export function readmeTable({ cost, behaviour, machine, browser, date }) {
  const sizes = [...new Set(cost.map(({ size }) => size))];
  const peers = [...new Set(cost.filter(({ layout }) => layout).map(({ peer }) => peer))].filter((peer) => peer !== "(harness alone)");
  const of = (peer, size) => cost.find((row) => row.peer === peer && row.size === size);
  const cell = ({ layout } = {}) => (layout ? us(layout.mean) + (layout.whole ? "" : " …") : NONE);
  const head = ["µs a delta, with layout", ...sizes.map((size) => size.replace("x", " × ")), "elements removed at 200 × 6", "selection in the growing title", "loaded, KB"];
  const rows = peers.map((peer) => {
    const counts = of(peer, "200x6")?.counts;
    const kept = behaviour.find((row) => row.peer === peer);
    return [
      peer, ...sizes.map((size) => cell(of(peer, size))),
      counts ? number(counts.removed) + (counts.whole ? "" : " …") : NONE,
      kept && !kept.failed ? `${kept.growing} of ${kept.grew}` : NONE,
      kilobytes(of(peer, sizes[0]).shipped),
    ];
  });
  return `${table(head, rows)}\n\n${machine}; ${browser}; ${date}. …: stopped at the time limit. –: stopped in a shorter outline already.`;
}

const COST =
  "An outline of *modules* x *lessons*, as Markdown, in deltas of 1 to 6 characters; each delta is one line of the wire and goes all the way to the DOM. " +
  "With layout: the height of the container is read after each delta (≈: in 40 stretches of 500 deltas, evenly spread, and counted up). Last/first: mean cost in the last tenth of the deltas over that in the first; 1 is flat. " +
  "Processor: Chromium's own account of the processor time of the main thread, with drawing, garbage collection and what peers put off, and without what else runs on the machine. " +
  "The view follows the growing end. Deltas come for 8 ms, then the browser draws; React peers get a turn after 25 deltas. " +
  "Short runs: the middle one of three. A peer that reaches the time limit shows its cost up to there; it would stop at the same place in a longer outline.";

const CHURN =
  "Elements added and removed (a run of its own), rows that are other elements than at the look before (50 looks a run, all headings and items but the last two), " +
  "memory that the outline takes after garbage collection (without the WebAssembly's own, which is the whole memory it has), and what a page loads, brotli 11. " +
  "Without the code of peers for highlighting, diagrams and formulas.";

const BEHAVIOUR =
  "25x6. A selection of three letters in the title that is growing, until its line ends; one in a finished title, until the stream has ended. " +
  "Taken back: of the first 600 deltas, those after which the visible letters were not the beginning of the final ones.";

const BODY = "One delta for each row, all in one `Response` that is set as `source`. Input delay: how long a message that is always on its way has to wait. " +
  "The page is scrolled to its end in each frame by a script, or the element is 600 px high and follows by itself, or nothing scrolls.";
const SCROLLS = { no: "no", page: "the page", element: "the element" };
const MOUNTS = "Each time: a new element, the whole outline in one body, shown to its end, then removed. Measured after garbage collection.";
const WORK = "Records of a MutationObserver on title and modules for the same eleven deltas (a module and two lessons, in pieces), at two sizes.";
const NESTED = "live-outline alone: one module, its lessons, and below each of them more (`- a`, `  - b`, `  - c`), in the same deltas and by the same two clocks as the cost above. " +
  "Last/first: mean cost in the last tenth of the deltas over that in the first; 1 is flat.";

function costTable({ cost, capMs }) {
  const rows = cost.map((row) => {
    const { peer, size, failed, capped, deltas, layout, plain } = row;
    if (failed) return [size, peer, `failed: ${failed}`];
    if (capped) return [size, peer, `stopped in ${capped} already`];
    const stopped = (pass) => (!pass || pass.whole ? "" : ` (stopped after ${capMs / 1000} s at ${number(pass.done)})`);
    return [
      size,
      peer,
      number(deltas) + (wrong(row) ? " (text differs)" : ""),
      layout ? (layout.timed < layout.done ? "≈ " : "") + number(layout.ms) + stopped(layout) : NONE,
      layout ? us(layout.mean) : NONE,
      layout ? ratio(layout) : NONE,
      layout && layout.timed === layout.done ? us(layout.mainUs) : NONE,
      number(plain.ms) + stopped(plain),
      us(plain.mean),
      plain.first ? ratio(plain) : NONE,
      us(plain.mainUs),
      plain.longest ? plain.longest.toFixed(0) : "< 50",
      plain.frame99.toFixed(0),
    ];
  });
  const head = [
    "size", "peer", "deltas", "with layout, ms", "µs/delta", "last/first", "processor, µs/delta", "without, ms", "µs/delta", "last/first",
    "processor, µs/delta", "longest task, ms", "p99 frame, ms",
  ];
  return table(head, rows);
}

function churnTable({ cost }) {
  const rows = cost.filter(({ failed, capped, peer }) => !failed && !capped && peer !== "(harness alone)").map(({ peer, size, layout, plain, counts, shipped }) => {
    const memory = layout ?? plain;
    return [
      size,
      peer,
      counts ? number(counts.done) + (counts.whole ? "" : " (stopped)") : NONE,
      counts ? number(counts.added) : NONE,
      counts ? number(counts.removed) : NONE,
      counts ? `${number(counts.breaks)} of ${number(counts.checks)}` : NONE,
      megabytes(memory.heap),
      memory.dom === undefined ? NONE : megabytes(memory.dom),
      memory.wasm ? megabytes(memory.wasm) : NONE,
      kilobytes(shipped),
    ];
  });
  const head = [
    "size", "peer", "deltas", "elements added", "removed", "identity breaks", "JS heap, MB", "DOM heap, MB", "wasm, MB", "loaded, KB",
  ];
  return table(head, rows);
}

function behaviourTable(rows) {
  const head = ["peer", "selection in the growing title", "in a finished title", "taken back", "final text"];
  return table(head, rows.map(({ peer, failed, growing, grew, finished, retracted, frames, right }) =>
    failed
      ? [peer, `failed: ${failed}`]
      : [peer, `kept ${growing} of ${grew}`, finished ? "kept" : "lost", `${retracted} of ${frames}`, right ? "same" : "differs"]));
}

function bodyTable(results) {
  const head = ["scrolled to its end", "run", "deltas", "rows", "total, ms", "µs/delta", "tasks over 50 ms", "longest of them, ms", "longest input delay, ms", "p99 input delay, ms", "p99 frame, ms", "complete"];
  return table(head, results.map(({ scrolls, run, deltas, rows, ms, longTasks, longest, delay, frame99, complete }) => [
    SCROLLS[scrolls], run, number(deltas), number(rows), number(ms), us((ms * 1000) / deltas), longTasks, longTasks ? longest.toFixed(0) : NONE,
    delay.most.toFixed(1), delay.p99.toFixed(1), frame99.toFixed(0), complete ? "yes" : "no",
  ]));
}

function mountsTable({ modules, lessons, seen, mounts }) {
  const stopped = (count) => (count === seen.at(-1).count && count < mounts ? ` (of ${mounts}: time limit)` : "");
  const head = [`after mounts of ${modules}x${lessons}`, "JS heap, MB", "DOM heap, MB", "wasm, MB", "DOM nodes", "listeners"];
  return table(head, seen.map(({ count, js, dom, wasm, nodes, listeners }) => [
    `${count}${stopped(count)}`, megabytes(js), dom === undefined ? NONE : megabytes(dom), megabytes(wasm), number(nodes), number(listeners),
  ]));
}

function workTable(results) {
  const head = ["modules", "records/delta", "of each delta", "attributes", "characterData", "childList"];
  return table(head, results.map(({ modules, deltas, each, kinds }) => [
    number(modules), (each.reduce((a, b) => a + b) / deltas).toFixed(2), each.join(" "), kinds.attributes, kinds.characterData, kinds.childList,
  ]));
}

function nestedTable({ nested: { lessons, below, passes, failed }, capMs }) {
  const head = ["lessons", "below each", "layout", "deltas", "total, ms", "µs/delta", "first tenth", "last tenth", "last/first", "final text"];
  const rows = passes.map((pass) => {
    const { layout, deltas, done, timed, whole, ms, mean, first, last, right } = pass;
    const stopped = whole ? "" : ` (stopped after ${capMs / 1000} s at ${number(done)})`;
    return [
      number(lessons), below, layout ? "with" : "without", number(deltas), (timed < done ? "≈ " : "") + number(ms) + stopped, us(mean), us(first), us(last),
      ratio(pass), whole ? (right ? "same" : "differs") : NONE,
    ];
  });
  if (failed) rows.push([number(lessons), below, `failed: ${failed}`]);
  return table(head, rows);
}

function wrong({ peer, layout, plain }) {
  return peer !== "(harness alone)" && (layout?.right === false || plain?.right === false);
}

function ratio({ first, last }) {
  return (last / first).toFixed(2);
}

function us(value) {
  return value < 10 ? value.toFixed(1) : number(value);
}

function number(value) {
  return Math.round(value).toLocaleString("en-US");
}

function megabytes(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}

function kilobytes(bytes) {
  return (bytes / 1000).toFixed(1);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const align = head.map((_, at) => (at < 1 || /peer/.test(head[at]) ? "---" : "---:"));
  const filled = rows.map((row) => [...row, ...Array(head.length - row.length).fill("")]);
  return [head, align, ...filled].map(line).join("\n");
}
