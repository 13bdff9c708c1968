// The playground: replays a recorded stream into <live-outline> through its public methods only.

const $ = (id) => document.getElementById(id);
const el = $("outline");
const query = new URLSearchParams(location.search);

const TAPE_ROWS = 300; // rows kept in the raw view
const BURST = 64; // lines per turn at full speed
const PACE = 35; // ms between lines that carry no time

// ---- recordings -------------------------------------------------------------------------------

let lines = []; // each with its line end, so that a stream cut in mid-line stays cut
let times = [];
let name = "";
let ownText = "";

function cut(text) {
  lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let last = -PACE;
  times = lines.map((line) => {
    const t = /^\s*\{/.test(line) ? /"t":\s*(\d+)/.exec(line) : null;
    last = t ? Math.max(last, Number(t[1])) : last + PACE;
    return last;
  });
}

const known = [...$("stream").options].map((option) => option.value);

async function open(next) {
  const ticket = ++opening;
  halt();
  let text = ownText;
  if (next !== "own") {
    try {
      const response = await fetch(`./streams/${next}.ndjson`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      text = await response.text();
    } catch (error) {
      if (ticket === opening) say(`This recording could not be loaded (${error.message}). Choose another one, or try again.`);
      return;
    }
  }
  if (ticket !== opening) return;
  name = next;
  $("stream").value = next;
  cut(text);
  $("scrub").max = lines.length;
  if (!dirChosen) setDir(next === "arabic" ? "rtl" : "ltr");
  if (next === "arabic") el.setAttribute("content-lang", "ar");
  else el.removeAttribute("content-lang");
  say("");
  showSnippet();
  await rewind();
  if (ticket === opening) play();
}
let opening = 0;

// ---- replay -----------------------------------------------------------------------------------

let at = 0; // lines given to the element
let ended = false;
let timer = 0;
let playing = false;
let speed = 1;
let zeroAt = 0; // performance.now() at which the recording's time was 0, at this speed

const frame = () => new Promise((resolve) => {
  const late = setTimeout(resolve, 120); // a hidden tab draws no frames
  requestAnimationFrame(() => requestAnimationFrame(() => { clearTimeout(late); resolve(); }));
});

let rewinding = 0;
async function rewind() {
  const ticket = ++rewinding;
  halt();
  el.reset();
  at = 0;
  ended = false;
  tape.clear();
  position();
  await frame();
  if (ticket === rewinding) count.clear();
}

function give(to) {
  to = Math.min(to, lines.length);
  if (to > at) {
    el.push(to === at + 1 ? lines[at] : lines.slice(at, to).join(""));
    tape.add(at, to);
    at = to;
  }
  if (at === lines.length && !ended) {
    ended = true;
    el.end();
  }
  position();
}

function play() {
  if (at >= lines.length) return halt();
  playing = true;
  zeroAt = performance.now() - (times[at] ?? 0) / speed;
  clearTimeout(timer);
  turn();
  button();
}

function turn() {
  if (!playing) return;
  if (speed === Infinity) {
    give(at + BURST);
  } else {
    const now = (performance.now() - zeroAt) * speed;
    while (at < lines.length && times[at] <= now) give(at + 1);
  }
  if (at >= lines.length) return halt();
  const wait = speed === Infinity ? 0 : (times[at] / speed) + zeroAt - performance.now();
  timer = setTimeout(turn, Math.max(0, wait));
}

function halt() {
  playing = false;
  clearTimeout(timer);
  button();
}

async function again() {
  await rewind();
  play();
}

// while the slider is dragged only the last wish counts
let wish = null;
let seeking = false;
let resume = false;
async function seek(to) {
  wish = to;
  resume ||= playing;
  halt();
  if (seeking) return;
  seeking = true;
  while (wish !== null) {
    const next = wish;
    wish = null;
    if (next < at) await rewind();
    if (wish === null) give(next);
  }
  seeking = false;
  position();
  const go = resume;
  resume = false;
  if (go) play();
}

function button() {
  $("play").textContent = playing ? "Pause" : at && at >= lines.length ? "Replay" : "Play";
  $("step").disabled = at >= lines.length;
}

function position() {
  if (!seeking) $("scrub").value = at;
  $("scrub").setAttribute("aria-valuetext", `line ${at} of ${lines.length}`);
  $("where").textContent = `${at} / ${lines.length}`;
  count.show();
}

$("play").addEventListener("click", () => {
  if (playing) halt();
  else if (at >= lines.length) again();
  else play();
});
$("step").addEventListener("click", () => { halt(); give(at + 1); button(); });
$("restart").addEventListener("click", again);
// the element's own Stop and Retry act on this replay, as they would on a request
el.addEventListener("outline-stop", halt);
el.addEventListener("outline-retry", (event) => { event.preventDefault(); again(); });
$("scrub").addEventListener("input", (event) => seek(Number(event.target.value)));
$("stream").addEventListener("change", (event) => open(event.target.value));
$("transport").addEventListener("submit", (event) => event.preventDefault());

function setSpeed(value) {
  speed = value === "max" ? Infinity : Number(value);
  if (playing) play();
}
for (const radio of document.querySelectorAll("[name=speed]")) {
  radio.addEventListener("change", () => setSpeed(radio.value));
}

// ---- the raw lines ----------------------------------------------------------------------------

const tape = {
  box: $("tape"),
  from: 0,
  to: 0,
  now: null,
  asked: false,
  stick: true,
  top: 0,

  clear() {
    this.from = this.to = at;
    this.now = null;
    this.stick = true;
    this.box.textContent = "";
  },
  add(from, to) {
    if (this.from === this.to) this.from = from;
    this.to = to;
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => this.draw());
  },
  draw() {
    this.asked = false;
    if (this.to - this.from > TAPE_ROWS) {
      this.from = this.to - TAPE_ROWS;
      this.box.textContent = "";
    }
    const rows = document.createDocumentFragment();
    for (let i = this.from; i < this.to; i++) rows.append(this.row(i));
    this.from = this.to;
    const newest = rows.lastElementChild;
    if (!newest) return;
    this.now?.classList.remove("now");
    newest.classList.add("now");
    this.now = newest;
    this.box.append(rows);
    // drop old rows in batches, so that not every line moves the whole list
    const over = this.box.childElementCount - TAPE_ROWS;
    if (over > 100) for (let i = 0; i < over; i++) this.box.firstElementChild.remove();
    if (this.stick) this.box.scrollTop = this.box.scrollHeight;
    this.top = this.box.scrollTop;
  },
  // the JSON around it stays quiet, what the model wrote stands out
  row(i) {
    const row = document.createElement("p");
    const number = document.createElement("i");
    number.textContent = i + 1;
    const text = document.createElement("span");
    const line = lines[i].replace(/\r?\n$/, "").slice(0, 2000);
    const part = /^(.*"(?:text|title|message|content|delta)":\s*")((?:[^"\\]|\\.)*)(".*)?$/.exec(line);
    if (part) {
      const body = document.createElement("b");
      body.textContent = part[2];
      text.append(part[1], body, part[3] ?? "");
    } else {
      text.textContent = line;
    }
    row.append(number, text);
    return row;
  },
};
// only moving up lets go of the newest line; new lines alone never do
tape.box.addEventListener("scroll", () => {
  const { scrollTop, clientHeight, scrollHeight } = tape.box;
  if (scrollTop + clientHeight > scrollHeight - 48) tape.stick = true;
  else if (scrollTop < tape.top) tape.stick = false;
  tape.top = scrollTop;
}, { passive: true });

// ---- counters ---------------------------------------------------------------------------------

const count = {
  added: 0,
  removed: 0,
  seen: new WeakSet(),
  asked: false,
  observer: null,

  watch(root) {
    if (!root || this.observer) return;
    this.observer = new MutationObserver((records) => this.take(records));
    this.observer.observe(root, { childList: true, subtree: true });
  },
  take(records) {
    for (const record of records) {
      for (const node of record.addedNodes) this.add(node);
      for (const node of record.removedNodes) {
        if (node.nodeType === 1) this.removed += 1 + node.getElementsByTagName("*").length;
      }
    }
    this.show();
  },
  // an element comes with what it held when the records were handed over, so each counts once
  add(node) {
    if (node.nodeType !== 1) return;
    for (const one of [node, ...node.getElementsByTagName("*")]) {
      if (this.seen.has(one)) continue;
      this.seen.add(one);
      this.added += 1;
    }
  },
  // what reset() itself takes away is no rendering
  clear() {
    this.observer?.takeRecords();
    this.added = this.removed = 0;
    this.seen = new WeakSet();
    this.show();
  },
  show() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      const stats = el.stats;
      $("added").textContent = this.added;
      $("removed").textContent = this.removed;
      $("lines").textContent = stats?.lines ?? at;
      $("skipped").textContent = stats?.skipped ?? 0;
    });
  },
};
for (const type of ["outline-progress", "outline-skip", "outline-done", "outline-state-change"]) {
  el.addEventListener(type, () => count.show());
}

// ---- your own stream --------------------------------------------------------------------------

function playOwn(text) {
  if (!text.trim()) {
    say("There is nothing to play yet. Paste a stream into the box first.");
    $("own-text").focus();
    return;
  }
  ownText = text;
  $("stream").querySelector("[value=own]").hidden = false;
  open("own");
  el.scrollIntoView({ block: "nearest" });
}

$("own").addEventListener("submit", (event) => {
  event.preventDefault();
  playOwn($("own-text").value);
});
$("format").addEventListener("change", (event) => {
  setFormat(event.target.value);
  if (name === "own") again();
});

function setFormat(value) {
  if (value === "auto") el.removeAttribute("format");
  else el.setAttribute("format", value);
  showSnippet();
}

const hasText = (event) => [...(event.dataTransfer?.types ?? [])].some((type) => type === "Files" || type === "text/plain");
addEventListener("dragover", (event) => {
  if (!hasText(event)) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", async (event) => {
  document.body.classList.remove("dropping");
  if (!hasText(event)) return;
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  const text = file ? await file.text() : event.dataTransfer.getData("text/plain");
  $("own-text").value = text.length > 200000 ? "" : text;
  playOwn(text);
});

// ---- looks ------------------------------------------------------------------------------------

let theme = "auto";
let dirChosen = false;

function setTheme(value) {
  theme = value;
  if (value === "auto") {
    delete document.documentElement.dataset.theme;
    el.removeAttribute("theme");
  } else {
    document.documentElement.dataset.theme = value;
    el.setAttribute("theme", value);
  }
  showSnippet();
}

function setDir(value) {
  el.setAttribute("dir", value);
  document.querySelector(`[name=dir][value=${value}]`).checked = true;
  showSnippet();
}

for (const radio of document.querySelectorAll("[name=theme]")) {
  radio.addEventListener("change", () => setTheme(radio.value));
}
for (const radio of document.querySelectorAll("[name=dir]")) {
  radio.addEventListener("change", () => { dirChosen = true; setDir(radio.value); });
}

// ---- the snippet ------------------------------------------------------------------------------

function showSnippet() {
  const url = (path) => new URL(path, location.href.split(/[?#]/)[0]).href;
  const own = name === "own" || !name;
  const attributes = [`src="${own ? "/api/course-outline" : url(`./streams/${name}.ndjson`)}"`];
  if (el.hasAttribute("format")) attributes.push(`format="${el.getAttribute("format")}"`);
  if (theme !== "auto") attributes.push(`theme="${theme}"`);
  if (el.getAttribute("dir") === "rtl") attributes.push('dir="rtl"');
  $("snippet").textContent =
    `<script type="module" src="${url("./embed.js")}"></script>\n<live-outline ${attributes.join(" ")}></live-outline>`;
}

$("copy-snippet").addEventListener("click", async (event) => {
  const { target } = event;
  try {
    await navigator.clipboard.writeText($("snippet").textContent);
    target.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren($("snippet"));
    target.textContent = "Selected, copy it by hand";
  }
  setTimeout(() => { target.textContent = "Copy snippet"; }, 2500);
});

function say(text) {
  $("note").textContent = text;
}

// ---- start ------------------------------------------------------------------------------------

function pick(group, value, use) {
  const radio = [...document.querySelectorAll(`[name=${group}]`)].find((r) => r.value === value);
  if (!radio) return;
  radio.checked = true;
  use(value);
}

pick("theme", query.get("theme"), setTheme);
pick("speed", query.get("speed"), setSpeed);
pick("dir", query.get("dir"), (value) => { dirChosen = true; setDir(value); });
if ([...$("format").options].some((option) => option.value === query.get("format"))) {
  $("format").value = query.get("format");
  setFormat(query.get("format"));
}
showSnippet();

await customElements.whenDefined("live-outline");
try {
  await el.ready;
  count.watch(el.shadowRoot);
  const wanted = query.get("stream");
  await open(known.includes(wanted) && wanted !== "own" ? wanted : "rust-course");
} catch (error) {
  say(`The outline could not start: ${error?.message ?? error}`);
}
