// What to write to have the element on a page, in three flavours.

/** `attributes`: [name, value] pairs; `script`: the address of embed.js. */
export function snippet(flavour, script, attributes) {
  const tag = ["<live-outline", ...attributes.map(([name, value]) => `${name}="${escape(value)}"`)].join(" ");
  const load = `<script type="module" src="${escape(script)}"></script>`;
  return {
    html: `${load}\n${tag}></live-outline>`,
    react: `// index.html: ${load}\n\n` +
      `export function CourseOutline() {\n  // React 19 hands attributes and events over as they are.\n` +
      `  return (\n    ${tag}\n      onoutline-done={(event) => console.log(event.detail.complete)}\n    />\n  );\n}`,
    vue: `<!-- index.html: ${load} -->\n` +
      `<!-- vite.config.js: vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "live-outline" } } }) -->\n\n` +
      `<template>\n  ${tag}\n    @outline-done="(event) => console.log(event.detail.complete)"\n  />\n</template>`,
  }[flavour];
}

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
