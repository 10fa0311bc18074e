/** Which HTTP a new connection speaks, by its first bytes. */
import type { Socket } from "node:net";

/** HTTP/2's preface (RFC 9113, 3.4), which no request of HTTP/1.1 is. */
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Whether the first bytes are HTTP/2's; they are put back. A socket that does not say so in time is closed. */
export function detectHttp2(socket: Socket, timeoutMs: number): Promise<boolean> {
  socket.allowHalfOpen = false;
  const giveUp = setTimeout(() => socket.destroy(), timeoutMs);
  const end = () => clearTimeout(giveUp);
  const ignore = () => undefined;
  socket.on("error", ignore);
  socket.once("close", end);
  let seen = Buffer.alloc(0);
  return new Promise((resolve) => {
    socket.on("readable", function look() {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      // All of it: node's HTTP/2 server sets no time limit for the rest.
      const start = seen.toString("latin1", 0, PREFACE.length);
      if (start.length < PREFACE.length && PREFACE.startsWith(start)) return;
      socket.off("readable", look);
      socket.off("error", ignore);
      socket.off("close", end);
      end();
      socket.unshift(seen);
      resolve(start === PREFACE);
    });
  });
}
