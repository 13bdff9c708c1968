// A page in React 19.

import "./live-outline/embed.js";
import { useRef, useState } from "react";
import type { LiveOutlineElement, LiveOutlineOutline } from "./live-outline/embed.js";

export function Page() {
  const outline = useRef<LiveOutlineElement>(null);
  const [, setOutline] = useState<LiveOutlineOutline | null>(null);
  return (
    <>
      <live-outline
        ref={outline} className="wide" lang="en" dir="ltr" hidden={false} key="one" slot="preview"
        src="/api/outline" format="sse" mode="auto" start="manual" end="body" reconnect="never" loading="lazy"
        with-credentials="" theme="dark" heading-level={3} label="Course" controls="status stop" follow="off" expanded="latest"
        announce="off" stall-timeout={5} content-lang="ar"
        request={{ method: "POST", body: "{}" }}
        onoutline-done={(event) => setOutline(event.detail.outline)}
        onoutline-error={({ detail }) => console.error(detail.error.message)}
        onClick={() => outline.current?.expandAll()}
      >
        <p>The outline shows here.</p>
      </live-outline>
      <live-outline source={null} withCredentials headingLevel={1} stallTimeout={0} contentLang="de" />
      {/* @ts-expect-error no such theme */}
      <live-outline theme="sepia" />
      {/* @ts-expect-error no such level */}
      <live-outline heading-level={7} />
      {/* @ts-expect-error no such format */}
      <live-outline format="openai" />
      {/* @ts-expect-error waits for start() only by this word */}
      <live-outline start="later" />
      {/* @ts-expect-error seconds */}
      <live-outline stallTimeout="5s" />
      {/* @ts-expect-error no such attribute */}
      <live-outline headinglevel={2} />
      {/* @ts-expect-error React listens to the exact name only */}
      <live-outline onOutlineDone={() => {}} />
      {/* @ts-expect-error the wrong detail */}
      <live-outline onoutline-skip={(event) => event.detail.outline} />
    </>
  );
}
