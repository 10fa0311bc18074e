/**
 * What is forgotten in time, and what is not: events, what became of e-mails, refresh tokens, known addresses, carts.
 *
 * Method: rows on either side of each limit, and the purges that the worker runs.
 */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { purgeCarts } from "../../src/domains/cart/cart-cleanup.ts";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import { purgeKnownAddresses } from "../../src/domains/identity/sign-in/known-addresses.ts";
import { purgeSessions } from "../../src/domains/identity/session/sessions.ts";
import { outboxBacklog } from "../../src/outbox/backlog.ts";
import { purgedUpTo, purgeOutbox } from "../../src/outbox/purge.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { openTestDatabase } from "../support/environment.ts";

const CONSUMERS = ["email", "webhook"];

let database: Sequelize;

test.before(() => {
  database = openTestDatabase();
});
test.after(() => database.close());

/** Events with these ages in days, at positions from 1; cursors of consumers. */
async function outbox(ages: number[], cursors: Record<string, number>): Promise<void> {
  await runSql(database, "DELETE FROM orders.outbox");
  await runSql(database, "DELETE FROM orders.relay_cursor WHERE name <> 'outbox'");
  await runSql(database, "UPDATE orders.outbox_purge SET position = 0");
  await runSql(
    database,
    `INSERT INTO orders.outbox (store_id, order_id, sequence, type, position, created_at)
     SELECT $1, $1, n, 'ORDER_TEST', n, now() - make_interval(hours => (24 * age)::integer)
     FROM unnest($2::float8[]) WITH ORDINALITY AS event(age, n)`,
    [newId(), ages],
  );
  for (const [name, position] of Object.entries(cursors)) {
    await runSql(database, "INSERT INTO orders.relay_cursor (name, position) VALUES ($1, $2)", [name, position]);
  }
}

async function positions(): Promise<number[]> {
  const rows = await runSql<{ position: string }>(database, "SELECT position FROM orders.outbox ORDER BY position");
  return rows.map(({ position }) => Number(position));
}

test("an event is forgotten after seven days, when every consumer has passed it; what is gone is known", async () => {
  await outbox([9, 8, 7.5, 6.5, 1], { email: 5, webhook: 2 });
  assert.is(await purgeOutbox(database, CONSUMERS, 100), 2);
  assert.equal(await positions(), [3, 4, 5]);
  assert.is(await purgedUpTo(database), 2n);
  await runSql(database, "UPDATE orders.relay_cursor SET position = 5 WHERE name = 'webhook'");
  assert.is(await purgeOutbox(database, CONSUMERS, 100), 1);
  assert.equal(await positions(), [4, 5]);
  assert.is(await purgedUpTo(database), 3n);
  assert.is(await purgeOutbox(database, CONSUMERS, 100), 0);
  assert.is(await purgedUpTo(database), 3n);
});

test("events go from the oldest position on, without gaps: one that is younger keeps those behind it", async () => {
  await outbox([9, 1, 9, 9], { email: 4 });
  assert.is(await purgeOutbox(database, CONSUMERS, 100), 1);
  assert.equal(await positions(), [2, 3, 4]);
  assert.is(await purgedUpTo(database), 1n);
});

test("at most a batch is forgotten at once, and the next goes on from there", async () => {
  await outbox([9, 9, 9, 9, 9], { email: 5 });
  assert.equal(
    [
      await purgeOutbox(database, CONSUMERS, 2),
      await purgeOutbox(database, CONSUMERS, 2),
      await purgeOutbox(database, CONSUMERS, 2),
    ],
    [2, 2, 1],
  );
  assert.is(await purgedUpTo(database), 5n);
});

test("a consumer that no release knows any more holds nothing up, and its cursor goes with the events that it missed", async () => {
  await outbox([9, 8, 1], { email: 3, webhook: 2, dropped: 0, late: 2 });
  const queues = (await outboxBacklog(database, CONSUMERS)).map(({ queue, waiting }) => `${queue} ${waiting}`);
  assert.equal(queues.toSorted(), [
    "abandoned_dropped 3",
    "abandoned_late 1",
    "outbox 0",
    "outbox_email 0",
    "outbox_webhook 1",
  ]);
  assert.is(await purgeOutbox(database, CONSUMERS, 100), 2);
  assert.equal(await positions(), [3]);
  const left = await runSql<{ name: string }>(database, "SELECT name FROM orders.relay_cursor ORDER BY name");
  assert.equal(
    left.map(({ name }) => name),
    ["email", "late", "outbox", "webhook"],
  );
});

test("one that is known and only away keeps what it has not got", async () => {
  await outbox([9, 9], { email: 2, webhook: 0 });
  assert.is(await purgeOutbox(database, CONSUMERS, 100), 0);
  assert.equal(await positions(), [1, 2]);
});

test("without a consumer nothing is forgotten", async () => {
  await outbox([9, 9], {});
  assert.is(await purgeOutbox(database, CONSUMERS, 100), 0);
});

test("what was sent is forgotten after seven days, what was given up after thirty, what is due never", async () => {
  const insert = (type: string, sent: string | null, givenUp: string | null) =>
    runSql(
      database,
      `INSERT INTO email.deliveries (user_id, type, created_at, sent_at, given_up_at)
       VALUES ($1, $2, now() - interval '1 year', now() - $3::interval, now() - $4::interval)`,
      [newId(), type, sent, givenUp],
    );
  await insert("sent long ago", "8 days", null);
  await insert("sent", "6 days", null);
  await insert("given up long ago", null, "31 days");
  await insert("given up", null, "29 days");
  await insert("due", null, null);
  const deliveries = new EmailDeliveries(database);
  assert.is(await deliveries.purge(1), 1);
  assert.is(await deliveries.purge(100), 1);
  const left = await runSql<{ type: string }>(database, "SELECT type FROM email.deliveries ORDER BY type");
  assert.equal(
    left.map(({ type }) => type),
    ["due", "given up", "sent"],
  );
});

test("refresh tokens are forgotten when they are over", async () => {
  const userId = newId();
  await runSql(database, "INSERT INTO identity.users (id, email, username, password_hash) VALUES ($1, 'a', 'a', '')", [
    userId,
  ]);
  const insert = (hash: string, expires: string) =>
    runSql(
      database,
      "INSERT INTO identity.refresh_tokens (hash, family, user_id, expires_at) VALUES ($1, $2, $3, now() + $4::interval)",
      [Buffer.from(hash), newId(), userId, expires],
    );
  await insert("over", "-1 minute");
  // It may still tell on a successor that is younger.
  await insert("just over", "-1 second");
  await insert("good", "1 minute");
  assert.is(await purgeSessions(database, 100), 1);
  const left = await runSql<{ hash: Buffer }>(database, "SELECT hash FROM identity.refresh_tokens ORDER BY expires_at");
  assert.equal(
    left.map(({ hash }) => hash.toString()),
    ["just over", "good"],
  );
});

test("where nobody signed in for thirty days is forgotten", async () => {
  const userId = newId();
  await runSql(database, "INSERT INTO identity.users (id, email, username, password_hash) VALUES ($1, 'b', 'b', '')", [
    userId,
  ]);
  for (const [mark, age] of [
    ["long ago", "30 days"],
    ["lately", "29 days"],
  ]) {
    await runSql(
      database,
      "INSERT INTO identity.known_addresses (user_id, mark, signed_in_at) VALUES ($1, $2, now() - $3::interval)",
      [userId, Buffer.from(mark ?? ""), age],
    );
  }
  assert.is(await purgeKnownAddresses(database, 100), 1);
  const left = await runSql<{ mark: Buffer }>(database, "SELECT mark FROM identity.known_addresses");
  assert.equal(
    left.map(({ mark }) => mark.toString()),
    ["lately"],
  );
});

test("a cart that nobody touched for ninety days is forgotten with its lines", async () => {
  const [old, young] = [newId(), newId()];
  await runSql(
    database,
    "INSERT INTO carts.carts (user_id, updated_at) VALUES ($1, now() - interval '91 days'), ($2, now() - interval '89 days')",
    [old, young],
  );
  assert.is(await purgeCarts(database, 100), 1);
  assert.equal(await runSql(database, "SELECT user_id FROM carts.carts"), [{ user_id: young }]);
});

test.run();
