/** Real receivers of webhooks, on loopback: they remember what came, and answer as a test says. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, BlockList } from "node:net";
import { text } from "node:stream/consumers";
import { parseNetworks } from "../../src/platform/networks.ts";

export interface Received {
  /** webhook-id */
  id: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  /** http://127.0.0.1:port/ */
  url: string;
  port: number;
  received: Received[];
  close(): Promise<void>;
}

/** What it does when a message has come. */
export type Answering = (response: ServerResponse, message: Received) => void;

export const LOOPBACK: BlockList = parseNetworks("127.0.0.0/8");

export const ok: Answering = (response) => void response.writeHead(204).end();
export const never: Answering = () => undefined;

export async function receiver(answering: Answering, tls?: { cert: Buffer; key: Buffer }): Promise<Receiver> {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    // Whoever called may be gone before it has all come.
    void text(request).then(
      (body) => {
        const message = { id: String(request.headers["webhook-id"]), path: request.url ?? "", headers: request.headers, body };
        received.push(message);
        answering(response, message);
      },
      () => undefined,
    );
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/`,
    port,
    received,
    async close() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
