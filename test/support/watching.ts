/** A watcher as tests see one: what it was told so far, its last token, and how its stream ended. */
import type { Client } from "@connectrpc/connect";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import type { OrderEvent } from "../../gen/bodega/order/v1/order_event_pb.ts";
import type { OrderService, WatchOrdersRequestSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { startRelay } from "../../src/outbox/relay.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { log } from "./environment.ts";
import { statusName } from "./order-status.ts";
import { refusalOf } from "./refusal.ts";
import { eventually, until } from "./until.ts";

export interface Watching {
  events: OrderEvent[];
  heartbeats: number;
  /** The last one that was received. */
  token: string;
  /** The reason, once the stream has ended; "left" when it was the watcher who ended it, "ended" without a failure. */
  ended: Promise<string>;
  /** Waits for that many events. */
  until(count: number): Promise<OrderEvent[]>;
  /** Waits for the beginning: what is committed from then on is told. */
  begun(): Promise<void>;
  leave(): Promise<void>;
}

export type WatchRequest = MessageInitShape<typeof WatchOrdersRequestSchema>;

export function watch(
  { watchOrders }: Pick<Client<typeof OrderService>, "watchOrders">,
  request: WatchRequest = {},
): Watching {
  const leaving = new AbortController();
  const told: Pick<Watching, "events" | "heartbeats" | "token"> = {
    events: [],
    heartbeats: 0,
    token: request.resumeToken ?? "",
  };
  const watching: Watching = Object.assign(told, {
    ended: read().then(
      () => (leaving.signal.aborted ? "left" : "ended"),
      async (error: unknown) => (leaving.signal.aborted ? "left" : (await refusalOf(Promise.reject(error))).reason),
    ),
    until: (count: number) =>
      eventually(`${count} events`, async () => (watching.events.length >= count ? watching.events : undefined)),
    begun: () => until("the first message", () => watching.events.length + watching.heartbeats > 0),
    async leave() {
      leaving.abort();
      await watching.ended;
    },
  });
  return watching;

  async function read(): Promise<void> {
    for await (const { message } of watchOrders(request, { signal: leaving.signal })) {
      if (message.case === "event") told.events.push(message.value);
      if (message.case === "heartbeat") told.heartbeats++;
      told.token = message.value?.resumeToken ?? told.token;
    }
  }
}

/** Which order it was, which of its changes, and what it became. */
export function lineOf({ order, sequence }: OrderEvent): string {
  return `${order?.id} ${sequence} ${statusName(order?.status)}`;
}

/** The same of the outbox itself, in the order of the positions. */
export async function outboxLines(database: Sequelize, storeId: string): Promise<string[]> {
  const rows = await runSql<{ order_id: string; sequence: number; type: string }>(
    database,
    "SELECT order_id, sequence, type FROM orders.outbox WHERE store_id = $1 ORDER BY position",
    [storeId],
  );
  return rows.map(({ order_id, sequence, type }) => `${order_id} ${sequence} ${type.replace("ORDER_", "")}`);
}

/** A relay that gives positions and has nobody to hand events to. */
export function positioning(database: Sequelize, onPositions?: (newest: bigint) => void) {
  return startRelay({
    database,
    consumers: [],
    log,
    pollMs: 20,
    ...(onPositions === undefined ? {} : { onPositions }),
  });
}
