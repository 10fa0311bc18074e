/**
 * What the tests of sending begin with: a shop, workers that may call loopback, receivers, webhooks and what each is to
 * be told.
 */
import type { Sequelize } from "sequelize";
import { suite } from "uvu";
import { startConsumers } from "../../src/outbox/outbox.ts";
import type { Config } from "../../src/platform/config/config.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { PageTokens } from "../../src/platform/wire/page-token.ts";
import { AddressGuard } from "../../src/domains/notification/webhook/address-guard.ts";
import { Webhooks } from "../../src/domains/notification/webhook/webhooks.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { log, openTestDatabase, workerConfig } from "../support/environment.ts";
import { type MailShop, openMailShop } from "../support/mail-shop.ts";
import { eventually } from "../support/until.ts";
import { type Answering, LOOPBACK, type Receiver, receiver } from "../support/webhook-receiver.ts";

/** A delivery as it lies in the database. */
export interface Row {
  id: string;
  status: string;
  attempts: number;
  response_status: number;
  error: string;
  /** Seconds from the last attempt until the next; null: there is none. */
  wait: number | null;
}

export interface Stage {
  database: Sequelize;
  /** It sells mugs. */
  shop: MailShop;
  webhooks: Webhooks;
  /** A worker, by a name that no other has. */
  working(name: string, changes?: Partial<Config>): Promise<{ stop(): Promise<void> }>;
  receiving(answering: Answering): Promise<Receiver>;
  /** Active and of all events, unless told. */
  hooked(url: string, terms?: { eventTypes?: string[]; active?: boolean }): Promise<{ id: string; secret: string }>;
  /** Deliveries that are due, as the relay makes them. */
  due(webhookId: string, count: number): Promise<void>;
  rows(webhookId: string): Promise<Row[]>;
  /** Waits until the webhook's deliveries are as many, and stand so. */
  untilAll(webhookId: string, status: string, count: number): Promise<Row[]>;
  /** Makes everything that waits due now, as if so many seconds had passed. */
  hurry(seconds?: number): Promise<void>;
  /** Closes this too when the test is over. */
  alsoClose(close: () => Promise<unknown>): void;
  clear(): Promise<void>;
}

/** Each test begins without a webhook; one that fails leaves nothing behind that works on the next one's deliveries. */
export function suiteOnStage(name: string) {
  const test = suite<Stage>(name);
  test.before(async (stage) => void Object.assign(stage, await openStage()));
  test.after.each((stage) => stage.clear());
  test.after((stage) => stage.database.close());
  return test;
}

async function openStage(): Promise<Stage> {
  const database = openTestDatabase();
  // It begins with the events of its first start, and tests place orders before they start a worker.
  await startConsumers(database, ["webhooks"]);
  const shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 1_000 } } });
  const webhooks = new Webhooks(database, {
    pageTokens: new PageTokens(Buffer.alloc(32)),
    guard: new AddressGuard({ allowed: LOOPBACK }),
    encryptionKey: undefined,
  });
  const open: (() => Promise<unknown>)[] = [];
  const rows = (webhookId: string) => rowsOf(database, webhookId);

  return {
    database,
    shop,
    webhooks,
    rows,
    async working(name, changes = {}) {
      const worker = await startWorker(workerConfig(name, { webhookNetworks: LOOPBACK, ...changes }), { log });
      open.push(() => worker.stop());
      return worker;
    },
    async receiving(answering) {
      const hook = await receiver(answering);
      // Before the workers, or one that is being stopped would wait for a receiver that hangs.
      open.unshift(() => hook.close());
      return hook;
    },
    async hooked(url, { eventTypes = [], active = true } = {}) {
      const { webhook, secret } = await webhooks.create({ url, eventTypes, description: "", active });
      return { id: webhook.id, secret };
    },
    due: (webhookId, count) => insertDue(database, webhookId, count),
    untilAll: (webhookId, status, count) =>
      eventually(`${count} deliveries that are ${status}`, async () => {
        const found = await rows(webhookId);
        return found.length === count && found.every((row) => row.status === status) ? found : undefined;
      }),
    hurry: (seconds = 0) => makeAllDue(database, seconds),
    alsoClose: (close) => void open.push(close),
    async clear() {
      await Promise.all(open.splice(0).map((close) => close()));
      await runSql(database, "DELETE FROM webhooks.deliveries");
      await runSql(database, "DELETE FROM webhooks.webhooks");
    },
  };
}

function rowsOf(database: Sequelize, webhookId: string): Promise<Row[]> {
  return runSql<Row>(
    database,
    `SELECT id, status, attempts, response_status, error, extract(epoch FROM next_attempt_at - last_attempt_at)::float8 AS wait
     FROM webhooks.deliveries WHERE webhook_id = $1 ORDER BY id`,
    [webhookId],
  );
}

async function insertDue(database: Sequelize, webhookId: string, count: number): Promise<void> {
  await runSql(
    database,
    "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) SELECT $1, 'order.confirmed', '{}' FROM generate_series(1, $2)",
    [webhookId, count],
  );
}

async function makeAllDue(database: Sequelize, seconds: number): Promise<void> {
  await runSql(
    database,
    `UPDATE webhooks.deliveries SET next_attempt_at = now(), first_attempt_at = first_attempt_at - make_interval(secs => $1)
     WHERE status = 'PENDING' AND leased_until IS NULL`,
    [seconds],
  );
}
