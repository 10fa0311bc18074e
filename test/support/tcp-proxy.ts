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

/** What is to befall the connections; each looks at it with every chunk. */
interface Faults {
  isFrozen: boolean;
  delayMs: number;
  /** Texts of a client's chunk: it is forwarded and its connection cut, or everything freezes before it. */
  cutAfter: string | undefined;
  freezeBefore: string | undefined;
  cutsAfter: number;
  /** What is made up for when it thaws: ends of connections that nobody was told of. */
  unheardEnds: Set<() => void>;
}

export async function startTcpProxy(target: Target): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const faults: Faults = {
    isFrozen: false,
    delayMs: 0,
    cutAfter: undefined,
    freezeBefore: undefined,
    cutsAfter: 0,
    unheardEnds: new Set(),
  };
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    join(client, upstream, faults);
  });
  const port = await listening(server);
  const cut = (): boolean => {
    const any = sockets.size > 0;
    for (const socket of sockets) socket.destroy();
    return any;
  };
  return {
    port,
    cutAfter: (text) => void (faults.cutAfter = text),
    cutsAfter: () => faults.cutsAfter,
    delay: (ms) => void (faults.delayMs = ms),
    freeze: () => void (faults.isFrozen = true),
    freezeBefore: (text) => void (faults.freezeBefore = text),
    isFrozen: () => faults.isFrozen,
    thaw: () => thaw(faults),
    leadTo: (other) => void (target = other),
    cut,
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Passes on what comes from either, as far as the faults let it. */
function join(client: Socket, upstream: Socket, faults: Faults): void {
  let muted = false;
  let sent = Promise.resolve();
  const end = () => {
    client.destroy();
    // What was forwarded still arrives.
    upstream.end();
  };
  for (const socket of [client, upstream]) {
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (faults.isFrozen) faults.unheardEnds.add(end);
      else end();
    });
  }
  client.on("data", (chunk) => {
    const arrivesMs = performance.now() + faults.delayMs;
    sent = sent.then(async () => {
      const waitMs = arrivesMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      forward(chunk);
    });
  });
  upstream.on("data", (chunk) => {
    if (!muted && !faults.isFrozen) client.write(chunk);
  });

  function forward(chunk: Buffer): void {
    if (faults.freezeBefore !== undefined && chunk.includes(faults.freezeBefore)) faults.isFrozen = true;
    if (faults.isFrozen || upstream.destroyed) return;
    upstream.write(chunk);
    if (faults.cutAfter === undefined || !chunk.includes(faults.cutAfter)) return;
    faults.cutAfter = undefined;
    faults.cutsAfter++;
    muted = true;
    upstream.once("data", () => client.destroy());
  }
}

function thaw(faults: Faults): void {
  faults.isFrozen = false;
  faults.freezeBefore = undefined;
  for (const end of faults.unheardEnds) end();
  faults.unheardEnds.clear();
}
