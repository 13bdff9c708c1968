// The playground: joins the recordings, the player and the element, which it feeds through its public methods only.

import { Player } from "./playground/player.js";
import { Rebuilt } from "./playground/rebuilt.js";
import { snippet } from "./playground/snippet.js";
import { stick } from "./playground/stick.js";
import { Tally } from "./playground/tally.js";
import { Tape } from "./playground/tape.js";

const $ = (id) => document.getElementById(id);
const el = $("outline");
const tape = new Tape($("tape"));
const rebuilt = new Rebuilt($("rebuilt"), (removed) => { $("removed-old").textContent = number(removed); });

const ATTRIBUTES = ["format", "mode", "theme", "dir", "expanded"];
const ARABIC = ["arabic"];
const LATELY = 100; // lines whose cost is shown; the first ones warm the engine up
const TOO_LONG = 200_000; // characters of a file that the text box still takes

const number = (n) => n.toLocaleString("en");
const chosen = (name) => document.querySelector(`[name=${name}]:checked`).value;
const choose = (name, value) => {
  const radio = [...document.querySelectorAll(`[name=${name}]`)].find((radio) => radio.value === value);
  if (radio) radio.checked = true;
};

// ---- player -----------------------------------------------------------------------------------

const player = new Player({
  give(from, to) {
    const lines = player.lines.slice(from, to);
    // Stopped, it takes no more: it begins again with what it had.
    if (el.state === "stopped") {
      empty();
      el.push(player.lines.slice(0, from).join(""));
    }
    if (lines.length === 1) timed(() => el.push(lines[0]));
    else el.push(lines.join(""));
    tape.add(lines, from + 1);
    if ($("compare").checked) rebuilt.show(() => el.outline);
  },
  end: () => el.end(),
  rewind() {
    empty();
    tape.clear();
    rebuilt.clear();
  },
  change() {
    const { at, lines, playing, done } = player;
    $("scrub").max = lines.length;
    if (!holding) $("scrub").value = at;
    $("scrub").style.setProperty("--at", lines.length ? at / lines.length : 0);
    $("scrub").setAttribute("aria-valuetext", `line ${at} of ${lines.length}`);
    $("where").textContent = live() ? "live" : `${number(at)} / ${number(lines.length)}`;
    const label = playing ? "Pause" : done && at ? "Play again" : "Play";
    $("play").dataset.playing = playing;
    $("play").title = label;
    $("play").setAttribute("aria-label", label);
    $("step").disabled = done;
    $("play").disabled = $("scrub").disabled = live();
    $("unseen").hidden = !live();
    later();
  },
});

/** An address is read by the element itself, at the pace the server has. */
const live = () => el.hasAttribute("src");

function empty() {
  el.reset();
  tally?.clear();
  rowsBefore = el.stats.rowsBuilt ?? 0;
  spent = [];
}

$("play").addEventListener("click", () => (player.playing ? player.pause() : player.play()));
$("step").addEventListener("click", () => player.step());
$("restart").addEventListener("click", again);
$("player").addEventListener("submit", (event) => event.preventDefault());

function again() {
  if (live()) return read(el.src);
  player.restart();
  player.play();
}

// While the thumb is held, it stays where it is held.
let holding = false;
let resume = false;
$("scrub").addEventListener("input", () => {
  if (!holding) resume = player.playing;
  holding = true;
  player.pause();
  player.seek(Number($("scrub").value));
});
$("scrub").addEventListener("change", () => {
  holding = false;
  if (resume && !player.done) player.play();
});
$("scrub").addEventListener("keydown", (event) => {
  if (event.key !== " ") return;
  event.preventDefault();
  $("play").click();
});

// The element's own buttons act on this player as they would on a request.
el.addEventListener("outline-stop", () => player.pause());
el.addEventListener("outline-retry", (event) => {
  if (live() || el.error?.code === "wasm") return;
  event.preventDefault();
  again();
});

// ---- counters ---------------------------------------------------------------------------------

let tally; // of the element's own tree
let toEnd = () => {};
let rowsBefore = 0; // rows the element had built before this run
let spent = []; // ms of the last lines that were given one by one
let asked = false;

function timed(push) {
  const before = performance.now();
  push();
  el.offsetHeight; // asks for the layout, which is part of what a line costs
  spent.push(performance.now() - before);
  if (spent.length > LATELY) spent.shift();
}

const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

function later() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    count();
    toEnd();
  });
}

function count() {
  const { lines, bytes, elapsedMs, rowsBuilt = 0 } = el.stats;
  const shown = {
    added: tally?.added ?? 0, removed: tally?.removed ?? 0, "removed-here": tally?.removed ?? 0,
    rows: Math.max(0, rowsBuilt - rowsBefore), lines, bytes,
  };
  for (const [id, n] of Object.entries(shown)) $(id).textContent = number(n);
  $("elapsed").textContent = `${(elapsedMs / 1000).toFixed(1)} s`;
  $("cost").textContent = spent.length ? number(Math.round(mean(spent) * 1000)) : "–";
}

/** An element that does not follow what it adds is kept at its end from here. */
function watch() {
  if (!("following" in el)) toEnd = stick(el.shadowRoot.querySelector("[part~=body]"));
}

for (const type of ["progress", "skip", "done", "state-change"]) el.addEventListener(`outline-${type}`, later);

$("compare").addEventListener("change", () => {
  $("old").hidden = !$("compare").checked;
  $("stage").classList.toggle("comparing", $("compare").checked);
  rebuilt.clear();
  later();
  if (!$("compare").checked) return;
  // Where nothing more comes, there is nothing to compare.
  if (player.done && !live()) again();
  else rebuilt.show(() => el.outline);
});
for (const type of ["lesson", "module", "done"]) {
  el.addEventListener(`outline-${type}`, () => { if (live() && $("compare").checked) rebuilt.show(() => el.outline); });
}

// ---- what is played ---------------------------------------------------------------------------

let opening = 0; // only the last wish counts
let name = "";
let own = "";

async function open(next, loading = load(next)) {
  const ticket = ++opening;
  let text;
  try {
    text = await loading;
  } catch (error) {
    if (ticket === opening) say(`This recording could not be loaded: ${error.message}.`);
    return;
  }
  if (ticket !== opening) return;
  begin(next);
  el.removeAttribute("src");
  player.load(text);
  player.play();
}

async function load(name) {
  if (name === "text") return own;
  const response = await fetch(`./streams/${file(name)}`);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.text();
}

const file = (name) => (name.includes(".") ? name : `${name}.ndjson`);

function read(address) {
  opening++;
  begin("address");
  player.pause();
  el.removeAttribute("src");
  player.load("");
  el.src = address;
  player.change();
}

/** What belongs to one stream is not kept for the next. */
function begin(next) {
  const recorded = !["text", "address"].includes(next);
  if (!recorded) $("yours").hidden = $("yours").querySelector(`[value=${next}]`).hidden = false;
  if (recorded && next !== name) for (const field of ["format", "mode"]) set(field, "auto");
  if (next !== name) set("dir", ARABIC.includes(next) ? "rtl" : "ltr");
  name = next;
  if (ARABIC.includes(next)) el.setAttribute("content-lang", "ar");
  else el.removeAttribute("content-lang");
  $("stream").value = next;
  $("rebuilt").dir = $("dir").value;
  say("");
  show();
  if (recorded) remember("stream", next);
}

function say(text) {
  $("note").textContent = text;
}

$("stream").addEventListener("change", () => {
  if ($("stream").value === "address") read($("address").value);
  else open($("stream").value);
});

function playOwn(text) {
  if (!text.trim()) return say("There is nothing in it to play.");
  own = text;
  open("text");
  $("stage").scrollIntoView();
}

$("own-address").addEventListener("submit", (event) => {
  event.preventDefault();
  read($("address").value);
  $("stage").scrollIntoView();
});
$("own-text").addEventListener("submit", (event) => {
  event.preventDefault();
  playOwn($("text").value);
});
$("file").addEventListener("change", () => {
  playFile($("file").files[0]);
  $("file").value = "";
});

async function playFile(file) {
  if (!file) return;
  const text = await file.text();
  $("text").value = text.length > TOO_LONG ? "" : text;
  playOwn(text);
}

const hasText = ({ dataTransfer }) => ["Files", "text/plain"].some((type) => dataTransfer?.types.includes(type));
const dropping = (on) => document.body.classList.toggle("dropping", on);
addEventListener("dragover", (event) => {
  // The text boxes take text by themselves.
  if (!hasText(event) || event.target.matches?.("input, textarea")) return;
  event.preventDefault();
  dropping(true);
});
addEventListener("dragleave", (event) => { if (!event.relatedTarget) dropping(false); });
addEventListener("drop", (event) => {
  dropping(false);
  if (!hasText(event) || event.target.matches?.("input, textarea")) return;
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) playFile(file);
  else playOwn(event.dataTransfer.getData("text/plain"));
});

// ---- attributes -------------------------------------------------------------------------------

function set(attribute, value) {
  $(attribute).value = value;
  apply(attribute);
}

function apply(attribute) {
  const { value } = $(attribute);
  const usual = value === $(attribute).options[0].value;
  // The element asks the system for its theme, and not the page.
  if (attribute === "theme" && usual && chosen("scheme") !== "auto") el.setAttribute("theme", chosen("scheme"));
  else if (usual) el.removeAttribute(attribute);
  else el.setAttribute(attribute, value);
  if (attribute === "dir") $("rebuilt").dir = value;
}

$("attributes").addEventListener("change", async ({ target }) => {
  apply(target.id);
  show();
  // These count from the next start on, and what is expanded from when the element comes onto the page.
  if (!["format", "mode", "expanded"].includes(target.id)) return;
  const { at, playing } = player;
  const src = el.getAttribute("src");
  el.removeAttribute("src");
  if (target.id === "expanded") await putBack();
  if (src !== null) return read(src);
  player.restart();
  player.seek(at);
  if (playing) player.play();
});

async function putBack() {
  player.pause();
  const place = document.createComment("");
  el.replaceWith(place);
  await moment();
  place.replaceWith(el);
  await moment();
  watch();
}

const moment = () => new Promise((resolve) => setTimeout(resolve));

for (const radio of document.querySelectorAll("[name=scheme]")) radio.addEventListener("change", setScheme);
function setScheme() {
  document.documentElement.dataset.scheme = chosen("scheme");
  apply("theme");
}

// ---- the snippet ------------------------------------------------------------------------------

function show() {
  const here = (path) => new URL(path, location.href).href;
  const recorded = !["text", "address"].includes(name);
  const src = recorded ? here(`./streams/${file(name)}`) : name === "address" ? $("address").value : "/api/outline";
  const others = ATTRIBUTES.filter((id) => $(id).selectedIndex > 0).map((id) => [id, $(id).value]);
  $("snippet").textContent = snippet(chosen("flavour"), here("./embed.js"), [["src", src], ...others]);
}

for (const radio of document.querySelectorAll("[name=flavour]")) radio.addEventListener("change", show);

let forgetting;
$("copy").addEventListener("click", async () => {
  clearTimeout(forgetting);
  $("said").textContent = "";
  try {
    await navigator.clipboard.writeText($("snippet").textContent);
    $("said").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren($("snippet"));
    $("said").textContent = "Selected: copy it with your keyboard";
  }
  forgetting = setTimeout(() => { $("said").textContent = ""; }, 4000);
});

// ---- the address of this page -----------------------------------------------------------------

/** What is asked for after #, or after ?. */
const asks = () => new URLSearchParams(`${location.hash.slice(1)}&${location.search.slice(1)}`);

function remember(key, value) {
  const now = new URLSearchParams(location.hash.slice(1));
  if (now.get(key) === value || (!now.has(key) && value === usual[key])) return;
  now.set(key, value);
  history.replaceState(null, "", `#${now}`);
}

const usual = { stream: "rust-course", speed: "2" };
const known = (stream) => stream && $("stream").querySelector(`optgroup:not(#yours) [value="${CSS.escape(stream)}"]`);

function setSpeed() {
  player.speed = chosen("speed") === "max" ? Infinity : Number(chosen("speed"));
  remember("speed", chosen("speed"));
}
for (const radio of document.querySelectorAll("[name=speed]")) radio.addEventListener("change", setSpeed);

function follow() {
  const asked = asks();
  choose("speed", asked.get("speed"));
  choose("scheme", asked.get("theme"));
  setScheme();
  setSpeed();
  return known(asked.get("stream")) ? asked.get("stream") : usual.stream;
}
addEventListener("hashchange", () => {
  const next = follow();
  if (next !== name) open(next);
});

// ---- start ------------------------------------------------------------------------------------

const first = follow();
const loading = load(first); // beside the WebAssembly, not after it
loading.catch(() => {}); // told when it is opened
show();
try {
  await customElements.whenDefined("live-outline");
  await el.ready;
  tally = new Tally(el.shadowRoot, later);
  watch();
  await open(first, loading);
} catch (error) {
  say(error.message);
}
