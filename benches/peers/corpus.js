// The outline that every peer is given: made from a seed, so each run and each peer sees the same text, cut at the same
// places. Used by the page and by the server.

const CUT = 6; // a delta has 1 to CUT characters

const WORDS = [
  "pricing", "market", "research", "customer", "interview", "value", "metric", "growth", "channel", "retention", "model",
  "cost", "margin", "launch", "pilot", "survey", "segment", "forecast", "budget", "contract", "roadmap", "story",
  "design", "testing", "data", "basics", "practice", "review", "example", "project", "feedback", "strategy",
];

export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Corpus {
  #next = 0;
  #at = 0;

  // `below`: lessons below each lesson.
  constructor(modules, lessons, below = 0, seed = 1) {
    const pick = random(seed);
    const title = () => {
      const words = Array.from({ length: 2 + Math.floor(pick() * 3) }, () => WORDS[Math.floor(pick() * WORDS.length)]);
      words[0] = words[0][0].toUpperCase() + words[0].slice(1);
      return words.join(" ");
    };
    const lines = [`# ${title()}`];
    for (let module = 0; module < modules; module++) {
      lines.push("", `## ${title()}`, "");
      for (let lesson = 0; lesson < lessons; lesson++) {
        lines.push(`- ${title()}`);
        for (let child = 0; child < below; child++) lines.push(`  - ${title()}`);
      }
    }
    this.rows = modules * (1 + lessons * (1 + below));
    this.text = lines.join("\n") + "\n";

    const cut = random(seed + 1);
    const cuts = new Uint8Array(this.text.length);
    let count = 0;
    for (let at = 0; at < this.text.length; count++) {
      cuts[count] = 1 + Math.floor(cut() * CUT);
      at += cuts[count];
    }
    this.cuts = cuts.subarray(0, count);
  }

  get deltas() { return this.cuts.length; }

  // The next lines of the wire, made a handful at a time: a long outline is never there in full as lines.
  take(count) {
    const lines = [];
    while (lines.length < count && this.#next < this.cuts.length) {
      const end = this.#at + this.cuts[this.#next++];
      lines.push(line(this.text.slice(this.#at, end)));
      this.#at = end;
    }
    return lines;
  }
}

// One line of the wire.
export function line(text) {
  return `{"type":"delta","text":${JSON.stringify(text)}}\n`;
}

export const DONE = '{"type":"done"}\n';

// What of a text, or of its Markdown, a person reads, without blanks: Markdown puts them where it likes.
export function letters(text) {
  return text.replace(/^(#+| *-) /gm, "").replace(/\s+/g, "");
}

export function sizeOf(name) {
  const [modules, lessons] = name.split("x").map(Number);
  return { modules, lessons };
}
