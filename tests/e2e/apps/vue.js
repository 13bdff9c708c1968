// Vue 3: what a template can say about the element. The template is compiled in the browser, so that the build needs no
// plugin; `isCustomElement` is what a plugin would be told, too. The test drives it by `app`.

import "./vendor/live-outline/embed.js";
import { createApp, onMounted, onUpdated, shallowRef } from "vue/dist/vue.esm-bundler.js";

const app = { events: [], set: undefined, element: undefined };
globalThis.app = app;

const page = createApp({
  template: `
    <live-outline
      v-if="shown" ref="outline" id="one" v-bind="props"
      @outline-done="note" @outline-lesson="note" @outline-state-change="note"
    ><p>The outline shows here.</p></live-outline>
    <p v-else id="none">There is no outline.</p>`,
  setup() {
    const props = shallowRef({});
    const shown = shallowRef(false);
    const outline = shallowRef(null);
    const note = (event) => app.events.push([event.type, event.detail]);
    onMounted(() => {
      app.set = ({ shown: now = shown.value, ...more }) => {
        shown.value = now;
        props.value = { ...props.value, ...more };
      };
    });
    onUpdated(() => { app.element = outline.value; });
    return { props, shown, outline, note };
  },
});
page.config.compilerOptions.isCustomElement = (tag) => tag === "live-outline";
page.mount("#app");
