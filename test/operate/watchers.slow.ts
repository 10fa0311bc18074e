/**
 * Watchers while the processes that they watch by are restarted or stopped: each stream ends with UNAVAILABLE, and a
 * client that goes on with its last token misses nothing and is told nothing twice.
 *
 * Method: `serve` in processes of its own, buyers who order all the while, and watchers who watch in a loop as README
 * has it, by gRPC and by Connect; what each was told is held against the outbox.
 */
// time limit: 180 s
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { startTestApi, type TestApi, withToken } from "../support/api.ts";
import { startBuyers } from "../support/buyers.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { type Served, serve } from "../support/served.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";
import { lineOf, outboxLines, positioning, type Watching, watch } from "../support/watching.ts";

const STOCK = 1_000_000;
const PROCESSES = 2;
/** Of each way; they come to both processes. */
const WATCHERS = 4;
const PAUSE_MS = 50;

let helper: TestApi;
let relay: { stop(): Promise<void> };
let customer: string;
let admin: string;
test.before(async () => {
  helper = await startTestApi();
  relay = positioning(helper.database);
  [{ token: customer }, { token: admin }] = [await helper.signUp("CUSTOMER"), await helper.signUp("ADMIN")];
});
test.after(async () => {
  await relay.stop();
  await helper.stop();
});

/** A client that does not give up. */
interface Faithful {
  /** By all its streams so far. */
  lines(): string[];
  /** How all streams but the last ended. */
  ends: string[];
  /** It watches, by its first stream. */
  begun(): Promise<void>;
  leave(): Promise<void>;
}

/** @param transportOf where each stream goes; asked again for every stream */
function faithful(transportOf: () => Transport, storeId: string): Faithful {
  const streams: Watching[] = [];
  const ends: string[] = [];
  let left = false;
  const open = (resumeToken: string) => {
    const stream = watch(createClient(OrderService, withToken(transportOf(), admin)), { storeId, resumeToken });
    streams.push(stream);
    return stream;
  };
  const first = open("");
  const watched = (async () => {
    for (let stream = first; ; stream = open(stream.token)) {
      const end = await stream.ended;
      if (left) return;
      ends.push(end);
      await sleep(PAUSE_MS);
    }
  })();
  return {
    lines: () => streams.flatMap(({ events }) => events.map(lineOf)),
    ends,
    begun: () => first.begun(),
    async leave() {
      left = true;
      await Promise.all([streams.at(-1)?.leave(), watched]);
    },
  };
}

/** Of both ways. @param place where a stream goes that is opened now */
function watchersOf(place: () => Served, shop: Shop<"mug">) {
  const grpcs = new Map<Served, ReturnType<typeof grpcTransport>>();
  const grpc = () => {
    const served = place();
    const transport = grpcs.get(served) ?? grpcTransport(served.grpcAddress);
    grpcs.set(served, transport);
    return transport;
  };
  const connect = () =>
    createConnectTransport({ baseUrl: place().baseUrl, httpVersion: "1.1", nodeOptions: { agent: false } });
  const watchers = Array.from({ length: WATCHERS }, () => [
    faithful(grpc, shop.storeId),
    faithful(connect, shop.storeId),
  ]).flat();
  return {
    watchers,
    close: () => grpcs.forEach((transport) => transport.close()),
  };
}

/** Waits until each was told as much as there is, then compares. */
async function assertToldOnce(watchers: Faithful[], shop: Shop<"mug">): Promise<void> {
  await until("everything has its position", async () => {
    const [rows] = await helper.database.query("SELECT FROM orders.outbox WHERE position IS NULL");
    return rows.length === 0;
  });
  const all = await outboxLines(helper.database, shop.storeId);
  for (const watcher of watchers) await until("the last change is told", () => watcher.lines().length >= all.length);
  await Promise.all(watchers.map((watcher) => watcher.leave()));
  for (const watcher of watchers) assert.equal(watcher.lines(), all);
}

/** By our own words; or by the client library's, for a stream that was just being opened on a connection that went away. */
function assertUnavailable(watchers: Faithful[]): void {
  for (const end of watchers.flatMap(({ ends }) => ends))
    assert.match(end, /^(UNAVAILABLE|no ErrorInfo: \[unavailable\] .+)$/);
}

test("while the processes are restarted one by one, streams end with UNAVAILABLE and go on with nothing missed or doubled", async () => {
  const shop = await shopWith(helper, { mug: STOCK });
  const served = await serve({ WORKERS: `${PROCESSES}` });
  const { watchers, close } = watchersOf(() => served, shop);
  for (const watcher of watchers) await watcher.begun();
  const buyers = startBuyers(served, { token: customer, shop, count: 1 });
  served.signal("SIGHUP");
  const said = (what: string) => served.lines().filter(({ msg }) => msg === what).length;
  // One by one: a machine that is busy takes its time for each.
  for (let count = 1; count <= PROCESSES; count++)
    await until(`${count} were restarted`, () => said("a process took another's place") >= count);
  await until("all were restarted", () => said("every process was restarted") === 1);
  await until("every stream has ended", () => watchers.every(({ ends }) => ends.length > 0));
  const bought = await buyers.stop();
  assert.equal(bought.refused, []);
  await assertToldOnce(watchers, shop);
  assertUnavailable(watchers);
  close();
  served.signal("SIGTERM");
  assert.is(await served.ended, 0);
});

test("when one of two machines is stopped, its watchers go on by the other with nothing missed or doubled", async () => {
  const shop = await shopWith(helper, { mug: STOCK });
  const [here, there] = await Promise.all([serve({ WORKERS: "1" }), serve({ WORKERS: "1" })]);
  let place = here;
  const { watchers, close } = watchersOf(() => place, shop);
  for (const watcher of watchers) await watcher.begun();
  const buyers = startBuyers(there, { token: customer, shop, count: 1 });
  await until("changes are told", () => watchers.every((watcher) => watcher.lines().length > 10));
  place = there;
  here.signal("SIGTERM");
  assert.is(await here.ended, 0);
  await until("every stream has ended", () => watchers.every(({ ends }) => ends.length > 0));
  await buyers.stop();
  await assertToldOnce(watchers, shop);
  assertUnavailable(watchers);
  close();
  there.signal("SIGTERM");
  assert.is(await there.ended, 0);
});

test.run();
