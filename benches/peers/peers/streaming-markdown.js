import { default_renderer, parser, parser_end, parser_write } from "streaming-markdown";

export function open(stage) {
  const host = stage.appendChild(document.createElement("div"));
  const markdown = parser(default_renderer(host));
  return {
    host,
    parts: [host],
    write: (line) => parser_write(markdown, JSON.parse(line).text),
    end: () => parser_end(markdown),
  };
}
