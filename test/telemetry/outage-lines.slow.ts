/**
 * A part that goes away is one line of the log in each process that needs it, and its return another: whoever watches a
 * terminal sees what happened, and no stack.
 *
 * Method: a worker and an API as an operator starts them, behind proxies that lead nowhere for a while, with a mail
 * server and a receiver that leave; calls go on meanwhile.
 */
// time limit: 180 s
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startConsumers } from "../../src/outbox/outbox.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { newSecret } from "../../src/domains/notification/webhook/signature.ts";
import { databaseUrl, openTestDatabase, redisUrl } from "../support/environment.ts";
import { openMailShop } from "../support/mail-shop.ts";
import { startRunning } from "../support/running.ts";
import { smtpServer } from "../support/smtp-server.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { ok, receiver } from "../support/webhook-receiver.ts";

/** Longer than every pause between two tries at a part. */
const AWAY_MS = 12_000;
const WARN = 40;

/** Nobody listens on it: 1 is reserved (tcpmux), and not in use where tests run. */
const NOWHERE = { host: "127.0.0.1", port: 1 };

function targetOf(url: string) {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

/** The same URL through a proxy. */
async function through(url: string): Promise<{ url: string; proxy: TcpProxy }> {
  const proxy = await startTcpProxy(targetOf(url));
  return { proxy, url: Object.assign(new URL(url), { hostname: "127.0.0.1", port: String(proxy.port) }).href };
}

test("the mail server, a receiver, PostgreSQL and Redis go and come back: a line each, in each process that needs it", async () => {
  const database = openTestDatabase();
  await startConsumers(database, ["webhooks"]);
  const shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 100 } } });
  const [postgres, redis, mail] = [await through(databaseUrl), await through(redisUrl), await smtpServer()];
  const hook = await receiver(ok);
  const variables = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SMTP_URL: mail.url,
    OPS_PORT: "0",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
  };
  const worker = startRunning("worker", variables);
  const api = startRunning("serve", { ...variables, WORKERS: "1" });
  await worker.line("the worker has started");
  const { port } = await api.line("serving");
  const saidBy = (running: typeof worker, msg: string) =>
    until(msg, () => running.lines.some((line) => line.msg === msg));

  await mail.leave();
  await shop.order({ Mug: 1 });
  await saidBy(worker, "the mail server cannot be reached; e-mail waits");
  await until(
    "more attempts",
    async () =>
      Number((await runSql<{ sum: string }>(database, "SELECT sum(attempts) FROM email.deliveries"))[0]?.sum) >= 4,
  );
  await mail.comeBack();
  await saidBy(worker, "the mail server takes e-mail again");

  const webhookId = newId();
  await runSql(
    database,
    `INSERT INTO webhooks.webhooks (id, url, event_types, description, active, secret) VALUES ($1, $2, '{}', '', true, $3)`,
    [webhookId, hook.url, newSecret()],
  );
  await hook.close();
  const due = () =>
    runSql(
      database,
      "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) VALUES ($1, 'order.confirmed', '{}')",
      [webhookId],
    );
  for (let n = 0; n < 4; n++) await due();
  await saidBy(worker, "a webhook does not answer; what it is to be told waits");

  for (const [part, { proxy, url }] of [
    ["PostgreSQL", { ...postgres, url: databaseUrl }],
    ["Redis", { ...redis, url: redisUrl }],
  ] as const) {
    proxy.leadTo(NOWHERE);
    proxy.cut();
    for (const endMs = performance.now() + AWAY_MS; performance.now() < endMs; await sleep(100)) {
      await fetch(`http://127.0.0.1:${port}/bodega.inventory.v1.InventoryService/ListStores`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
    }
    proxy.leadTo(targetOf(url));
    for (const running of [worker, api]) await saidBy(running, `${part} is back`);
  }
  assert.equal([await worker.stop(), await api.stop()], [0, 0]);
  await Promise.all([postgres.proxy.close(), redis.proxy.close(), mail.leave(), database.close()]);

  const warned = (running: typeof worker) =>
    running.lines.filter(({ level }) => level >= WARN).map(({ msg, reason }) => `${msg.split(";")[0]}: ${reason}`);
  const worded = (words: string[]) => words.map((word) => word.replace(/: .*/, ""));
  assert.equal(
    worded(warned(worker)),
    ["the mail server cannot be reached", "a webhook does not answer", "PostgreSQL is away", "Redis is away"],
    warned(worker).join("\n"),
  );
  assert.equal(worded(warned(api)), ["PostgreSQL is away", "Redis is away"], warned(api).join("\n"));
  for (const line of [...worker.lines, ...api.lines]) assert.not.match(JSON.stringify(line), /\\n +at /);
});

test.run();
