import { XMarkdown } from "@ant-design/x-markdown";
import { openReact } from "./react.js";

const MORE = { hasNextChunk: true };
const NO_MORE = { hasNextChunk: false };

export const open = (stage) => openReact(stage, (text, done) => <XMarkdown content={text} streaming={done ? NO_MORE : MORE} />, 2);
