/**
 * Deliveries: what is due is handed over once, in an order's own order, and an attempt is one worker's alone.
 *
 * Method: the repository on a real PostgreSQL; where time must pass, the test sets the row's times back.
 */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Attempt, Deliveries, type EmailJob } from "../../src/email/deliveries.ts";
import { execute, select } from "../../src/platform/database.ts";
import { newId } from "../../src/platform/identifier.ts";
import { openTestDatabase } from "../support/given.ts";
import { openMailShop } from "../support/mail-shop.ts";

const MANY = 100;

let database: Sequelize;
let deliveries: Deliveries;

test.before(() => {
  database = openTestDatabase();
  deliveries = new Deliveries(database);
});

test.after(() => database.close());

test.before.each(async () => {
  await execute(database, "DELETE FROM email.deliveries");
});

/** Events of orders that need not exist. */
function events(orderId: string, sequences: number[]) {
  return sequences.map((sequence) => ({ storeId: newId(), orderId, sequence, type: "ORDER_CONFIRMED" })).map((event, _, [first]) => ({
    ...event,
    storeId: first?.storeId ?? event.storeId,
  }));
}

/** What is handed over now, by its order and number. */
async function taken(): Promise<string[]> {
  const jobs = await deliveries.takeWaiting(MANY);
  const rows = await select<{ name: string }>(
    database,
    "SELECT order_id || ' ' || sequence AS name FROM email.deliveries WHERE id = ANY($1::uuid[]) ORDER BY 1",
    [jobs.map(({ id }) => id)],
  );
  return rows.map(({ name }) => name);
}

/** One e-mail that is handed over. */
async function oneJob(): Promise<EmailJob> {
  await deliveries.expect(events(newId(), [1]));
  const [job] = await deliveries.takeWaiting(MANY);
  if (job === undefined) throw new Error("nothing is due");
  return job;
}

async function claimed(job: EmailJob): Promise<Attempt> {
  const attempt = await deliveries.claim(job);
  if (typeof attempt === "string") throw new Error(`the e-mail is ${attempt}`);
  return attempt;
}

async function endClaim({ id }: EmailJob): Promise<void> {
  await execute(database, "UPDATE email.deliveries SET claimed_until = now() - interval '1 second' WHERE id = $1", [id]);
}

test("an order's next e-mail is handed over when the one before is sent or given up, another order's at once", async () => {
  const [one, two] = [newId(), newId()];
  await deliveries.expect([...events(one, [1, 2, 4]), ...events(two, [3])]);
  assert.equal(await taken(), [`${one} 1`, `${two} 3`].toSorted());
  assert.equal(await taken(), []);
  const idOf = async (sequence: number) => {
    const [row] = await select<EmailJob>(database, "SELECT id FROM email.deliveries WHERE order_id = $1 AND sequence = $2", [one, sequence]);
    return row ?? { id: "" };
  };
  await deliveries.markSent(await idOf(1));
  assert.equal(await taken(), [`${one} 2`]);
  await deliveries.markFailed(await claimed(await idOf(2)), { error: "no such mailbox", giveUp: true });
  assert.equal(await taken(), [`${one} 4`]);
});

test("an event that is handed over again by the relay brings no second e-mail", async () => {
  const again = events(newId(), [1]);
  await deliveries.expect(again);
  await deliveries.expect(again);
  assert.is((await taken()).length, 1);
});

test("of two workers that look for work at once, each takes what the other does not", async () => {
  for (let n = 0; n < MANY; n++) await deliveries.expect(events(newId(), [1]));
  const [one, two] = await Promise.all([deliveries.takeWaiting(MANY), deliveries.takeWaiting(MANY)]);
  const ids = [...one, ...two].map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
  const rest = await deliveries.takeWaiting(MANY);
  assert.is(ids.length + rest.length, MANY);
});

test("an e-mail that the queue has forgotten is handed over again, and one that was sent is not", async () => {
  const [lost, sent] = [await oneJob(), await oneJob()];
  await deliveries.markSent(sent);
  assert.is(await deliveries.recallForgotten(MANY), 0);
  await execute(database, "UPDATE email.deliveries SET handed_at = now() - interval '1 hour'");
  assert.is(await deliveries.recallForgotten(MANY), 1);
  assert.equal(await deliveries.takeWaiting(MANY), [lost]);
  assert.equal(await deliveries.takeWaiting(MANY), []);
});

test("a job that comes twice at once is sent by one of the two", async () => {
  const job = await oneJob();
  const claims = await Promise.all([deliveries.claim(job), deliveries.claim(job)]);
  assert.equal(claims.map((claim) => (typeof claim === "string" ? claim : `attempt ${claim.number}`)).toSorted(), ["attempt 1", "busy"]);
  await deliveries.markSent(job);
  assert.is(await deliveries.claim(job), "settled");
});

test("a claim that is renewed goes on; one that is not goes to the next, and the first has no more say", async () => {
  const job = await oneJob();
  const first = await claimed(job);
  await endClaim(job);
  await deliveries.renew(first);
  assert.is(await deliveries.claim(job), "busy");
  await endClaim(job);
  const second = await claimed(job);
  assert.is(second.number, 2);
  await deliveries.markFailed(first, { error: "late", giveUp: true });
  await endClaim(job);
  await deliveries.renew(first);
  assert.is((await claimed(job)).number, 3);
});

test("what was still to be written to a user who is deleted is forgotten, about orders too; what was sent stays", async () => {
  const shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 9 } } });
  const [sent, waiting] = [await shop.order({ Mug: 1 }), await shop.order({ Mug: 1 })];
  const { storeId } = shop;
  await deliveries.expect([sent, waiting].map(({ id }) => ({ storeId, orderId: id, sequence: 1, type: "ORDER_CONFIRMED" })));
  await deliveries.expectFor(shop.userId, "WELCOME");
  const stranger = newId();
  await deliveries.expectFor(stranger, "WELCOME");
  const [row] = await select<EmailJob>(database, "SELECT id FROM email.deliveries WHERE order_id = $1", [sent.id]);
  await deliveries.markSent(row ?? { id: "" });
  await deliveries.dropFor(shop.userId);
  const left = await select<{ of: string }>(database, `SELECT coalesce(order_id, user_id) AS "of" FROM email.deliveries ORDER BY sent_at`);
  assert.equal(left.map(({ of }) => of), [sent.id, stranger]);
});

test.run();
