/**
 * A worker that is killed over an e-mail leaves it to the next one.
 *
 * Method: the first worker is a process that is killed while the mail server keeps it waiting. Slow, because its claim
 * must end, and because a stalled job is looked for every few seconds.
 */
// time limit: 120 s
import { fork } from "node:child_process";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { log, openTestDatabase, workerConfig } from "../support/environment.ts";
import { mailServer } from "../support/mail-server.ts";
import { delivery, openMailShop } from "../support/mail-shop.ts";
import { eventually } from "../support/until.ts";

const PATIENCE_MS = 60_000;

test("the e-mail that a killed worker had in hand is sent by another, and its attempt is counted", async () => {
  const database = openTestDatabase();
  const reached = Promise.withResolvers<void>();
  let calls = 0;
  const server = await mailServer(() => {
    reached.resolve();
    return ++calls === 1 ? new Promise<string>(() => undefined) : "250 2.0.0 taken";
  });
  const shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 9 } } });
  const doomed = fork(path.join(import.meta.dirname, "doomed-worker.ts"), [server.url], { execArgv: [] });
  const order = await shop.order({ Mug: 1 });
  await reached.promise;
  doomed.kill("SIGKILL");
  await new Promise((resolve) => doomed.once("exit", resolve));

  const worker = await startWorker(workerConfig("heir", { smtpUrl: server.url }), { log });
  const ask = async () => ((await delivery(database, order))?.sent_at == null ? undefined : delivery(database, order));
  const sent = await eventually("the e-mail", ask, PATIENCE_MS);
  assert.is(sent.attempts, 2);
  assert.is(server.messages.length, 1);
  await worker.stop();
  await server.close();
  await database.close();
});

test("a worker that is killed when the mail server has answered and before it noted that: twice, with one Message-ID", async () => {
  const database = openTestDatabase();
  const locking = openTestDatabase();
  const shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 9 } } });
  const locked = await locking.transaction();
  const answered = Promise.withResolvers<void>();
  const server = await mailServer(async () => {
    if (server.messages.length > 0) return "250 2.0.0 taken";
    // Its note has to wait for this row, so that the worker dies over it.
    await locking.query("SELECT FROM email.deliveries FOR UPDATE", { transaction: locked });
    answered.resolve();
    return "250 2.0.0 taken";
  });
  const doomed = fork(path.join(import.meta.dirname, "doomed-worker.ts"), [server.url], { execArgv: [] });
  const order = await shop.order({ Mug: 1 });
  await answered.promise;
  await eventually("the note that waits", async () => {
    const rows = await runSql(
      database,
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE email.deliveries d SET claimed_until = NULL%'",
    );
    return rows[0];
  });
  doomed.kill("SIGKILL");
  await new Promise((resolve) => doomed.once("exit", resolve));
  // What a dead worker's connection still waits for must not be done when the lock goes.
  await runSql(
    database,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
  );
  await locked.rollback();

  const worker = await startWorker(workerConfig("second heir", { smtpUrl: server.url }), { log });
  const ask = async () => ((await delivery(database, order))?.sent_at == null ? undefined : delivery(database, order));
  assert.is((await eventually("the e-mail", ask, PATIENCE_MS)).attempts, 2);
  await worker.stop();
  await server.close();
  const ids = server.messages.map((message) => /^Message-ID: (.*)$/m.exec(message)?.[1]);
  assert.equal(ids, [ids[0], ids[0]]);
  assert.match(ids[0] ?? "", order.id);
  await Promise.all([database.close(), locking.close()]);
});

test.run();
