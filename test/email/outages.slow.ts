/**
 * A mail server that is in trouble of any kind loses no e-mail and ends none, however often it is asked; only what it
 * refuses for good is given up.
 *
 * Method: a real mail server, the real worker, PostgreSQL and Redis. No test waits for the time of a schedule.
 */
// time limit: 240 s
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { metrics } from "../../src/platform/telemetry/metrics.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { log, openTestDatabase, workerConfig } from "../support/environment.ts";
import { delivery, type MailShop, openMailShop } from "../support/mail-shop.ts";
import { type Refusals, type SmtpServer, smtpServer } from "../support/smtp-server.ts";
import { eventually, until } from "../support/until.ts";

const PATIENCE_MS = 60_000;
/** Enough that they would take hours one after the other, a probe at a time. */
const BACKLOG = 2_000;

let database: Sequelize;
let deliveries: EmailDeliveries;
let shop: MailShop;
let server: SmtpServer;

test.before(async () => {
  database = openTestDatabase();
  deliveries = new EmailDeliveries(database);
  shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 100_000 } } });
});
test.after(() => database.close());

test.before.each(async () => {
  await runSql(database, "DELETE FROM email.deliveries");
  server = await smtpServer();
});
test.after.each(() => server.leave());

function working(smtpUrl = server.url) {
  return startWorker(workerConfig("outages", { smtpUrl }), { log });
}

/** E-mails to the shop's customer that are due. */
async function due(count: number): Promise<void> {
  await runSql(
    database,
    `INSERT INTO email.deliveries (user_id, type, details, handed_at)
     SELECT $1, 'STOCK_LOW', '{"count": "1", "lines": [], "rest": []}', NULL FROM generate_series(1, $2)`,
    [shop.userId, count],
  );
}

async function counts(): Promise<{ sent: number; dead: number; tried: number }> {
  const [row] = await runSql<{ sent: number; dead: number; tried: number }>(
    database,
    `SELECT count(sent_at)::integer AS sent, count(given_up_at)::integer AS dead, count(*) FILTER (WHERE attempts > 1)::integer AS tried
     FROM email.deliveries`,
  );
  return row ?? { sent: 0, dead: 0, tried: 0 };
}

const TROUBLES: [what: string, refusals: Refusals | "nothing listens", complaint: RegExp][] = [
  ["refuses the connection", "nothing listens", /ECONNREFUSED/],
  ["greets with 421", { connect: "421 4.3.2 shutting down" }, /shutting down/],
  ["greets with 554", { connect: "554 5.3.2 no service here" }, /no service here/],
  ["refuses the password", { auth: "535 5.7.8 wrong credentials" }, /wrong credentials/],
  ["refuses the sender for now", { mail: "451 4.7.1 try later" }, /try later/],
  ["refuses the sender", { mail: "550 5.7.1 not you" }, /not you/],
  ["greylists", { rcpt: "450 4.2.0 Greylisted, try again in 300 s" }, /Greylisted/],
  ["closes at the recipient", { rcpt: "421 4.3.0 too many" }, /too many/],
  ["has a full disk", { data: "452 4.3.1 insufficient storage" }, /insufficient storage/],
];

for (const [what, refusals, complaint] of TROUBLES) {
  test(`a server that ${what}, again and again, gets the e-mail as soon as it takes it`, async () => {
    if (refusals === "nothing listens") await server.leave();
    else server.refusals = refusals;
    const worker = await working(server.url.replace("//", "//user:password@"));
    const order = await shop.order({ Mug: 1 });
    await until("several attempts", async () => ((await delivery(database, order))?.attempts ?? 0) >= 3);
    const row = await delivery(database, order);
    assert.equal([row?.sent_at, row?.given_up_at], [null, null]);
    assert.match(row?.last_error ?? "", complaint);
    assert.match((await deliveries.backlog()).lastError, complaint);
    server.refusals = {};
    if (refusals === "nothing listens") await server.comeBack();
    await until("the e-mail", async () => (await delivery(database, order))?.sent_at instanceof Date);
    await worker.stop();
    assert.equal(server.taken, [`order-${order.id}-1@bodega.example`]);
  });
}

for (const [where, words] of [
  ["rcpt", "550 5.1.1 no such mailbox"],
  ["data", "554 5.7.1 spam"],
] as const) {
  test(`what is refused for good (${words}) is given up at once, and keeps no other waiting`, async () => {
    server.refusals = { [where]: words };
    const worker = await working();
    const refused = await shop.order({ Mug: 1 });
    const row = await eventually("its end", async () => {
      const found = await delivery(database, refused);
      return found?.given_up_at == null ? undefined : found;
    });
    assert.is(row.attempts, 1);
    assert.match(row.last_error ?? "", words.slice(4));
    server.refusals = {};
    const taken = await shop.order({ Mug: 1 });
    await until("the next e-mail", async () => (await delivery(database, taken))?.sent_at instanceof Date);
    await worker.stop();
  });
}

test("thousands that wait for a server that is away cost it a question at a time, spend no attempts, and all go when it answers, once", async () => {
  await server.leave();
  await due(BACKLOG);
  const worker = await working();
  await until("several attempts at one of them", async () => {
    const [row] = await runSql<{ attempts: string }>(
      database,
      "SELECT sum(attempts) AS attempts FROM email.deliveries",
    );
    return Number(row?.attempts) >= 5;
  });
  const during = await counts();
  assert.equal([during.sent, during.dead], [0, 0]);
  await server.comeBack();
  await eventually("all of them", async () => ((await counts()).sent === BACKLOG ? true : undefined), PATIENCE_MS);
  await worker.stop();
  assert.is(server.taken.length, BACKLOG);
  assert.is(new Set(server.taken).size, BACKLOG);
  assert.ok((await counts()).tried < 20, `${(await counts()).tried} were tried more than once`);
});

test("what was deferred for long is not left to its own pauses when the server takes messages again", async () => {
  await due(BACKLOG / 10);
  // Their pauses have grown to a quarter of an hour, as after an hour of such answers.
  await runSql(
    database,
    "UPDATE email.deliveries SET tries = 12, attempts = 12, first_attempt_at = now() - interval '1 hour'",
  );
  server.refusals = { rcpt: "450 4.2.0 Greylisted" };
  const worker = await working();
  await until("all are deferred", async () => {
    const [row] = await runSql<{ count: string }>(
      database,
      "SELECT count(*) FROM email.deliveries WHERE next_attempt_at > now() + interval '10 minutes'",
    );
    return Number(row?.count) === BACKLOG / 10;
  });
  // One that is tried each few seconds, until the server has deferred everything for half a minute.
  const order = await shop.order({ Mug: 1 });
  await eventually(
    "the server is known to take nothing",
    async () => {
      await runSql(
        database,
        "UPDATE email.deliveries SET next_attempt_at = now(), tries = 1 WHERE order_id = $1 AND claimed_until IS NULL AND handed_at IS NULL",
        [order.id],
      );
      return (await metrics.destinationsAway.get()).values.find(
        ({ labels, value }) => labels.queue === "email" && value === 1,
      );
    },
    PATIENCE_MS,
  );
  assert.is((await counts()).sent, 0);
  server.refusals = {};
  await runSql(database, "UPDATE email.deliveries SET next_attempt_at = now() WHERE order_id = $1", [order.id]);
  await eventually(
    "all of them",
    async () => ((await counts()).sent === BACKLOG / 10 + 1 ? true : undefined),
    PATIENCE_MS,
  );
  await worker.stop();
});

test("an order's e-mails keep their order, while those of others overtake one that is deferred", async () => {
  server.refusals = { rcpt: "450 4.2.0 Greylisted" };
  const worker = await working();
  const first = await shop.order({ Mug: 1 });
  await deliveries.expect([{ storeId: shop.storeId, orderId: first.id, sequence: 2, type: "ORDER_SHIPPED" }]);
  await until("an attempt", async () => server.asked.messages >= 2);
  const ofFirst = () =>
    runSql<{ attempts: number; sent: boolean }>(
      database,
      "SELECT attempts, sent_at IS NOT NULL AS sent FROM email.deliveries WHERE order_id = $1 ORDER BY sequence",
      [first.id],
    );
  server.refusals = {};
  const other = await shop.order({ Mug: 1 });
  await until("the other's", async () => (await delivery(database, other))?.sent_at instanceof Date);
  await until("both", async () => (await ofFirst()).every(({ sent }) => sent));
  await worker.stop();
  const numbers = server.taken.filter((id) => id.includes(first.id));
  assert.equal(
    numbers,
    [1, 2].map((sequence) => `order-${first.id}-${sequence}@bodega.example`),
  );
  assert.is((await ofFirst())[1]?.attempts, 1);
});

test("a worker that is stopped while the mail server is away hands its e-mails back", async () => {
  await server.leave();
  await due(10);
  const worker = await working();
  await until("an attempt", async () => ((await deliveries.backlog()).lastError ?? "") !== "");
  await worker.stop();
  await server.comeBack();
  const heir = await working();
  await eventually("all of them", async () => ((await counts()).sent === 10 ? true : undefined));
  await heir.stop();
  assert.is(server.taken.length, 10);
});

test.run();
