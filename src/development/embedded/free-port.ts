/** A TCP port of the loopback address that nobody listens on right now; somebody else may still take it first. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

export const LOOPBACK = "127.0.0.1";

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 on others): one of those is
 * taken by the next connection that anybody opens.
 */
const FIRST_PORT = 10_240;
const LAST_PORT = 32_767;

export async function freePort(): Promise<number> {
  while (true) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    });
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}
