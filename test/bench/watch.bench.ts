/**
 * From the commit of an order to the screen of who watches it: 200 orders a second, 500 watchers, one machine.
 *
 * Method: two API processes and a worker as an operator starts them; each of 500 customers watches his own orders by
 * grpc-js from this process, and their orders come evenly. An event's time is when its row was written, just before the
 * commit, so what is told is a little too long. CPU is that of the machine's own clock.
 */
import { createClient } from "@connectrpc/connect";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { setTimeout as sleep } from "node:timers/promises";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { withToken } from "../support/api.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { signInCustomers } from "./customers.ts";
import { byTurns, figureOf, latencies, type Measured, median, SECONDS } from "./measured.ts";
import { openStage, productId, PRODUCTS_PER_STORE, STORES, storeId } from "./stage.ts";
import { tell } from "./tell.ts";

const WATCHERS = 500;
const ORDERS_PER_SECOND = 200;
/** Connections of the watchers: some to each process. */
const CONNECTIONS = 10;
/** What is on its way when the last order is placed arrives within this. */
const ARRIVAL_MS = 1_000;
/** What somebody who watches calls at once. */
const AIM_MS = 250;
const UNWATCHED = "orders, nobody watches";
const IDLE = `${WATCHERS} watchers, no orders`;
const WATCHED = `orders and ${WATCHERS} watchers`;
const MIB = 2 ** 20;

const stage = await openStage();
const tokens = await signInCustomers(stage.databaseUrl, WATCHERS);
const api = await stage.startApi(2);
const worker = stage.startWorker();
const transports = Array.from({ length: CONNECTIONS }, () => grpcTransport(`127.0.0.1:${api.grpcPort}`));
const clients = tokens.map((token, index) =>
  createClient(OrderService, withToken(transports[index % CONNECTIONS] ?? grpcTransport(""), token)),
);
/** CPU in % of a core, a list for each round: of API, worker, database. */
const shares = new Map<string, number[][]>([UNWATCHED, IDLE, WATCHED].map((name) => [name, []]));
let missing = 0;

await load(2);
const rows = await byTurns([
  { name: UNWATCHED, measure: () => costOf(UNWATCHED, () => load(SECONDS)) },
  { name: WATCHED, yardstick: UNWATCHED, measure: watched },
]);
for (const transport of transports) transport.close();
await stage.stop();
tell({
  id: "watch",
  title: "From the commit to the screen",
  method:
    `${ORDERS_PER_SECOND} orders a second at an even pace, ${WATCHERS} customers of whom each watches his own by gRPC, two API processes. Times are from when an event's row was ` +
    "written, just before the commit, until its watcher has it; CPU is for each order, and in the second table all of it, the worker's too.",
  rows,
  table: {
    head: ["CPU in % of a core", "API", "worker", "database"],
    rows: [...shares].map(([name, rounds]) => [
      name,
      ...[0, 1, 2].map((part) => median(rounds.map((round) => round[part] ?? Number.NaN)).toFixed(0)),
    ]),
  },
  aims: [
    {
      what: "commit to screen, p99",
      figure: (figureOf(rows[1], "p99Us") ?? Number.NaN) / 1_000,
      atMost: AIM_MS,
      unit: "ms",
    },
    { what: "events that watchers were not told", figure: missing, atMost: 0, unit: "events" },
  ],
});

/** Comes, waits for a while, watches the orders, and leaves. */
async function watched(): Promise<Measured> {
  const leaving = new AbortController();
  const timesUs: number[] = [];
  let begun = 0;
  const watching = clients.map((client) =>
    watch(client, {
      signal: leaving.signal,
      onHeartbeat: () => begun++,
      onEvent: (ageMs) => timesUs.push(ageMs * 1_000),
    }),
  );
  while (begun < WATCHERS) await sleep(20);
  await costOf(IDLE, () => sleep(SECONDS * 1_000));
  timesUs.length = 0;
  const cost = await costOf(WATCHED, () => load(SECONDS));
  await sleep(ARRIVAL_MS);
  leaving.abort();
  await Promise.all(watching);
  missing += SECONDS * ORDERS_PER_SECOND - timesUs.length;
  return { ...cost, ...latencies(timesUs) };
}

interface Watching {
  signal: AbortSignal;
  onHeartbeat: () => void;
  onEvent: (ageMs: number) => void;
}

async function watch(
  { watchOrders }: (typeof clients)[number],
  { signal, onHeartbeat, onEvent }: Watching,
): Promise<void> {
  try {
    for await (const { message } of watchOrders({}, { signal })) {
      if (message.case === "heartbeat") onHeartbeat();
      else if (message.value?.occurTime !== undefined) onEvent(Date.now() - timestampMs(message.value.occurTime));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Orders at an even pace, whatever each of them takes. */
async function load(seconds: number): Promise<void> {
  const placing: Promise<unknown>[] = [];
  const startMs = performance.now();
  for (let sent = 0; sent < seconds * ORDERS_PER_SECOND; sent++) {
    const earlyMs = startMs + (sent * 1_000) / ORDERS_PER_SECOND - performance.now();
    if (earlyMs > 1) await sleep(earlyMs);
    const items = [1, 2].map((line) => ({
      productId: productId(1 + ((sent * line) % PRODUCTS_PER_STORE)),
      quantity: 1,
    }));
    placing.push(
      clients[sent % WATCHERS]?.placeOrder({ storeId: storeId(1 + (sent % STORES)), items }) ?? Promise.resolve(),
    );
  }
  await Promise.all(placing);
}

async function costOf(name: string, work: () => Promise<unknown>): Promise<Measured> {
  const used = () => [api.cpuUs(), worker.cpuUs(), stage.databaseUs()] as const;
  const [before, startMs] = [used(), performance.now()];
  await work();
  const elapsedUs = (performance.now() - startMs) * 1_000;
  const [apiUs, workerUs, databaseUs] = used().map((us, part) => us - (before[part] ?? 0));
  shares.get(name)?.push([apiUs, workerUs, databaseUs].map((us = 0) => (us / elapsedUs) * 100));
  const orders = SECONDS * ORDERS_PER_SECOND;
  return {
    perSecond: (orders * 1_000_000) / elapsedUs,
    apiUs: (apiUs ?? 0) / orders,
    databaseUs: (databaseUs ?? 0) / orders,
    mib: api.residentBytes() / MIB,
  };
}
