/** Real receivers of webhooks, on loopback: they remember what came, and answer as a test says. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { BlockList } from "node:net";
import { text } from "node:stream/consumers";
import { fromJson } from "@bufbuild/protobuf";
import { Webhook as Verifier } from "standardwebhooks";
import { type OrderEvent, OrderEventSchema } from "../../gen/bodega/order/v1/order_event_pb.ts";
import { parseNetworks } from "../../src/platform/config/ip-networks.ts";
import { listening } from "./listening.ts";

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
        const message = {
          id: String(request.headers["webhook-id"]),
          path: request.url ?? "",
          headers: request.headers,
          body,
        };
        received.push(message);
        answering(response, message);
      },
      () => undefined,
    );
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const port = await listening(server);
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

/** What a message says, checked as receivers do. @throws when none came, or it was changed or not signed by this secret */
export function verified(secret: string, message: Pick<Received, "body" | "headers"> | undefined): unknown {
  if (message === undefined) throw new Error("no message came");
  const { body, headers } = message;
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
  return new Verifier(secret).verify(body, Object.fromEntries(names.map((name) => [name, String(headers[name])])));
}

/** What an order's message tells. */
export function eventOf({ body }: Received): OrderEvent {
  return fromJson(OrderEventSchema, JSON.parse(body).data);
}
