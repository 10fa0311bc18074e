/**
 * Nobody's mailbox is filled by who registers with its address: of refused orders and welcomes a few go there a day.
 *
 * Method: real orders and a real worker whose mail are files; the race by the repository alone.
 */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EmailState } from "../../gen/bodega/notification/v1/email_pb.ts";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import {
  MAX_TO_UNVERIFIED,
  maySend,
  purgeUnverified,
} from "../../src/domains/notification/email/unverified-addresses.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { startTestApi } from "../support/api.ts";
import { log, openTestDatabase, workerConfig } from "../support/environment.ts";
import { mailFiles, openMailShop } from "../support/mail-shop.ts";
import { eventually, until } from "../support/until.ts";

let database: Sequelize;
let deliveries: EmailDeliveries;

test.before(() => {
  database = openTestDatabase();
  deliveries = new EmailDeliveries(database);
});
test.after(() => database.close());

test.before.each(async () => {
  await runSql(database, "DELETE FROM email.deliveries");
  await runSql(database, "DELETE FROM email.unverified");
});

/** An e-mail that is due. @returns its id */
async function due(type: string): Promise<string> {
  const userId = newId();
  await deliveries.expectFor(userId, type);
  const [row] = await runSql<{ id: string }>(database, "SELECT id FROM email.deliveries WHERE user_id = $1", [userId]);
  return row?.id ?? "";
}

async function asked(
  count: number,
  { type = "ORDER_REJECTED", address = "ada@customers.example" } = {},
): Promise<number> {
  const answers: boolean[] = [];
  for (let n = 0; n < count; n++) answers.push(await maySend(database, { id: await due(type), type, address }));
  return answers.filter((may) => may).length;
}

test("of many orders that are refused an unverified address hears of five in a day; what it buys it hears of all the same", async () => {
  const api = await startTestApi();
  const admin = await api.signUp("ADMIN");
  const { notification } = api.clients({ token: admin.token });
  const config = workerConfig("unverified");
  const shop = await openMailShop(database, {
    products: { Mug: { price: 250n, stock: 100 }, Rare: { price: 250n, stock: 0 } },
  });
  const worker = await startWorker(config, { log });
  const orders = async (title: string) => {
    const placed: { id: string }[] = [];
    while (placed.length < 8) placed.push(await shop.order({ [title]: 1 }));
    return placed;
  };
  const [refused, bought] = [await orders("Rare"), await orders("Mug")];
  const statesOf = async (placed: { id: string }[]) => {
    const emails = await Promise.all(
      placed.map(async ({ id }) => (await notification.getOrderEmails({ orderId: id })).emails),
    );
    return emails.flat().map(({ state }) => Object.keys(EmailState)[state]);
  };
  const states = await eventually("all ends", async () => {
    const found = await statesOf([...refused, ...bought]);
    return found.length === 16 && !found.includes("WAITING") ? found : undefined;
  });
  assert.equal(states.filter((state) => state === "SUPPRESSED").length, 8 - MAX_TO_UNVERIFIED);
  assert.equal(
    states.slice(8),
    bought.map(() => "SENT"),
  );
  assert.equal((await notification.listDeadLetters({})).deadLetters, []);
  assert.is((await notification.retryDeadLetters({})).retriedCount, 0);
  assert.equal([(await deliveries.backlog()).deadLetters, (await deliveries.backlog()).waiting], [0, 0]);
  assert.is((await mailFiles(config)).length, MAX_TO_UNVERIFIED + 8);
  await worker.stop();
  await api.stop();
});

test("the address counts, whatever its case, whoever has it, and for welcomes too; another one has its own", async () => {
  assert.is(await asked(3), 3);
  assert.is(await asked(4, { type: "WELCOME", address: "Ada@Customers.example" }), MAX_TO_UNVERIFIED - 3);
  assert.is(await asked(1, { address: "bob@customers.example" }), 1);
  assert.is(await asked(9, { type: "ORDER_CONFIRMED" }), 9);
});

test("one that is tried again is not counted again", async () => {
  const again = { id: await due("WELCOME"), type: "WELCOME", address: "ada@customers.example" };
  for (let n = 0; n < 9; n++) assert.ok(await maySend(database, again));
  assert.is(await asked(9), MAX_TO_UNVERIFIED - 1);
});

test("workers that ask at the same time do not exceed it together", async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => due("ORDER_REJECTED")));
  const answers = await Promise.all(
    ids.map((id) => maySend(database, { id, type: "ORDER_REJECTED", address: "ada@customers.example" })),
  );
  assert.is(answers.filter((may) => may).length, MAX_TO_UNVERIFIED);
});

test("with a count that is read first and written then, they would: the race has teeth", async () => {
  await runSql(database, "INSERT INTO email.unverified (address, sent_at) VALUES ('x', '{}')");
  const sent = async () =>
    (await runSql<{ count: number }>(database, "SELECT cardinality(sent_at) AS count FROM email.unverified"))[0]
      ?.count ?? 0;
  const counts = await Promise.all(Array.from({ length: 20 }, sent));
  await Promise.all(
    counts
      .filter((count) => count < MAX_TO_UNVERIFIED)
      .map(() => runSql(database, "UPDATE email.unverified SET sent_at = sent_at || now()")),
  );
  assert.is(await sent(), 20);
});

test("what went out more than a day ago counts no more, and is forgotten", async () => {
  await asked(MAX_TO_UNVERIFIED);
  assert.is(await asked(1), 0);
  await runSql(database, "UPDATE email.unverified SET sent_at[1] = now() - interval '25 hours'");
  assert.is(await asked(2), 1);
  assert.is(await purgeUnverified(database, 10), 0);
  await runSql(database, "UPDATE email.unverified SET sent_at = ARRAY[now() - interval '25 hours']");
  assert.is(await purgeUnverified(database, 10), 1);
});

test("a purge of old e-mails takes those that were suppressed, too", async () => {
  await asked(MAX_TO_UNVERIFIED + 1);
  await runSql(database, "UPDATE email.deliveries SET given_up_at = now() - interval '31 days' WHERE suppressed");
  assert.is(await deliveries.purge(10), 1);
  await until(
    "none is left",
    async () => (await runSql(database, "SELECT FROM email.deliveries WHERE suppressed")).length === 0,
  );
});

test.run();
