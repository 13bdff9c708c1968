import MarkdownIt from "markdown-it";

export function open(stage) {
  const host = stage.appendChild(document.createElement("div"));
  const markdown = new MarkdownIt();
  let text = "";
  return {
    host,
    parts: [host],
    write(line) {
      text += JSON.parse(line).text;
      host.innerHTML = markdown.render(text);
    },
    end() {},
  };
}
