// The picture: cost of a delta against the length of the outline, both logarithmic, one line for each peer.

const WIDTH = 760;
const HEIGHT = 460;
const PLOT = { left: 76, right: 590, top: 64, bottom: 396 };

const COLOURS = {
  "live-outline": "#0f9d86",
  "hand-written": "#7d8a86",
  "streaming-markdown": "#3f83d6",
  "markdown-it": "#c2553f",
  "marked + morphdom": "#c98a1b",
  "react-markdown": "#9661c9",
  streamdown: "#cf4f96",
  incremark: "#6f9c2f",
  markstream: "#5560c8",
  "x-markdown": "#94683a",
};

const LABEL_GAP = 15;

export function chart(rows) {
  const points = rows
    .filter(({ peer, layout }) => COLOURS[peer] && layout)
    .map(({ peer, rows, deltas, layout }) => ({
      peer,
      x: Math.max(1, (rows * layout.done) / deltas),
      y: layout.last,
      whole: layout.whole,
    }));
  if (points.length === 0) return "";
  const x = scale(points.map((point) => point.x), PLOT.left, PLOT.right);
  const y = scale(points.map((point) => point.y), PLOT.bottom, PLOT.top);

  const lines = Object.keys(COLOURS)
    .map((peer) => ({ peer, points: points.filter((point) => point.peer === peer) }))
    .filter((line) => line.points.length > 0);
  const labels = spread(lines.map(({ peer, points }) => ({ peer, end: points.at(-1), at: y(points.at(-1).y) })));

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title about">
<title id="title">What one delta costs as the outline grows</title>
<desc id="about">${lines.map(({ peer, points }) => `${peer}: ${points.map((point) => `${micro(point.y)} at ${count(point.x)} rows`).join(", ")}`).join(". ")}.</desc>
<style>
text{font:12px system-ui,sans-serif;fill:#3d4a46}
.title{font-size:16px;font-weight:600;fill:#17211f}
.grid{stroke:#d9e0dd;stroke-width:1}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
.ours{stroke-width:3.5}
.name{font-weight:600}
.leader{stroke-width:1;opacity:.5}
.open{fill:#fff}
.paper{fill:#fff}
@media (prefers-color-scheme:dark){
text{fill:#b3c0bb}.title{fill:#eef3f1}.grid{stroke:#2c3735}.open,.paper{fill:#131918}
}
</style>
<rect class="paper" width="${WIDTH}" height="${HEIGHT}" rx="8"/>
<text class="title" x="20" y="30">What one delta costs as the outline grows</text>
<text x="20" y="50">with layout, mean of the last tenth of the deltas; ○ stopped by the time limit</text>
${ticks(x).map((value) => `<path class="grid" d="M${round(x(value))} ${PLOT.top}V${PLOT.bottom}"/><text x="${round(x(value))}" y="${PLOT.bottom + 20}" text-anchor="middle">${count(value)}</text>`).join("\n")}
${ticks(y).map((value) => `<path class="grid" d="M${PLOT.left} ${round(y(value))}H${PLOT.right}"/><text x="${PLOT.left - 8}" y="${round(y(value) + 4)}" text-anchor="end">${micro(value)}</text>`).join("\n")}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 44}" text-anchor="middle">modules and lessons on the page</text>
${lines.map(({ peer, points }) => drawn(peer, points, x, y)).join("\n")}
${labels.map(({ peer, end, at, label }) => `<path class="leader" stroke="${COLOURS[peer]}" d="M${round(x(end.x) + 6)} ${round(at)}L${PLOT.right + 12} ${round(label)}"/><text class="name" style="fill:${COLOURS[peer]}" x="${PLOT.right + 16}" y="${round(label + 4)}">${peer}</text>`).join("\n")}
</svg>
`;
}

function drawn(peer, points, x, y) {
  const colour = COLOURS[peer];
  const path = points.map((point, at) => `${at ? "L" : "M"}${round(x(point.x))} ${round(y(point.y))}`).join("");
  const dots = points.map((point) => {
    const hollow = point.whole ? `fill="${colour}"` : `class="open"`;
    return `<circle cx="${round(x(point.x))}" cy="${round(y(point.y))}" r="4" stroke="${colour}" stroke-width="2" ${hollow}/>`;
  });
  return `<path class="line${peer === "live-outline" ? " ours" : ""}" stroke="${colour}" d="${path}"/>${dots.join("")}`;
}

// Whole powers of ten around the values.
function scale(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const place = (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  return Object.assign(place, { low, high });
}

function ticks({ low, high }) {
  return Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at));
}

// Moves labels apart that would lie on each other.
function spread(labels) {
  labels.sort((a, b) => a.at - b.at);
  let lowest = PLOT.top;
  for (const label of labels) {
    label.label = Math.max(label.at, lowest);
    lowest = label.label + LABEL_GAP;
  }
  let highest = PLOT.bottom;
  for (const label of labels.toReversed()) {
    label.label = Math.min(label.label, highest);
    highest = label.label - LABEL_GAP;
  }
  return labels;
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function count(value) {
  return Math.round(value).toLocaleString("en-US");
}

function micro(us) {
  if (us >= 1e6) return `${round(us / 1e6)} s`;
  if (us >= 1000) return `${round(us / 1000)} ms`;
  return `${us < 10 ? round(us) : Math.round(us)} µs`;
}
