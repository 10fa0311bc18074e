/**
 * Dead letters: an admin sees what could not be sent, and why, and has it tried again.
 *
 * Method: over the API; what the mail server did is written by the repository that workers use, and in the last test
 * by a real worker and a mail server that comes to its senses.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Deliveries } from "../../src/email/deliveries.ts";
import { MAX_ATTEMPTS } from "../../src/email/emails.ts";
import { execute, select } from "../../src/platform/database.ts";
import { newId } from "../../src/platform/identifier.ts";
import { startWorker } from "../../src/worker.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { log, workerConfig } from "../support/given.ts";
import { mailServer } from "../support/mail-server.ts";
import { delivery, openMailShop } from "../support/mail-shop.ts";
import { reasonOf } from "../support/refusal.ts";
import { eventually } from "../support/until.ts";

const PRODUCTS = { Mug: { price: 250n, stock: 100 } };

let api: TestApi;
let admin: TestUser;
let deliveries: Deliveries;

test.before(async () => {
  api = await startTestApi();
  admin = await api.signUp("ADMIN");
  deliveries = new Deliveries(api.database);
});
test.after(() => api.stop());

test.before.each(async () => {
  await execute(api.database, "DELETE FROM email.deliveries");
});

function asAdmin() {
  return api.clients({ token: admin.token }).notification;
}

/** Gives an e-mail up with a reason. @returns its delivery's id */
async function giveUp(userId: string, reason: string): Promise<string> {
  await deliveries.expectFor(userId, "WELCOME");
  const [job] = await deliveries.takeWaiting(1);
  const attempt = await deliveries.claim(job ?? { id: "" });
  if (typeof attempt === "string") throw new Error(`the e-mail is ${attempt}`);
  await deliveries.markFailed(attempt, { error: reason, giveUp: true });
  return attempt.id;
}

test("a dead letter says what it was to say, to whom, about which order, how often it was tried and why it failed", async () => {
  const shop = await openMailShop(api.database, { products: PRODUCTS });
  const order = await shop.order({ Mug: 1 });
  const server = await mailServer(() => "550 5.1.1 no such mailbox");
  await execute(
    api.database,
    `INSERT INTO email.deliveries (store_id, order_id, sequence, type, attempts, handed_at)
     VALUES ($1, $2, 1, 'ORDER_CONFIRMED', $3, NULL)`,
    [shop.storeId, order.id, MAX_ATTEMPTS - 1],
  );
  const worker = await startWorker(workerConfig("dead", { smtpUrl: server.url }), { log });
  const given = await eventually("the end", async () => {
    const row = await delivery(api.database, order);
    return row?.given_up_at ?? undefined;
  });
  await worker.stop();
  await server.close();
  const { deadLetters, nextPageToken } = await asAdmin().listDeadLetters({});
  const [letter] = deadLetters;
  assert.is(deadLetters.length, 1);
  assert.is(nextPageToken, "");
  assert.is(letter?.type, "order.confirmed");
  assert.is(letter?.recipient, `${shop.userId}@customers.example`);
  assert.is(letter?.orderId, order.id);
  assert.is(letter?.attemptCount, MAX_ATTEMPTS);
  assert.match(letter?.reason ?? "", "no such mailbox");
  assert.ok(Math.abs(Number(letter?.lastAttemptTime?.seconds) - given.getTime() / 1_000) < 60);
  assert.is(letter?.retryTime, undefined);
});

test("the latest to be given up comes first, page by page, also among those of one moment", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await giveUp(newId(), `reason ${n}`));
  await execute(api.database, "UPDATE email.deliveries SET given_up_at = now() WHERE id = ANY($1::uuid[])", [ids.slice(1, 4)]);
  await execute(api.database, "UPDATE email.deliveries SET given_up_at = now() + interval '1 hour' WHERE id = $1", [ids[4]]);
  await execute(api.database, "UPDATE email.deliveries SET given_up_at = now() - interval '1 hour' WHERE id = $1", [ids[0]]);
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await asAdmin().listDeadLetters({ pageSize: 2, pageToken });
    seen.push(...page.deadLetters.map(({ id }) => id));
    ({ nextPageToken: pageToken } = page);
  } while (pageToken !== "");
  assert.equal(seen, ids.toReversed());
});

test("a page token of another list is refused", async () => {
  const { nextPageToken } = await api.clients({ token: admin.token }).identity.listUsers({ pageSize: 1 });
  await api.signUp("CUSTOMER");
  const page = await api.clients({ token: admin.token }).identity.listUsers({ pageSize: 1 });
  const pageToken = nextPageToken === "" ? page.nextPageToken : nextPageToken;
  assert.is.not(pageToken, "");
  assert.is(await reasonOf(asAdmin().listDeadLetters({ pageToken })), "INVALID_PAGE_TOKEN");
});

test("one that is tried again arrives, with all its attempts before it; once more is no error", async () => {
  const customer = await api.signUp("CUSTOMER");
  const id = await giveUp(customer.id, "no such mailbox");
  const { deadLetter } = await asAdmin().retryDeadLetter({ id });
  assert.is(deadLetter?.id, id);
  assert.is(deadLetter?.attemptCount, 0);
  assert.ok(deadLetter?.retryTime !== undefined);
  assert.equal((await asAdmin().listDeadLetters({})).deadLetters, []);

  let refusals = 0;
  const server = await mailServer(() => (++refusals <= 2 ? "451 4.3.0 come back later" : "250 2.0.0 taken"));
  const worker = await startWorker(workerConfig("retried", { smtpUrl: server.url }), { log, firstRetryMs: 20 });
  await eventually("the e-mail", async () => server.messages[0]);
  const note = () => select<{ attempts: number }>(api.database, "SELECT attempts FROM email.deliveries WHERE sent_at IS NOT NULL");
  const [sent] = await eventually("the note", async () => ((await note()).length === 0 ? undefined : note()));
  assert.is(sent?.attempts, 3);
  await asAdmin().retryDeadLetter({ id });
  await worker.stop();
  await server.close();
  assert.is(server.messages.length, 1);
  assert.match(server.messages[0] ?? "", `To: ${customer.email}`);
});

test("what is no dead letter cannot be tried again", async () => {
  await deliveries.expectFor(admin.id, "WELCOME");
  const [open] = await deliveries.takeWaiting(1);
  for (const id of [newId(), open?.id ?? ""]) {
    assert.is(await reasonOf(asAdmin().retryDeadLetter({ id })), "DEAD_LETTER_NOT_FOUND");
  }
});

test.run();
