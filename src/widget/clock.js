// The browser's turns. Never knows what is done in them.

/** The browser's next task, so that it can paint and take input. Not throttled in hidden pages, as timers are. */
export function nextTask() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
