/**
 * The relay hands every event on, in order, whatever dies.
 *
 * Method: real orders in a real database; `hand` is a function of the test that remembers what it was given.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EventHandler, type Look, type OutboxEvent, assignPositions, waiting } from "../../src/outbox/outbox.ts";
import { type RelayOptions, startRelay } from "../../src/outbox/relay.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { log, openTestDatabase, ownerUrl } from "../support/environment.ts";
import { type MailShop, openMailShop } from "../support/mail-shop.ts";
import { eventually } from "../support/until.ts";

const PRODUCTS = { Mug: { price: 250n, stock: 1_000_000 } };

let database: Sequelize;
let shop: MailShop;

test.before(async () => {
  database = openTestDatabase();
  shop = await openMailShop(database, { products: PRODUCTS });
});

test.after(() => database.close());

/** A relay with one consumer. */
function relayTo(hand: EventHandler, more: Partial<RelayOptions> = {}): { stop(): Promise<void> } {
  return startRelay({ database, log, pollMs: 20, consumers: [{ name: "email", handle: hand }], ...more });
}

/** What puts the events that it gets into a list. */
function into(handed: OutboxEvent[]): EventHandler {
  return async (events) => void handed.push(...events);
}

async function untilHanded(handed: OutboxEvent[], orderIds: string[]): Promise<void> {
  const all = async () => orderIds.every((id) => handed.some(({ orderId }) => orderId === id)) || undefined;
  await eventually(`${orderIds.length} events`, all);
}

test("an order's event is handed on once, with its type and its number", async () => {
  const handed: OutboxEvent[] = [];
  const relay = relayTo(into(handed));
  const confirmed = await shop.order({ Mug: 1 });
  const rejected = await shop.order({ Mug: 2_000_000 });
  await untilHanded(handed, [confirmed.id, rejected.id]);
  await sleep(200);
  await relay.stop();
  assert.equal(handed, [
    { storeId: shop.storeId, orderId: confirmed.id, sequence: 1, type: "ORDER_CONFIRMED" },
    { storeId: shop.storeId, orderId: rejected.id, sequence: 1, type: "ORDER_REJECTED" },
  ]);
});

test("positions are consecutive, and an order's events follow its own numbers", async () => {
  const orderId = newId();
  // The later numbers are written first, as of one moment: only the number can tell their order.
  for (const sequence of [3, 2, 1]) {
    await runSql(
      database,
      `INSERT INTO orders.outbox (store_id, order_id, sequence, type, created_at)
       VALUES ($1, $2, $3, 'ORDER_TEST', '2026-01-01')`,
      [shop.storeId, orderId, sequence],
    );
  }
  const handed: OutboxEvent[] = [];
  const relay = relayTo(into(handed));
  await untilHanded(handed, [orderId]);
  await relay.stop();
  assert.equal(
    handed.map(({ sequence }) => sequence),
    [1, 2, 3],
  );
  const [row] = await runSql<{ newest: string; count: string }>(
    database,
    "SELECT max(position) AS newest, count(*) AS count FROM orders.outbox",
  );
  assert.is(row?.newest, row?.count);
});

test("a relay killed before it hands on what has positions loses nothing: the next one hands on the same", async () => {
  const orders = [await shop.order({ Mug: 1 }), await shop.order({ Mug: 2 })].map(({ id }) => id);
  const child = fork(path.join(import.meta.dirname, "stopping-relay.ts"), { execArgv: [] });
  const seen = await new Promise((resolve) => child.once("message", resolve));
  assert.equal(seen, orders);
  const [row] = await runSql<{ stamped: string }>(
    database,
    "SELECT count(position) AS stamped FROM orders.outbox WHERE order_id = ANY($1::uuid[])",
    [orders],
  );
  assert.is(row?.stamped, "2");
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));

  const handed: OutboxEvent[] = [];
  const relay = relayTo(into(handed));
  await untilHanded(handed, orders);
  await relay.stop();
  assert.equal(
    handed.map(({ orderId }) => orderId),
    orders,
  );
});

test("when a relay is killed in the middle, one that stands by takes over by itself", async () => {
  const orders = [await shop.order({ Mug: 1 }), await shop.order({ Mug: 2 })].map(({ id }) => id);
  const child = fork(path.join(import.meta.dirname, "stopping-relay.ts"), { execArgv: [] });
  await new Promise((resolve) => child.once("message", resolve));
  const handed: OutboxEvent[] = [];
  const standby = relayTo(into(handed));
  // Positions go on being given; what the other one has in hand stays its own.
  orders.push((await shop.order({ Mug: 3 })).id);
  await eventually("a position", async () => {
    const rows = await runSql(database, "SELECT FROM orders.outbox WHERE position IS NULL");
    return rows.length === 0 ? true : undefined;
  });
  child.kill("SIGKILL");
  await untilHanded(handed, orders);
  await standby.stop();
  assert.equal(
    handed.map(({ orderId }) => orderId),
    orders,
  );
});

test("of two relays one works at a time, and nothing is handed on twice", async () => {
  const handed: OutboxEvent[] = [];
  let working = 0;
  let mostAtOnce = 0;
  const relays = [1, 2].map(() =>
    relayTo(async (events) => {
      mostAtOnce = Math.max(mostAtOnce, ++working);
      await sleep(20);
      handed.push(...events);
      working--;
    }),
  );
  const orders: string[] = [];
  for (let n = 0; n < 60; n++) orders.push((await shop.order({ Mug: 1 })).id);
  await untilHanded(handed, orders);
  await Promise.all(relays.map((relay) => relay.stop()));
  assert.is(mostAtOnce, 1);
  assert.equal(
    handed.map(({ orderId }) => orderId),
    orders,
  );
});

test("a consumer that fails gets the same events again, and holds up no positions", async () => {
  const handed: OutboxEvent[] = [];
  let refusals = 0;
  const relay = relayTo(async (events) => {
    if (++refusals <= 3) throw new Error("not now");
    handed.push(...events);
  });
  const { id } = await shop.order({ Mug: 1 });
  await untilHanded(handed, [id]);
  await relay.stop();
  assert.is(handed.length, 1);
  assert.ok(refusals >= 4);
});

test("a consumer that hangs holds up neither positions nor another consumer", async () => {
  const handed: OutboxEvent[] = [];
  const back = Promise.withResolvers<void>();
  const late: OutboxEvent[] = [];
  const consumers = [
    { name: "email", handle: into(handed) },
    {
      name: "away",
      async handle(events: readonly OutboxEvent[]) {
        await back.promise;
        late.push(...events);
      },
    },
  ];
  const relay = startRelay({ database, log, pollMs: 20, consumers });
  const orders: string[] = [];
  for (let n = 0; n < 3; n++) {
    const { id } = await shop.order({ Mug: 1 });
    orders.push(id);
    await untilHanded(handed, [id]);
  }
  assert.equal(late, []);
  back.resolve();
  await untilHanded(late, orders);
  await relay.stop();
  // More than once, should a slow machine have kept it hanging for so long that its lock was taken away.
  assert.equal(new Set(late.map(({ orderId }) => orderId)), new Set(orders));
});

test("a consumer that is new begins with the events after its first start", async () => {
  const { id: before } = await shop.order({ Mug: 1 });
  const all: OutboxEvent[] = [];
  const first = relayTo(into(all));
  await untilHanded(all, [before]);
  await first.stop();
  const handed: OutboxEvent[] = [];
  const second = startRelay({ database, log, pollMs: 20, consumers: [{ name: "newcomer", handle: into(handed) }] });
  await eventually("its cursor", async () => {
    const rows = await runSql(database, "SELECT FROM orders.relay_cursor WHERE name = 'newcomer'");
    return rows[0];
  });
  const { id: after } = await shop.order({ Mug: 1 });
  await untilHanded(handed, [after]);
  await second.stop();
  assert.equal(
    handed.map(({ orderId }) => orderId),
    [after],
  );
});

test("whoever asks is told of new positions when everybody can see them", async () => {
  const seen: Promise<boolean>[] = [];
  const isThere = async (newest: bigint) => {
    const rows = await runSql(database, "SELECT FROM orders.outbox WHERE position = $1", [newest]);
    return rows.length === 1;
  };
  const relay = relayTo(async () => undefined, { onPositions: (newest) => void seen.push(isThere(newest)) });
  await shop.order({ Mug: 1 });
  await eventually("new positions", async () => seen[0]);
  await relay.stop();
  assert.equal(
    await Promise.all(seen),
    seen.map(() => true),
  );
});

test("a relay whose connections are cut goes on by itself", async () => {
  const handed: OutboxEvent[] = [];
  const relay = relayTo(into(handed));
  await runSql(
    database,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  const { id } = await eventually("an order", () => shop.order({ Mug: 1 }).catch(() => undefined));
  await untilHanded(handed, [id]);
  await relay.stop();
});

test("an event whose transaction took long to commit gets its position behind younger ones", async () => {
  const handed: OutboxEvent[] = [];
  const relay = relayTo(into(handed), { lookForAllMs: 100 });
  const { id: younger } = await shop.order({ Mug: 1 });
  await untilHanded(handed, [younger]);
  const late = newId();
  await runSql(
    database,
    "INSERT INTO orders.outbox (store_id, order_id, sequence, type, created_at) VALUES ($1, $2, 1, 'ORDER_TEST', now() - interval '1 hour')",
    [shop.storeId, late],
  );
  await untilHanded(handed, [late]);
  await relay.stop();
});

test("the look of an idle second reads a few pages, however many events have passed since the last VACUUM", async () => {
  const owner = openDatabase({ url: ownerUrl, pool: 1, name: "test" });
  await owner.query("ALTER TABLE orders.outbox SET (autovacuum_enabled = off)");
  await runSql(
    owner,
    `INSERT INTO orders.outbox (store_id, order_id, sequence, type, created_at)
     SELECT $1, gen_random_uuid(), 1, 'ORDER_TEST', now() - interval '1 hour' + n * interval '1 ms' FROM generate_series(1, $2) AS n`,
    [shop.storeId, PASSED],
  );
  await assignPositions(owner, PASSED);
  await shop.order({ Mug: 1 });
  await assignPositions(owner, PASSED);
  const [recent, all] = [await pagesRead(owner, "recent"), await pagesRead(owner, "all")];
  await owner.close();
  assert.ok(recent <= FEW_PAGES, `${recent} pages`);
  assert.ok(all > FEW_PAGES, "nothing had passed");
});

const PASSED = 40_000;
const FEW_PAGES = 20;

/** The second time: the first look at dead entries marks them, and reads their rows. */
async function pagesRead(owner: Sequelize, look: Look): Promise<number> {
  const explain = () =>
    runSql<{ "QUERY PLAN": { Plan: Record<string, number> }[] }>(
      owner,
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${waiting(look)}`,
      [[]],
    );
  await explain();
  const plan = (await explain())[0]?.["QUERY PLAN"][0]?.Plan ?? {};
  return (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
}

test.run();
