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
import { latencies, SECONDS as ROUND_SECONDS } from "./measured.ts";
import { openStage, productId, PRODUCTS_PER_STORE, STORES, storeId } from "./stage.ts";
import { tell } from "./tell.ts";

const WATCHERS = 500;
const ORDERS_PER_SECOND = 200;
/** Enough events for a percentile of a hundred. */
const SECONDS = 4 * ROUND_SECONDS;
/** Connections of the watchers: some to each process. */
const CONNECTIONS = 10;
/** What somebody who watches calls at once. */
const AIM_MS = 250;

const stage = await openStage();
const tokens = await signInCustomers(stage.databaseUrl, WATCHERS);
const api = await stage.startApi(2);
const worker = stage.startWorker();
const transports = Array.from({ length: CONNECTIONS }, () => grpcTransport(`127.0.0.1:${api.grpcPort}`));
const clients = tokens.map((token, index) => createClient(OrderService, withToken(transports[index % CONNECTIONS] ?? grpcTransport(""), token)));

await load(2);
const unwatched = await measured(() => load(SECONDS));
const leaving = new AbortController();
const timesUs: number[] = [];
let begun = 0;
const watching = clients.map((client) => watch(client));
while (begun < WATCHERS) await sleep(20);
const idle = await measured(() => sleep(SECONDS * 1_000));
timesUs.length = 0;
const watched = await measured(() => load(SECONDS));
await sleep(1_000);
const told = latencies(timesUs);
const missing = SECONDS * ORDERS_PER_SECOND - timesUs.length;

leaving.abort();
await Promise.all(watching);
for (const transport of transports) transport.close();
await stage.stop();
tell({
  id: "watch",
  title: "From the commit to the screen",
  method:
    `${ORDERS_PER_SECOND} orders a second at an even pace, ${WATCHERS} customers of whom each watches his own by gRPC, two API processes, ${SECONDS} seconds. An event's time ` +
    `is when its row was written, just before the commit. ${timesUs.length} events were told, ${missing} were not.`,
  rows: [{ name: "commit to screen", rounds: [told] }],
  table: {
    head: ["CPU in % of a core", "API", "worker", "database"],
    rows: [["orders, nobody watches", ...unwatched], [`${WATCHERS} watchers, no orders`, ...idle], [`orders and ${WATCHERS} watchers`, ...watched]],
  },
  aims: [
    { what: "commit to screen, p99", figure: told.p99Us / 1_000, atMost: AIM_MS, unit: "ms" },
    { what: "events that watchers were not told", figure: missing, atMost: 0, unit: "events" },
  ],
});

async function watch({ watchOrders }: (typeof clients)[number]): Promise<void> {
  try {
    for await (const { message } of watchOrders({}, { signal: leaving.signal })) {
      if (message.case === "heartbeat") begun++;
      else if (message.value?.occurTime !== undefined) timesUs.push((Date.now() - timestampMs(message.value.occurTime)) * 1_000);
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  }
}

/** Orders at an even pace, whatever each of them takes. */
async function load(seconds: number): Promise<void> {
  const placing: Promise<unknown>[] = [];
  const startMs = performance.now();
  for (let sent = 0; sent < seconds * ORDERS_PER_SECOND; sent++) {
    const earlyMs = startMs + (sent * 1_000) / ORDERS_PER_SECOND - performance.now();
    if (earlyMs > 1) await sleep(earlyMs);
    const items = [1, 2].map((line) => ({ productId: productId(1 + ((sent * line) % PRODUCTS_PER_STORE)), quantity: 1 }));
    placing.push(clients[sent % WATCHERS]?.placeOrder({ storeId: storeId(1 + (sent % STORES)), items }) ?? Promise.resolve());
  }
  await Promise.all(placing);
}

/** CPU in percent of a core: of the API, the worker, the database. */
async function measured(work: () => Promise<unknown>): Promise<string[]> {
  const used = () => [api.cpuUs(), worker.cpuUs(), stage.databaseUs()];
  const [before, startMs] = [used(), performance.now()];
  await work();
  const elapsedUs = (performance.now() - startMs) * 1_000;
  return used().map((us, index) => (((us - (before[index] ?? 0)) / elapsedUs) * 100).toFixed(0));
}
