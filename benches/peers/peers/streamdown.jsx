import { Streamdown } from "streamdown";
import { openReact } from "./react.js";

export const open = (stage) => openReact(stage, (text, done) => <Streamdown isAnimating={!done}>{text}</Streamdown>);
