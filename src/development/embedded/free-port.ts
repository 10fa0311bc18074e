/** A TCP port of the loopback address that nobody listens on right now; somebody else may still take it first. */
import { createServer } from "node:net";

export const LOOPBACK = "127.0.0.1";

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 on others): one of those is
 * taken by the next connection that anybody opens.
 */
const FIRST_PORT = 10_240;
const LAST_PORT = 32_767;
/** Processes that start at once have process ids close to each other, and so each its own ports to begin with. */
const PORTS_OF_PROCESS = 64;

let next = process.pid * PORTS_OF_PROCESS;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (next++ % (LAST_PORT - FIRST_PORT + 1));
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
