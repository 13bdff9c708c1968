// Does nothing: what is measured here is the harness.

export function open(stage) {
  const host = stage.appendChild(document.createElement("div"));
  return { host, parts: [host], write() {}, end() {} };
}
