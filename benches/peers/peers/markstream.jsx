import Markstream from "markstream-react";
import "markstream-react/index.css";
import { openReact } from "./react.js";

// By itself it shows the 320 blocks around what is in view, and without that limit all of them, but paced and in batches.
const WHOLE_AND_AT_ONCE = { batchRendering: false, fade: false, maxLiveNodes: 0, smoothStreaming: false };

export const open = (stage) => openReact(stage, (text, done) => <Markstream content={text} final={done} {...WHOLE_AND_AT_ONCE} />, 2);
