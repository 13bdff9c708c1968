// A TCP proxy that cuts connections. It knows nothing of HTTP but where the head of an answer ends.

import { connect, createServer } from "node:net";

/**
 * Passes connections on to `port`. `cuts` are used up in the order in which answers begin: each cuts its connection after
 * `after` bytes of what the server sends (of its first body, if `body` is set), by a reset ("reset") or a close ("end").
 */
export async function cutting(port, cuts) {
  const waiting = [...cuts];
  const proxy = { port: 0, cuts: 0, connections: 0 };
  const open = new Set();
  const server = createServer((client) => {
    proxy.connections++;
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        (socket === client ? upstream : client).destroy();
      });
    }
    client.pipe(upstream);
    let cut;
    let sent = 0;
    let counting = false;
    let tail = Buffer.alloc(0); // the end of the head may lie in two pieces
    upstream.on("data", (bytes) => {
      cut ??= waiting.shift() ?? { after: Infinity };
      counting ||= !cut.body;
      let from = 0;
      if (!counting) {
        const seen = Buffer.concat([tail, bytes]);
        const end = seen.indexOf("\r\n\r\n");
        if (end < 0) {
          tail = seen.subarray(-3);
          client.write(bytes);
          return;
        }
        counting = true;
        from = end + 4 - tail.length;
      }
      const left = cut.after - sent;
      if (bytes.length - from < left) {
        sent += bytes.length - from;
        client.write(bytes);
        return;
      }
      proxy.cuts++;
      upstream.removeAllListeners("data");
      upstream.resume();
      client.write(bytes.subarray(0, from + left), () => {
        if (cut.how === "end") client.end();
        // What is already written arrives first.
        else setTimeout(() => client.resetAndDestroy(), 20);
      });
    });
    upstream.on("end", () => client.end());
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  proxy.port = server.address().port;
  proxy.close = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((done) => server.close(done));
  };
  return proxy;
}
