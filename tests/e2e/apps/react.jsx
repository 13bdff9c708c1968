// React 19: what a page can say about the element in JSX. The test drives it by `app`.

import "./vendor/live-outline/embed.js";
import { StrictMode, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

const app = { events: [], set: undefined, element: undefined };
globalThis.app = app;

const note = (event) => app.events.push([event.type, event.detail]);

// What the address says is there from the first rendering on.
const { strict, ...first } = Object.fromEntries(new URLSearchParams(location.search));

function Page() {
  const [props, set] = useState(first);
  const { shown, ...rest } = props;
  const outline = useRef(null);
  useEffect(() => {
    app.set = (more) => set((props) => ({ ...props, ...more }));
    app.element = outline.current;
  });
  if (!shown) return <p id="none">There is no outline.</p>;
  return (
    <live-outline
      ref={outline} id="one" onoutline-done={note} onoutline-lesson={note} onoutline-state-change={note} {...rest}
    >
      <p>The outline shows here.</p>
    </live-outline>
  );
}

createRoot(document.querySelector("#app")).render(strict ? <StrictMode><Page /></StrictMode> : <Page />);
