import Markdown from "react-markdown";
import { openReact } from "./react.js";

export const open = (stage) => openReact(stage, (text) => <Markdown>{text}</Markdown>);
