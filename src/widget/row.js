// What is done once for each node, in one step out of the WebAssembly. Step by step it was twelve calls for a lesson,
// each with strings and references that the browser's collector of garbage has to look through. Never reads an outline.

const titleOf = (item) => item.firstElementChild.lastElementChild ?? item.firstElementChild;

/** The one text of a row's title. */
export function text(item) {
  const title = titleOf(item);
  return title.firstChild ?? title.appendChild(new Text());
}

/** A row: its shape is filled in and then copied, so that only the copy itself is ever an object of the page. */
export function build(shape, key, title) {
  shape.setAttribute("data-key", key);
  text(shape).data = title;
  const named = titleOf(shape);
  const heading = named.parentNode;
  if (heading !== shape) {
    // Ids are the shadow root's own. The heading is named by its title alone, without the button.
    named.id = `t${key}`;
    for (const it of new Set([heading, named.previousSibling ?? heading])) it.setAttribute("aria-labelledby", named.id);
  }
  return shape.cloneNode(true);
}

/** The title is whole, or cut short by the limit. */
export function settle(owner, cut) {
  owner.removeAttribute("data-unsettled");
  if (cut) owner.setAttribute("data-cut", "");
}
