/**
 * Dead letters: an admin sees what could not be sent, and why, and has it tried again.
 *
 * Method: over the API; what the mail server did is written by the repository that workers use, and in the last test
 * by a real worker and a mail server that comes to its senses.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { log, workerConfig } from "../support/environment.ts";
import { mailServer } from "../support/mail-server.ts";
import { delivery, openMailShop } from "../support/mail-shop.ts";
import { reasonOf } from "../support/refusal.ts";
import { eventually } from "../support/until.ts";

const PRODUCTS = { Mug: { price: 250n, stock: 100 } };

let api: TestApi;
let admin: TestUser;
let deliveries: EmailDeliveries;

test.before(async () => {
  api = await startTestApi();
  admin = await api.signUp("ADMIN");
  deliveries = new EmailDeliveries(api.database);
});
test.after(() => api.stop());

test.before.each(async () => {
  await runSql(api.database, "DELETE FROM email.deliveries");
});

function asAdmin() {
  return api.clients({ token: admin.token }).notification;
}

/** Gives an e-mail up with a reason. @returns its delivery's id */
async function giveUp(userId: string, reason: string): Promise<string> {
  await deliveries.expectFor(userId, "WELCOME");
  const [job] = await deliveries.takeDue(1);
  const attempt = await deliveries.claim(job ?? { id: "" });
  if (attempt === undefined) throw new Error("the e-mail cannot be taken in hand");
  assert.is(await deliveries.note(attempt, { sent: false, pauseSeconds: undefined, notes: [reason] }), "given up");
  return attempt.id;
}

test("a dead letter says what it was to say, to whom, about which order, how often it was tried and why it failed", async () => {
  const shop = await openMailShop(api.database, { products: PRODUCTS });
  const order = await shop.order({ Mug: 1 });
  const server = await mailServer(() => "550 5.1.1 no such mailbox");
  await deliveries.expect([{ storeId: shop.storeId, orderId: order.id, sequence: 1, type: "ORDER_CONFIRMED" }]);
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
  assert.is(letter?.attemptCount, 1);
  assert.match(letter?.reason ?? "", "no such mailbox");
  assert.ok(Math.abs(Number(letter?.lastAttemptTime?.seconds) - given.getTime() / 1_000) < 60);
  assert.is(letter?.retryTime, undefined);
});

test("the latest to be given up comes first, page by page, also among those of one moment", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await giveUp(newId(), `reason ${n}`));
  await runSql(api.database, "UPDATE email.deliveries SET given_up_at = now() WHERE id = ANY($1::uuid[])", [
    ids.slice(1, 4),
  ]);
  await runSql(api.database, "UPDATE email.deliveries SET given_up_at = now() + interval '1 hour' WHERE id = $1", [
    ids[4],
  ]);
  await runSql(api.database, "UPDATE email.deliveries SET given_up_at = now() - interval '1 hour' WHERE id = $1", [
    ids[0],
  ]);
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
  const worker = await startWorker(workerConfig("retried", { smtpUrl: server.url }), { log });
  await eventually("the e-mail", async () => server.messages[0]);
  const note = () =>
    runSql<{ attempts: number }>(api.database, "SELECT attempts FROM email.deliveries WHERE sent_at IS NOT NULL");
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
  const [open] = await deliveries.takeDue(1);
  for (const id of [newId(), open?.id ?? ""]) {
    assert.is(await reasonOf(asAdmin().retryDeadLetter({ id })), "DEAD_LETTER_NOT_FOUND");
  }
});

test("many are tried again at once: those that are named, whatever else is; or all", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await giveUp(admin.id, `reason ${n}`));
  await deliveries.expectFor(admin.id, "WELCOME");
  const [open] = await deliveries.takeDue(1);
  const [one = "", two = ""] = ids;
  assert.is((await asAdmin().retryDeadLetters({ ids: [one, two, newId(), open?.id ?? "", one] })).retriedCount, 2);
  assert.equal(
    (await asAdmin().listDeadLetters({})).deadLetters.map(({ id }) => id),
    ids.slice(2).toReversed(),
  );
  assert.is((await asAdmin().retryDeadLetters({})).retriedCount, 3);
  assert.is((await asAdmin().retryDeadLetters({})).retriedCount, 0);
  assert.equal((await asAdmin().listDeadLetters({})).deadLetters, []);
  const rows = await runSql<{ tries: number; first_attempt_at: Date | null }>(
    api.database,
    "SELECT tries, first_attempt_at FROM email.deliveries WHERE id = ANY($1::uuid[])",
    [ids],
  );
  assert.equal(
    rows,
    ids.map(() => ({ tries: 0, first_attempt_at: null })),
    "they have all their attempts before them",
  );
  assert.equal((await deliveries.takeDue(10)).map(({ id }) => id).toSorted(), ids.toSorted());
});

test("an admin sees how many wait, since when and why, and how many were given up on, by e-mail and to webhooks", async () => {
  const empty = await asAdmin().getDeliveryHealth({});
  for (const health of [empty.emails, empty.webhooks]) {
    assert.equal(
      [health?.waitingCount, health?.oldestWaitTime, health?.lastError, health?.deadLetterCount],
      [0, undefined, "", 0],
    );
  }
  await giveUp(admin.id, "no such mailbox");
  for (let n = 0; n < 2; n++) await deliveries.expectFor(admin.id, "WELCOME");
  await runSql(
    api.database,
    "UPDATE email.deliveries SET created_at = '2026-01-02T03:04:05Z', last_error = 'connection refused', last_attempt_at = now() WHERE id = $1",
    [(await deliveries.takeDue(1))[0]?.id],
  );
  const { emails } = await asAdmin().getDeliveryHealth({});
  assert.equal([emails?.waitingCount, emails?.lastError, emails?.deadLetterCount], [2, "connection refused", 1]);
  assert.is(Number(emails?.oldestWaitTime?.seconds), Date.parse("2026-01-02T03:04:05Z") / 1_000);
});

test("a dead letter that is tried again has waited since then, and not since it was made", async () => {
  const id = await giveUp(admin.id, "no such mailbox");
  await runSql(api.database, "UPDATE email.deliveries SET created_at = now() - interval '20 days'");
  await asAdmin().retryDeadLetter({ id });
  assert.ok((await deliveries.backlog()).oldestSeconds < 3_600);
});

test.run();
