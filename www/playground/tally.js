// Counts the elements that are added to a tree and removed from it, by looking from outside.

export class Tally {
  added = 0;
  removed = 0;
  #seen = new WeakSet();
  #observer;
  #changed;

  constructor(root, changed) {
    this.#changed = changed;
    this.#observer = new MutationObserver((records) => this.#take(records));
    this.#observer.observe(root, { childList: true, subtree: true });
  }

  /** What has happened up to now does not count: emptying a tree on purpose is no rendering. */
  clear() {
    this.#observer.takeRecords();
    this.added = this.removed = 0;
    this.#seen = new WeakSet();
    this.#changed();
  }

  #take(records) {
    for (const { addedNodes, removedNodes } of records) {
      for (const one of elements(addedNodes)) {
        // An element comes with what it held when the records were handed over, so each counts once.
        if (this.#seen.has(one)) continue;
        this.#seen.add(one);
        this.added++;
      }
      for (const _ of elements(removedNodes)) this.removed++;
    }
    this.#changed();
  }
}

function* elements(nodes) {
  for (const node of nodes) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    yield node;
    yield* node.getElementsByTagName("*");
  }
}
