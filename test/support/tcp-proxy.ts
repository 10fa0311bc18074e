/** A TCP proxy in front of a server, for faults on the network: what passes is late, goes nowhere, or is cut at a chosen moment. */
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { listening } from "./listening.ts";

export interface Target {
  host: string;
  port: number;
}

export interface TcpProxy {
  port: number;
  /** Once a client sent a chunk with this text and it was forwarded, its connection is cut before any answer. */
  cutAfter(text: string): void;
  /** How many connections were cut so. */
  cutsAfter(): number;
  /** Each chunk that a client sends arrives so much later: a statement, or several that are sent together. */
  delay(ms: number): void;
  /** From now on nothing passes, no end of a connection either, and nobody is told: as when a cable is pulled. */
  freeze(): void;
  /** The same, as soon as a client sends a chunk with this text, which is lost. */
  freezeBefore(text: string): void;
  isFrozen(): boolean;
  /** What comes from now on passes again, and so do the ends of connections; what was sent meanwhile is lost. */
  thaw(): void;
  /** New connections lead there. */
  leadTo(target: Target): void;
  /** Ends every connection. @returns whether there was any */
  cut(): boolean;
  close(): Promise<void>;
}

export async function startTcpProxy(target: Target): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let delayMs = 0;
  let trigger: string | undefined;
  let freezing: string | undefined;
  let cutsAfter = 0;
  const unheardEnds = new Set<() => void>();
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        if (frozen) unheardEnds.add(end);
        else end();
      });
    }
    const end = () => {
      client.destroy();
      // What was forwarded still arrives.
      upstream.end();
    };
    let muted = false;
    let sent = Promise.resolve();
    client.on("data", (chunk) => {
      const arrivesMs = performance.now() + delayMs;
      sent = sent.then(async () => {
        const waitMs = arrivesMs - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        forward(chunk);
      });
    });
    upstream.on("data", (chunk) => {
      if (!muted && !frozen) client.write(chunk);
    });

    function forward(chunk: Buffer): void {
      if (freezing !== undefined && chunk.includes(freezing)) frozen = true;
      if (frozen || upstream.destroyed) return;
      upstream.write(chunk);
      if (trigger === undefined || !chunk.includes(trigger)) return;
      trigger = undefined;
      cutsAfter++;
      muted = true;
      upstream.once("data", () => client.destroy());
    }
  });
  const port = await listening(server);
  const cut = (): boolean => {
    const any = sockets.size > 0;
    for (const socket of sockets) socket.destroy();
    return any;
  };
  return {
    port,
    cutAfter: (text) => void (trigger = text),
    cutsAfter: () => cutsAfter,
    delay: (ms) => void (delayMs = ms),
    freeze: () => void (frozen = true),
    freezeBefore: (text) => void (freezing = text),
    isFrozen: () => frozen,
    thaw() {
      frozen = false;
      freezing = undefined;
      for (const end of unheardEnds) end();
      unheardEnds.clear();
    },
    leadTo: (other) => void (target = other),
    cut,
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
