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
import type { OutboxEvent } from "../../src/outbox/outbox.ts";
import { startRelay } from "../../src/outbox/relay.ts";
import { execute, select } from "../../src/platform/database.ts";
import { newId } from "../../src/platform/identifier.ts";
import { eventually, log, type MailShop, openMailShop, openTestDatabase } from "../email/mail-shop.ts";

const PRODUCTS = { Mug: { price: 250n, stock: 1_000_000 } };

let database: Sequelize;
let shop: MailShop;

test.before(async () => {
  database = openTestDatabase();
  shop = await openMailShop(database, { products: PRODUCTS });
});

test.after(() => database.close());

/** A relay that puts what it hands on into a list. */
function relayInto(handed: OutboxEvent[]): { stop(): Promise<void> } {
  return startRelay({ database, log, pollMs: 50, hand: async (events) => void handed.push(...events) });
}

async function untilHanded(handed: OutboxEvent[], orderIds: string[]): Promise<void> {
  const all = async () => orderIds.every((id) => handed.some(({ orderId }) => orderId === id)) || undefined;
  await eventually(`${orderIds.length} events`, all);
}

test("an order's event is handed on once, with its type and its number", async () => {
  const handed: OutboxEvent[] = [];
  const relay = relayInto(handed);
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
    await execute(
      database,
      `INSERT INTO orders.outbox (store_id, order_id, sequence, type, payload, created_at)
       VALUES ($1, $2, $3, 'ORDER_TEST', '{}', '2026-01-01')`,
      [shop.storeId, orderId, sequence],
    );
  }
  const handed: OutboxEvent[] = [];
  const relay = relayInto(handed);
  await untilHanded(handed, [orderId]);
  await relay.stop();
  assert.equal(handed.map(({ sequence }) => sequence), [1, 2, 3]);
  const [row] = await select<{ newest: string; count: string }>(
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
  const [row] = await select<{ stamped: string }>(
    database,
    "SELECT count(position) AS stamped FROM orders.outbox WHERE order_id = ANY($1::uuid[])",
    [orders],
  );
  assert.is(row?.stamped, "2");
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));

  const handed: OutboxEvent[] = [];
  const relay = relayInto(handed);
  await untilHanded(handed, orders);
  await relay.stop();
  assert.equal(handed.map(({ orderId }) => orderId), orders);
});

test("of two relays one works at a time, and nothing is handed on twice", async () => {
  const handed: OutboxEvent[] = [];
  let working = 0;
  let mostAtOnce = 0;
  const relays = [1, 2].map(() =>
    startRelay({
      database,
      log,
      pollMs: 20,
      async hand(events) {
        mostAtOnce = Math.max(mostAtOnce, ++working);
        await sleep(20);
        handed.push(...events);
        working--;
      },
    }),
  );
  const orders: string[] = [];
  for (let n = 0; n < 60; n++) orders.push((await shop.order({ Mug: 1 })).id);
  await untilHanded(handed, orders);
  await Promise.all(relays.map((relay) => relay.stop()));
  assert.is(mostAtOnce, 1);
  assert.equal(handed.map(({ orderId }) => orderId), orders);
});

test("a consumer that fails gets the same events again, and holds up no positions", async () => {
  const handed: OutboxEvent[] = [];
  let refusals = 0;
  const relay = startRelay({
    database,
    log,
    pollMs: 20,
    async hand(events) {
      if (++refusals <= 3) throw new Error("not now");
      handed.push(...events);
    },
  });
  const { id } = await shop.order({ Mug: 1 });
  await untilHanded(handed, [id]);
  await relay.stop();
  assert.is(handed.length, 1);
  assert.ok(refusals >= 4);
});

test("a relay whose connections are cut goes on by itself", async () => {
  const handed: OutboxEvent[] = [];
  const relay = relayInto(handed);
  await execute(
    database,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const { id } = await eventually("an order", () => shop.order({ Mug: 1 }).catch(() => undefined));
  await untilHanded(handed, [id]);
  await relay.stop();
});

test.run();
