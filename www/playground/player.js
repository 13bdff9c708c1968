// A recorded stream, given to a consumer line by line at the pace it came in. It never knows what a line says, or where it
// is shown.

const PACE = 35; // ms between lines that carry no time

export class Player {
  lines = []; // each with its line end, so that a stream cut in mid-line stays cut
  at = 0; // lines given so far
  playing = false;

  #times = []; // ms from the start of the recording, one for each line
  #speed = 1;
  #zeroAt = 0; // performance.now() at which the recording's time was 0, at this speed
  #timer = 0;
  #ended = false;

  /** `give(from, to)` takes lines, `end()` is called after the last, `rewind()` before the first is given again. */
  constructor({ give, end, rewind, change }) {
    Object.assign(this, { give, end, rewind, change });
  }

  get done() { return this.at >= this.lines.length; }

  get speed() { return this.#speed; }
  set speed(speed) {
    this.#speed = speed;
    if (this.playing) this.play();
  }

  load(text) {
    // The empty line that ends an event belongs to it.
    this.lines = text.match(/[^\n]*\n(?:\r?\n)*|[^\n]+$/g) ?? [];
    let last = -PACE;
    this.#times = this.lines.map((line) => {
      const said = /^\s*\{.*?"t":\s*(\d+)/.exec(line);
      return (last = said ? Math.max(last, Number(said[1])) : last + PACE);
    });
    this.restart();
  }

  /** Back to the first line, playing or not as before. */
  restart() {
    this.at = 0;
    this.#ended = false;
    this.rewind();
    this.#pace();
    this.change();
  }

  play() {
    if (this.done) this.restart();
    this.playing = this.lines.length > 0;
    this.#pace();
    this.#turn();
    this.change();
  }

  pause() {
    this.playing = false;
    clearTimeout(this.#timer);
    this.change();
  }

  step() {
    this.pause();
    this.#giveTo(this.at + 1);
    this.change();
  }

  /** What is shown cannot be taken back, so going back begins again. */
  seek(to) {
    if (to < this.at) this.restart();
    this.#giveTo(to);
    this.#pace();
    this.change();
  }

  #pace() {
    this.#zeroAt = performance.now() - (this.#times[this.at] ?? 0) / this.#speed;
  }

  #turn() {
    clearTimeout(this.#timer);
    if (!this.playing) return;
    if (this.#speed === Infinity) this.#giveTo(this.lines.length);
    const now = (performance.now() - this.#zeroAt) * this.#speed;
    while (!this.done && this.#times[this.at] <= now) this.#giveTo(this.at + 1);
    if (this.done) return this.pause();
    this.change();
    this.#timer = setTimeout(() => this.#turn(), this.#times[this.at] / this.#speed + this.#zeroAt - performance.now());
  }

  #giveTo(to) {
    const from = this.at;
    this.at = Math.min(to, this.lines.length);
    if (this.at > from) this.give(from, this.at);
    if (this.done && !this.#ended) {
      this.#ended = true;
      this.end();
    }
  }
}
