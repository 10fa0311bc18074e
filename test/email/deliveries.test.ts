/**
 * Deliveries: what is due is handed over once, in an order's own order, and an attempt is one worker's alone.
 *
 * Method: the repository on a real PostgreSQL; where time must pass, the test sets the row's times back.
 */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EmailAttempt, EmailDeliveries, type EmailJob } from "../../src/domains/notification/email/deliveries.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { openTestDatabase } from "../support/environment.ts";
import { openMailShop } from "../support/mail-shop.ts";

const MANY = 100;

let database: Sequelize;
let deliveries: EmailDeliveries;

test.before(() => {
  database = openTestDatabase();
  deliveries = new EmailDeliveries(database);
});

test.after(() => database.close());

test.before.each(async () => {
  await runSql(database, "DELETE FROM email.deliveries");
});

/** Events of orders that need not exist. */
function events(orderId: string, sequences: number[]) {
  return sequences
    .map((sequence) => ({ storeId: newId(), orderId, sequence, type: "ORDER_CONFIRMED" }))
    .map((event, _, [first]) => ({
      ...event,
      storeId: first?.storeId ?? event.storeId,
    }));
}

/** What is handed over now, by its order and number. */
async function taken(): Promise<string[]> {
  const jobs = await deliveries.takeDue(MANY);
  const rows = await runSql<{ name: string }>(
    database,
    "SELECT order_id || ' ' || sequence AS name FROM email.deliveries WHERE id = ANY($1::uuid[]) ORDER BY 1",
    [jobs.map(({ id }) => id)],
  );
  return rows.map(({ name }) => name);
}

/** One e-mail that is handed over. */
async function oneJob(): Promise<EmailJob> {
  await deliveries.expect(events(newId(), [1]));
  const [job] = await deliveries.takeDue(MANY);
  if (job === undefined) throw new Error("nothing is due");
  return job;
}

async function claimed(job: EmailJob): Promise<EmailAttempt> {
  const attempt = await deliveries.claim(job);
  if (attempt === undefined) throw new Error("the e-mail cannot be taken in hand");
  return attempt;
}

const sent = (attempt: EmailAttempt) =>
  deliveries.note(attempt, { sent: true, pauseSeconds: undefined, notes: [null] });
const failed = (attempt: EmailAttempt, pauseSeconds: number | undefined) =>
  deliveries.note(attempt, { sent: false, pauseSeconds, notes: ["no"] });

async function endClaim({ id }: EmailJob): Promise<void> {
  await runSql(database, "UPDATE email.deliveries SET claimed_until = now() - interval '1 second' WHERE id = $1", [id]);
}

test("an order's next e-mail is handed over when the one before is sent or given up, another order's at once", async () => {
  const [one, two] = [newId(), newId()];
  await deliveries.expect([...events(one, [1, 2, 4]), ...events(two, [3])]);
  assert.equal(await taken(), [`${one} 1`, `${two} 3`].toSorted());
  assert.equal(await taken(), []);
  const idOf = async (sequence: number) => {
    const [row] = await runSql<EmailJob>(
      database,
      "SELECT id FROM email.deliveries WHERE order_id = $1 AND sequence = $2",
      [one, sequence],
    );
    return row ?? { id: "" };
  };
  assert.is(await sent(await claimed(await idOf(1))), "sent");
  assert.equal(await taken(), [`${one} 2`]);
  const second = await claimed(await idOf(2));
  assert.is(await failed(second, 60), "waiting");
  assert.equal(await taken(), []);
  await runSql(database, "UPDATE email.deliveries SET next_attempt_at = now() WHERE order_id = $1", [one]);
  assert.equal(await taken(), [`${one} 2`]);
  assert.is(await failed(await claimed(await idOf(2)), undefined), "given up");
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
  const [one, two] = await Promise.all([deliveries.takeDue(MANY), deliveries.takeDue(MANY)]);
  const ids = [...one, ...two].map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
  const rest = await deliveries.takeDue(MANY);
  assert.is(ids.length + rest.length, MANY);
});

test("an e-mail that the queue has forgotten is handed over again; one that was sent, or that a worker has in hand, is not", async () => {
  const [lost, done, inHand] = [await oneJob(), await oneJob(), await oneJob()];
  await sent(await claimed(done));
  await claimed(inHand);
  assert.is(await deliveries.recallLost(MANY), 0);
  await runSql(database, "UPDATE email.deliveries SET handed_at = now() - interval '1 hour'");
  assert.is(await deliveries.recallLost(MANY), 1);
  assert.equal(await deliveries.takeDue(MANY), [lost]);
  assert.equal(await deliveries.takeDue(MANY), []);
});

test("what a dead worker had in hand is handed over again as soon as its lease is over, as another job", async () => {
  const job = await oneJob();
  await claimed(job);
  await endClaim(job);
  assert.is(await deliveries.recallLost(MANY), 1);
  assert.equal(await deliveries.takeDue(MANY), [{ ...job, attempts: 1 }]);
  assert.is((await claimed(job)).lost, 1);
});

test("a job that comes twice at once is sent by one of the two", async () => {
  const job = await oneJob();
  const [one, two] = await Promise.all([deliveries.claim(job), deliveries.claim(job)]);
  const attempt = one ?? two;
  assert.is(attempt?.attempts, 1);
  assert.is(one === undefined, two !== undefined);
  if (attempt !== undefined) await sent(attempt);
  assert.is(await deliveries.claim(job), undefined);
});

test("what failed is due again after its pause and not before, whoever asks", async () => {
  const job = await oneJob();
  await failed(await claimed(job), 60);
  assert.equal([await deliveries.claim(job), await deliveries.takeDue(MANY)], [undefined, []]);
  await runSql(database, "UPDATE email.deliveries SET next_attempt_at = next_attempt_at - interval '60 seconds'");
  assert.equal(await deliveries.takeDue(MANY), [{ ...job, attempts: 1 }]);
});

test("when its cause is gone, what failed is due at once and begins its pauses anew; what is in hand goes on", async () => {
  const [waiting, inHand] = [await oneJob(), await oneJob()];
  await failed(await claimed(waiting), 900);
  const attempt = await claimed(inHand);
  await deliveries.release();
  assert.is((await claimed(waiting)).tries, 1);
  assert.is(await deliveries.claim(inHand), undefined);
  assert.is(await sent(attempt), "sent");
});

test("a lease that is renewed goes on; one that is not goes to the next, and the first has no more say but of its success", async () => {
  const job = await oneJob();
  const first = await claimed(job);
  await endClaim(job);
  await deliveries.renew(first);
  assert.is(await deliveries.claim(job), undefined);
  await endClaim(job);
  const second = await claimed(job);
  assert.is(second.attempts, 2);
  assert.is(await failed(first, undefined), undefined);
  await endClaim(job);
  await deliveries.renew(first);
  const third = await claimed(job);
  assert.equal([third.attempts, third.lost], [3, 2]);
  assert.is(await sent(first), "sent");
  assert.is(await failed(third, 1), undefined);
});

test("what was still to be written to a user who is deleted is forgotten, about orders too; what was sent stays", async () => {
  const shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 9 } } });
  const [told, waiting] = [await shop.order({ Mug: 1 }), await shop.order({ Mug: 1 })];
  const { storeId } = shop;
  await deliveries.expect(
    [told, waiting].map(({ id }) => ({ storeId, orderId: id, sequence: 1, type: "ORDER_CONFIRMED" })),
  );
  await deliveries.expectFor(shop.userId, "WELCOME");
  const stranger = newId();
  await deliveries.expectFor(stranger, "WELCOME");
  const [row] = await runSql<EmailJob>(database, "SELECT id FROM email.deliveries WHERE order_id = $1", [told.id]);
  await sent(await claimed(row ?? { id: "" }));
  await deliveries.dropFor(shop.userId);
  const left = await runSql<{ of: string }>(
    database,
    `SELECT coalesce(order_id, user_id) AS "of" FROM email.deliveries ORDER BY sent_at`,
  );
  assert.equal(
    left.map(({ of }) => of),
    [told.id, stranger],
  );
});

test.run();
