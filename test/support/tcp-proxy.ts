/** A TCP proxy in front of a server, for faults on the network: what passes can be watched, and cut at a chosen moment. */
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  port: number;
  /** Once a client sent a chunk with this text and it was forwarded, its connection is cut before any answer. */
  cutAfter(text: string): void;
  /** From now on nothing passes, and nobody is told: as when a cable is pulled. */
  freeze(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let trigger: string | undefined;
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        // What was forwarded still arrives.
        upstream.end();
      });
    }
    let muted = false;
    client.on("data", (chunk) => {
      if (frozen) return;
      upstream.write(chunk);
      if (trigger === undefined || !chunk.includes(trigger)) return;
      trigger = undefined;
      muted = true;
      upstream.once("data", () => client.destroy());
    });
    upstream.on("data", (chunk) => {
      if (!muted && !frozen) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    port: address.port,
    cutAfter: (text) => void (trigger = text),
    freeze: () => void (frozen = true),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
