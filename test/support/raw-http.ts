/** HTTP byte by byte, for what a client library would not send. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** An open connection and everything that it has received. */
export interface RawConnection {
  socket: Socket;
  received(): string;
  /** Waits until what was received matches. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves when the server has closed it. */
  closed: Promise<void>;
}

const PATIENCE_MS = 5_000;

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return {
    socket,
    received: () => text,
    async until(pattern) {
      const end = Date.now() + PATIENCE_MS;
      while (!pattern.test(text)) {
        if (Date.now() > end) throw new Error(`received no ${pattern}, but ${JSON.stringify(text.slice(0, 500))}`);
        await sleep(5);
      }
      return text;
    },
    closed,
  };
}

/** Each byte in a packet of its own. */
export async function writeSlowly(socket: Socket, text: string): Promise<void> {
  socket.setNoDelay(true);
  for (const byte of Buffer.from(text, "latin1")) {
    socket.write(Buffer.of(byte));
    await sleep(1);
  }
}
