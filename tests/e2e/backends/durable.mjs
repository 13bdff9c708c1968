// A Durable Streams server (https://durablestreams.com): its streams can be read from any offset it has given out.

/** Starts one, or gives null when the package is not installed. `append` makes a stream of `lines` in several appends. */
export async function durable() {
  const { DurableStreamTestServer } = await import("@durable-streams/server").catch(() => ({}));
  if (!DurableStreamTestServer) return null;
  const server = new DurableStreamTestServer({ port: 0, compression: false });
  const url = await server.start();
  const ask = async (path, method, body) => {
    const response = await fetch(url + path, { method, body, headers: { "content-type": "application/x-ndjson" } });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
  return {
    port: Number(new URL(url).port),
    async append(path, lines, { each = 20, every = 0 } = {}) {
      await ask(path, "PUT");
      const write = async () => {
        for (let at = 0; at < lines.length; at += each) {
          if (every && at > 0) await new Promise((done) => setTimeout(done, every));
          await ask(path, "POST", lines.slice(at, at + each).join(""));
        }
      };
      // The first lines are there when the address is; the others come while it is read.
      return every ? void write() : write();
    },
    close: () => server.stop(),
  };
}
