/**
 * E-mail over SMTP: sent again until the server takes it, counted in PostgreSQL, given up in the end. Whole outages are in
 * outages.slow.ts.
 *
 * Method: a mail server of a few lines that does what the test tells it, and the real worker.
 */
import { createServer } from "node:net";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { emailChannel } from "../../src/domains/notification/email/channel.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { databaseUrl, log, openTestDatabase, workerConfig } from "../support/environment.ts";
import { listening } from "../support/listening.ts";
import { mailServer } from "../support/mail-server.ts";
import { delivery, openMailShop } from "../support/mail-shop.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { eventually, until } from "../support/until.ts";

/** Connections that are refused while PostgreSQL is away: more than one round of everything that the worker does. */
const REFUSALS = 8;
const PRODUCTS = { Mug: { price: 250n, stock: 100 } };
let database: Sequelize;

test.before(() => {
  database = openTestDatabase();
});

test.after(() => database.close());

test("a mail server that fails twice gets the e-mail the third time, and the attempts are counted", async () => {
  let refusals = 0;
  const server = await mailServer(() => (++refusals <= 2 ? "451 4.3.0 come back later" : "250 2.0.0 taken"));
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(workerConfig("smtp", { smtpUrl: server.url }), { log });
  const order = await shop.order({ Mug: 2 });
  const sent = await eventually("the e-mail", async () => {
    const row = await delivery(database, order);
    return row?.sent_at == null ? undefined : row;
  });
  await worker.stop();
  await server.close();
  assert.is(sent.attempts, 3);
  assert.is(sent.last_error, null);
  assert.is(server.messages.length, 1);
  assert.match(server.messages[0] ?? "", `Message-ID: <order-${order.id}-1@bodega.example>`);
});

test("an e-mail that is still not taken a day after its first attempt is given up, with the server's reason", async () => {
  const server = await mailServer(() => "452 4.2.2 mailbox full");
  const shop = await openMailShop(database, { products: PRODUCTS });
  const { id } = await shop.order({ Mug: 1 });
  // So many attempts were made before, and the first of them so long ago.
  const before = emailChannel.schedule.pausesSeconds.length - 1;
  await runSql(
    database,
    `INSERT INTO email.deliveries (store_id, order_id, sequence, type, attempts, tries, first_attempt_at, handed_at)
     VALUES ($1, $2, 1, 'ORDER_CONFIRMED', $3, $3, now() - make_interval(secs => $4 - 1), NULL)`,
    [shop.storeId, id, before, emailChannel.schedule.lastsSeconds],
  );
  const worker = await startWorker(workerConfig("smtp-refuses", { smtpUrl: server.url }), { log });
  await until("an attempt before its time is over", async () => (await delivery(database, { id }))?.last_error != null);
  assert.is((await delivery(database, { id }))?.given_up_at, null);
  await runSql(database, "UPDATE email.deliveries SET next_attempt_at = now() WHERE order_id = $1", [id]);
  const end = await eventually("the end", async () => {
    const row = await delivery(database, { id });
    return row?.given_up_at == null ? undefined : row;
  });
  await worker.stop();
  await server.close();
  assert.is(end.attempts, before + 2);
  assert.match(end.last_error ?? "", "mailbox full");
  assert.equal(server.messages, []);
});

test("an e-mail whose last attempts killed their workers is given up, and not sent by the next", async () => {
  const server = await mailServer(() => "250 2.0.0 taken");
  const shop = await openMailShop(database, { products: PRODUCTS });
  const { id } = await shop.order({ Mug: 1 });
  await runSql(
    database,
    `INSERT INTO email.deliveries (store_id, order_id, sequence, type, attempts, tries, lost, claimed_until, handed_at)
     VALUES ($1, $2, 1, 'ORDER_CONFIRMED', 9, 9, 4, now() - interval '1 second', NULL)`,
    [shop.storeId, id],
  );
  const worker = await startWorker(workerConfig("smtp-poison", { smtpUrl: server.url }), { log });
  const end = await eventually("the end", async () => {
    const row = await delivery(database, { id });
    return row?.given_up_at == null ? undefined : row;
  });
  await worker.stop();
  await server.close();
  assert.match(end.last_error ?? "", "ended with their workers");
  assert.equal(server.messages, []);
});

for (const cue of ["DATA", "message"] as const) {
  test(`a mail server that dies at ${cue}, before it has answered, gets the e-mail again, and has it once`, async () => {
    let deaths = 0;
    const server = await mailServer(
      () => "250 2.0.0 taken",
      (at) => at === cue && ++deaths <= 2,
    );
    const shop = await openMailShop(database, { products: PRODUCTS });
    const worker = await startWorker(workerConfig(`smtp-dies-${cue}`, { smtpUrl: server.url }), { log });
    const order = await shop.order({ Mug: 1 });
    const sent = await eventually("the e-mail", async () => {
      const row = await delivery(database, order);
      return row?.sent_at == null ? undefined : row;
    });
    await worker.stop();
    await server.close();
    assert.equal([deaths, sent.attempts, server.messages.length], [3, 3, 1]);
  });
}

test("a mail server that dies when it has answered has the e-mail once, and the next one too", async () => {
  const server = await mailServer(
    () => "250 2.0.0 taken",
    (at) => at === "answer",
  );
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(workerConfig("smtp-dies-late", { smtpUrl: server.url }), { log });
  for (let count = 1; count <= 3; count++) {
    const order = await shop.order({ Mug: 1 });
    const sent = await eventually("the note", async () => {
      const row = await delivery(database, order);
      return row?.sent_at == null ? undefined : row;
    });
    assert.is(sent.attempts, 1);
    assert.is(server.messages.length, count);
  }
  await worker.stop();
  await server.close();
});

test("when PostgreSQL is away as an e-mail is taken, that is noted when it is back, and the e-mail not sent again", async () => {
  const { hostname, port } = new URL(databaseUrl);
  const postgres = { host: hostname, port: Number(port) };
  const proxy = await startTcpProxy(postgres);
  let refused = 0;
  const nobody = createServer((socket) => {
    socket.destroy();
    if (++refused === REFUSALS) proxy.leadTo(postgres);
  });
  const away = { host: "127.0.0.1", port: await listening(nobody) };
  const server = await mailServer(() => {
    if (refused === 0) {
      proxy.leadTo(away);
      proxy.cut();
    }
    return "250 2.0.0 taken";
  });
  const behindProxy = Object.assign(new URL(databaseUrl), { hostname: "127.0.0.1", port: String(proxy.port) });
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(workerConfig("smtp-away", { smtpUrl: server.url, databaseUrl: behindProxy.href }), {
    log,
  });
  const order = await shop.order({ Mug: 1 });
  const sent = await eventually("the note", async () => {
    const row = await delivery(database, order);
    return row?.sent_at == null ? undefined : row;
  });
  await worker.stop();
  await Promise.all([server.close(), proxy.close()]);
  await new Promise((resolve) => nobody.close(resolve));
  assert.ok(refused >= REFUSALS);
  assert.equal([sent.attempts, server.messages.length], [1, 1]);
});

test("a worker that is stopped finishes the e-mail in hand", async () => {
  const atServer = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  const server = await mailServer(async () => {
    atServer.resolve();
    await mayAnswer.promise;
    return "250 2.0.0 taken";
  });
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(workerConfig("smtp-slow", { smtpUrl: server.url }), { log });
  const order = await shop.order({ Mug: 1 });
  await atServer.promise;
  const stopped = worker.stop();
  mayAnswer.resolve();
  await stopped;
  await server.close();
  assert.ok((await delivery(database, order))?.sent_at instanceof Date);
});

test.run();
