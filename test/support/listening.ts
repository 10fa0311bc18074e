/** Servers of a test's own, on loopback and on any port that is free. */
import type { Server } from "node:net";

/** @returns the port */
export async function listening(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server has no port");
  return address.port;
}
