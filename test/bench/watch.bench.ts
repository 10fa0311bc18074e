/**
 * From the commit of an order to the screen of who watches it: 200 orders a second, 500 watchers, one machine.
 *
 * Method: two API processes and a worker as an operator starts them; each of 500 customers watches his own orders by
 * grpc-js from this process, and their orders come evenly. An event's time is when its row was written, just before the
 * commit, so what is told is a little too long. BENCH_SECONDS (20) of load; CPU is that of the machine's own clock.
 */
import { createClient } from "@connectrpc/connect";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { setTimeout as sleep } from "node:timers/promises";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { SigningKeys } from "../../src/identity/keys.ts";
import { AccessTokens } from "../../src/identity/tokens.ts";
import { execute, openDatabase } from "../../src/platform/database.ts";
import { newId } from "../../src/platform/identifier.ts";
import { withToken } from "../support/api.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { latencies } from "./load.ts";
import { table } from "./report.ts";
import { openStage, productId, PRODUCTS_PER_STORE, STORES, storeId } from "./stage.ts";

const WATCHERS = 500;
const ORDERS_PER_SECOND = 200;
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 20);
/** Connections of the watchers: some to each process. */
const CONNECTIONS = 10;
const KIB = 1_024;

const stage = await openStage();
const tokens = await customers();
const api = await stage.startApi(2);
const worker = stage.startWorker();
const transports = Array.from({ length: CONNECTIONS }, () => grpcTransport(`127.0.0.1:${api.grpcPort}`));
const clients = tokens.map((token, index) => createClient(OrderService, withToken(transports[index % CONNECTIONS] ?? grpcTransport(""), token)));

await load(2);
const unwatched = await measured(() => load(SECONDS));
const residentBefore = api.residentBytes();
const leaving = new AbortController();
const timesUs: number[] = [];
let begun = 0;
const watching = clients.map((client) => watch(client));
while (begun < WATCHERS) await sleep(20);
const idle = await measured(() => sleep(SECONDS * 1_000));
const residentAfter = api.residentBytes();
timesUs.length = 0;
const watched = await measured(() => load(SECONDS));
await sleep(1_000);
const { p50Us, p99Us } = latencies(timesUs);

console.log(table(
  ["", "API % of a core", "worker %", "database %"],
  [["orders, nobody watches", ...unwatched], [`${WATCHERS} watchers, no orders`, ...idle], [`orders and ${WATCHERS} watchers`, ...watched]],
));
console.log(table(
  [`${ORDERS_PER_SECOND} orders a second, ${WATCHERS} watchers`, "events", "p50 ms", "p99 ms", "most ms", "API KiB a watcher"],
  [["commit to screen", String(timesUs.length), ms(p50Us), ms(p99Us), ms(Math.max(...timesUs)), ((residentAfter - residentBefore) / WATCHERS / KIB).toFixed(0)]],
));
if (timesUs.length !== SECONDS * ORDERS_PER_SECOND) console.log(`${SECONDS * ORDERS_PER_SECOND - timesUs.length} of the events were not told`);

leaving.abort();
await Promise.all(watching);
for (const transport of transports) transport.close();
await Promise.all([api.stop(), worker.stop()]);
await stage.stop();

function ms(us: number): string {
  return (us / 1_000).toFixed(0);
}

/** Access tokens of as many customers. */
async function customers(): Promise<string[]> {
  const database = openDatabase({ url: stage.databaseUrl, pool: 1, name: "bench" });
  const accessTokens = new AccessTokens(await SigningKeys.open(database));
  const signed: string[] = [];
  for (let index = 0; index < WATCHERS; index++) {
    const [id, username] = [newId(), `watcher${index}`];
    const email = `${username}@bodega.example`;
    await execute(database, "INSERT INTO identity.users (id, email, username, password_hash) VALUES ($1, $2, $3, '')", [id, email, username]);
    signed.push(accessTokens.sign({ id, role: "CUSTOMER", username, email, tokenGeneration: 1 }, newId()).accessToken);
  }
  await database.close();
  return signed;
}

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
