/**
 * What happens to orders reaches every webhook that wants it, at least once, whatever dies on the way.
 *
 * Method: real orders, the real worker, real receivers. Where a test does not wait for the time of the next attempt, it
 * moves that time in the table.
 */
// time limit: 120 s
import { fork } from "node:child_process";
import path from "node:path";
import { fromJson } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { Webhook as Verifier } from "standardwebhooks";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { type OrderEvent, OrderEventSchema } from "../../gen/bodega/order/v1/order_event_pb.ts";
import { ChangeWriter } from "../../src/order/change-writer.ts";
import { OrderChanges } from "../../src/order/changes.ts";
import { Orders } from "../../src/order/orders.ts";
import { startConsumers } from "../../src/outbox/outbox.ts";
import type { Config } from "../../src/platform/config.ts";
import { execute, select } from "../../src/platform/database.ts";
import { isSealed, unseal } from "../../src/platform/key-encryption.ts";
import { PageTokens } from "../../src/platform/page-token.ts";
import { Promotions } from "../../src/promotion/promotions.ts";
import { AddressGuard } from "../../src/webhook/address-guard.ts";
import { webhookBacklog } from "../../src/webhook/backlog.ts";
import { type Share, WebhookDeliveries } from "../../src/webhook/deliveries.ts";
import { DeliveryLog } from "../../src/webhook/delivery-log.ts";
import { MAX_TRIES, PAUSES_SECONDS } from "../../src/webhook/retries.ts";
import { newSecret } from "../../src/webhook/signature.ts";
import { Webhooks } from "../../src/webhook/webhooks.ts";
import { startWorker } from "../../src/worker.ts";
import { type MailShop, openMailShop } from "../email/mail-shop.ts";
import { log, openTestDatabase, workerConfig } from "../support/given.ts";
import { eventually, until } from "../support/until.ts";
import { type Answering, LOOPBACK, never, ok, type Received, receiver } from "./receiver.ts";

const PRODUCTS = { Mug: { price: 250n, stock: 1_000 } };
const pageTokens = new PageTokens(Buffer.alloc(32));

let database: Sequelize;
let shop: MailShop;
let webhooks: Webhooks;
let deliveryLog: DeliveryLog;

test.before(async () => {
  database = openTestDatabase();
  // It begins with the events of its first start, and tests place orders before they start a worker.
  await startConsumers(database, ["webhooks"]);
  shop = await openMailShop(database, { products: PRODUCTS });
  webhooks = new Webhooks(database, { pageTokens, guard: new AddressGuard({ allowed: LOOPBACK }), encryptionKey: undefined });
  deliveryLog = new DeliveryLog(database, pageTokens);
});
test.after(() => database.close());

test.before.each(async () => {
  await execute(database, "DELETE FROM webhooks.deliveries");
  await execute(database, "DELETE FROM webhooks.webhooks");
});

const open: (() => Promise<unknown>)[] = [];

// A test that fails leaves nothing behind that works on the next one's deliveries.
test.after.each(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function working(name: string, changes: Partial<Config> = {}) {
  const worker = await startWorker(workerConfig(name, { webhookNetworks: LOOPBACK, ...changes }), { log });
  open.push(() => worker.stop());
  return worker;
}

async function receiving(answering: Answering) {
  const hook = await receiver(answering);
  open.unshift(() => hook.close());
  return hook;
}

function hooked(url: string, eventTypes: string[] = [], active = true) {
  return webhooks.create({ url, eventTypes, description: "", active });
}

interface Row {
  id: string;
  status: string;
  attempts: number;
  response_status: number;
  error: string;
  /** Until the next attempt; null: there is none. */
  wait: number | null;
}

async function rows(webhookId: string): Promise<Row[]> {
  return select<Row>(
    database,
    `SELECT id, status, attempts, response_status, error, extract(epoch FROM next_attempt_at - last_attempt_at)::float8 AS wait
     FROM webhooks.deliveries WHERE webhook_id = $1 ORDER BY id`,
    [webhookId],
  );
}

/** Waits until the webhook's deliveries are as many, and stand so. */
async function untilAll(webhookId: string, status: string, count: number): Promise<Row[]> {
  return eventually(`${count} deliveries that are ${status}`, async () => {
    const found = await rows(webhookId);
    return found.length === count && found.every((row) => row.status === status) ? found : undefined;
  });
}

function eventOf({ body }: Received): OrderEvent {
  return fromJson(OrderEventSchema, JSON.parse(body).data);
}

/** Makes everything that waits due now. */
async function hurry(): Promise<void> {
  await execute(database, "UPDATE webhooks.deliveries SET next_attempt_at = now() WHERE status = 'PENDING' AND leased_until IS NULL");
}

test("each change of an order reaches the webhooks that want it, signed, with the order as of then and its number", async () => {
  const all = await receiving(ok);
  const some = await receiving(ok);
  const [hook, picky, silent] = [await hooked(all.url), await hooked(some.url, ["order.cancelled"]), await hooked(some.url, [], false)];
  const worker = await working("changes");
  const order = await shop.order({ Mug: 2 });
  await untilAll(hook.webhook.id, "SUCCEEDED", 1);
  const writer = new ChangeWriter(database, { promotions: new Promotions(database), onEvents: () => undefined });
  const changes = new OrderChanges(database, { orders: new Orders(database, pageTokens), writer });
  await changes.change(order.id, { step: "cancel", ownedBy: "anybody", etag: "", actorId: shop.userId }, {});
  await untilAll(hook.webhook.id, "SUCCEEDED", 2);
  await untilAll(picky.webhook.id, "SUCCEEDED", 1);
  await worker.stop();

  assert.equal(all.received.map(({ body }) => JSON.parse(body).type), ["order.confirmed", "order.cancelled"]);
  const [confirmed, cancelled] = all.received.map(eventOf);
  assert.equal([confirmed?.sequence, confirmed?.order?.id, confirmed?.order?.status], [1, order.id, OrderStatus.CONFIRMED]);
  assert.equal([cancelled?.sequence, cancelled?.order?.id, cancelled?.order?.status], [2, order.id, OrderStatus.CANCELLED]);
  assert.is(confirmed?.order?.items[0]?.quantityRequested, 2);
  assert.equal(some.received.map(({ body }) => JSON.parse(body).type), ["order.cancelled"]);
  assert.equal(await rows(silent.webhook.id), []);
  for (const { body, headers, id } of all.received) {
    new Verifier(hook.secret).verify(body, headers as Record<string, string>);
    assert.ok((await rows(hook.webhook.id)).some((row) => row.id === id));
  }
});

test("an event is told as of its own change, however much later it is sent", async () => {
  const all = await receiving(ok);
  const { webhook } = await hooked(all.url);
  const order = await shop.order({ Mug: 1 });
  const writer = new ChangeWriter(database, { promotions: new Promotions(database), onEvents: () => undefined });
  const changes = new OrderChanges(database, { orders: new Orders(database, pageTokens), writer });
  await changes.change(order.id, { step: "cancel", ownedBy: "anybody", etag: "", actorId: shop.userId }, {});
  const worker = await working("as-of-later");
  await untilAll(webhook.id, "SUCCEEDED", 2);
  await worker.stop();
  const byNumber = all.received.map(eventOf).sort((a, b) => a.sequence - b.sequence);
  assert.equal(byNumber.map(({ order }) => order?.status), [OrderStatus.CONFIRMED, OrderStatus.CANCELLED]);
});

test("a receiver that answers 500 and then 200 gets the same message with the same id again, after a pause", async () => {
  let calls = 0;
  const hook = await receiving((response) => void response.writeHead(++calls === 1 ? 500 : 200).end("hm"));
  const { webhook } = await hooked(hook.url);
  const worker = await working("again");
  await shop.order({ Mug: 1 });
  const [failed] = await eventually("the first answer", async () => {
    const found = await rows(webhook.id);
    return found[0]?.response_status === 500 ? found : undefined;
  });
  assert.equal([failed?.status, failed?.attempts, failed?.error], ["PENDING", 1, ""]);
  const [pause] = PAUSES_SECONDS;
  assert.ok(failed?.wait != null && failed.wait >= pause, `${failed?.wait} s`);
  await hurry();
  const [row] = await untilAll(webhook.id, "SUCCEEDED", 1);
  await worker.stop();
  assert.equal([row?.attempts, row?.response_status, row?.wait], [2, 200, null]);
  const [one, two] = hook.received;
  assert.is(hook.received.length, 2);
  assert.equal([two?.id, two?.body], [one?.id, one?.body]);
});

test("after all its attempts a delivery has failed; the pauses are those of the table and a part more; replayed, it has as many again", async () => {
  const hook = await receiving((response) => void response.writeHead(500).end());
  const { webhook } = await hooked(hook.url);
  const deliveries = new WebhookDeliveries(database);
  await execute(database, "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) VALUES ($1, 'order.confirmed', '{}')", [webhook.id]);
  const failure = { succeeded: false, status: 500, body: "", error: "", durationMs: 1 };
  const room = { total: 1, slow: 1, shares: new Map<string, Share>() };
  let id = "";
  for (const pause of [...PAUSES_SECONDS, null]) {
    const [taken] = await deliveries.take(room);
    if (taken === undefined) throw new Error("nothing was due");
    id = taken.id;
    const status = await deliveries.note(taken, failure);
    const [row] = await rows(webhook.id);
    assert.is(status, pause === null ? "FAILED" : "PENDING");
    // Both times are of one clock, and the attempt took no time to speak of.
    if (pause === null) assert.is(row?.wait, null);
    else assert.ok(row?.wait != null && row.wait >= pause && row.wait <= pause * 1.2 + 30, `${row?.wait} s after a pause of ${pause}`);
    await hurry();
  }
  assert.ok(PAUSES_SECONDS.reduce((sum, pause) => sum + pause, 0) >= 24 * 3_600);
  assert.equal(await deliveries.take(room), []);
  await deliveryLog.replay(id, {});
  const [again] = await deliveries.take(room);
  assert.equal([again?.id, again?.attempts, again?.tries], [id, MAX_TRIES + 1, 1]);
});

test("a message that kills its workers ends too, without being sent once more", async () => {
  const hook = await receiving(ok);
  const { webhook } = await hooked(hook.url);
  await execute(
    database,
    "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload, attempts, tries) VALUES ($1, 'order.confirmed', '{}', $2, $2)",
    [webhook.id, MAX_TRIES],
  );
  const worker = await working("poison");
  const [row] = await untilAll(webhook.id, "FAILED", 1);
  await worker.stop();
  assert.match(row?.error ?? "", "ended with their workers");
  assert.is(hook.received.length, 0);
});

test("a receiver that hangs keeps nobody else waiting, and is called once at a time", async () => {
  const hanging = await receiving(never);
  const quick = await receiving(ok);
  const [slow, fast] = [await hooked(hanging.url), await hooked(quick.url)];
  await execute(
    database,
    `INSERT INTO webhooks.deliveries (webhook_id, event_type, payload, next_attempt_at)
     SELECT $1, 'order.confirmed', '{}', now() - interval '1 hour' FROM generate_series(1, 100)`,
    [slow.webhook.id],
  );
  const worker = await working("hanging");
  await until("the hanging receiver is called", () => hanging.received.length === 1);
  await execute(
    database,
    "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) SELECT $1, 'order.confirmed', '{}' FROM generate_series(1, 20)",
    [fast.webhook.id],
  );
  await untilAll(fast.webhook.id, "SUCCEEDED", 20);
  const [inHand] = await select<{ count: string }>(database, "SELECT count(*) FROM webhooks.deliveries WHERE webhook_id = $1 AND leased_until > now()", [slow.webhook.id]);
  assert.is(inHand?.count, "1");
  await hanging.close();
  await webhooks.delete(slow.webhook.id, { etag: "" });
  await worker.stop();
});

test("any number of receivers that hang take a part of a worker, and those that answer go on", async () => {
  const hanging = await receiving(never);
  const quick = await receiving(ok);
  const due = "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) SELECT id, 'order.confirmed', '{}' FROM webhooks.webhooks, generate_series(1, $2) WHERE starts_with(url, $1)";
  const { webhook } = await hooked(quick.url);
  const worker = await working("many-hanging");
  await execute(database, due, [quick.url, 1]);
  await untilAll(webhook.id, "SUCCEEDED", 1);
  await execute(
    database,
    `INSERT INTO webhooks.webhooks (id, url, event_types, description, active, secret)
     SELECT uuidv7(), $1 || n, '{}', '', true, $2 FROM generate_series(1, 300) n`,
    [hanging.url, newSecret()],
  );
  await execute(database, due, [hanging.url, 3]);
  await until("those that hang have their part", () => hanging.received.length === 192);
  await execute(database, due, [quick.url, 99]);
  await untilAll(webhook.id, "SUCCEEDED", 100);
  assert.is(new Set(hanging.received.map(({ path }) => path)).size, hanging.received.length, "one at a time");
  await hanging.close();
  await execute(database, "DELETE FROM webhooks.webhooks");
  await worker.stop();
});

test("of many webhooks those with the least in hand come first", async () => {
  const [busy, idle] = [await hooked("http://127.0.0.1:1/"), await hooked("http://127.0.0.1:2/")];
  for (const { webhook } of [busy, idle]) {
    await execute(
      database,
      "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) SELECT $1, 'order.confirmed', '{}' FROM generate_series(1, 9)",
      [webhook.id],
    );
  }
  const taken = await new WebhookDeliveries(database).take({
    total: 4,
    slow: 0,
    shares: new Map([[busy.webhook.id, { inHand: 2, most: 4 }], [idle.webhook.id, { inHand: 0, most: 4 }]]),
  });
  const of = (id: string) => taken.filter(({ webhookId }) => webhookId === id).length;
  assert.equal([of(busy.webhook.id), of(idle.webhook.id)], [1, 3]);
});

test("what waits for a deleted webhook is not sent, nor what waits for an inactive one until it is active again", async () => {
  const hook = await receiving(ok);
  const [gone, paused] = [await hooked(`${hook.url}gone`), await hooked(`${hook.url}paused`)];
  for (const { webhook } of [gone, paused]) {
    await execute(database, "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) VALUES ($1, 'order.confirmed', '{}')", [webhook.id]);
  }
  await webhooks.delete(gone.webhook.id, { etag: "" });
  await webhooks.update(paused.webhook.id, { active: false }, { etag: "" });
  assert.is((await webhookBacklog(database)).waiting, 0);
  assert.equal(await new WebhookDeliveries(database).take({ total: 9, slow: 9, shares: new Map() }), []);
  await webhooks.update(paused.webhook.id, { active: true }, { etag: "" });
  const backlog = await webhookBacklog(database);
  assert.equal([backlog.queue, backlog.waiting, backlog.deadLetters], ["webhooks", 1, 0]);
  assert.ok(backlog.oldestSeconds > 0);
  const worker = await working("paused");
  await untilAll(paused.webhook.id, "SUCCEEDED", 1);
  await worker.stop();
  assert.equal(hook.received.map(({ path }) => path), ["/paused"]);
});

test("a secret that was made before there was a key is encrypted by the first worker that has one, and stays the same", async () => {
  const hook = await receiving(ok);
  const { webhook, secret } = await hooked(hook.url);
  const key = Buffer.alloc(32, 7);
  const worker = await working("sealing", { keyEncryptionKey: key });
  await eventually("an encrypted secret", async () => {
    const [row] = await select<{ secret: string }>(database, "SELECT secret FROM webhooks.webhooks WHERE id = $1", [webhook.id]);
    return row !== undefined && isSealed(row.secret) && unseal(row.secret, { id: webhook.id, key }) === secret ? row : undefined;
  });
  await shop.order({ Mug: 1 });
  await untilAll(webhook.id, "SUCCEEDED", 1);
  await worker.stop();
  for (const { body, headers } of hook.received) new Verifier(secret).verify(body, headers as Record<string, string>);
});

test("three workers send each delivery once", async () => {
  const hook = await receiving(ok);
  const { webhook } = await hooked(hook.url);
  await execute(
    database,
    "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) SELECT $1, 'order.confirmed', '{}' FROM generate_series(1, 200)",
    [webhook.id],
  );
  const workers = await Promise.all(["one", "two", "three"].map((name) => working(name)));
  await untilAll(webhook.id, "SUCCEEDED", 200);
  await Promise.all(workers.map((worker) => worker.stop()));
  assert.is(hook.received.length, 200);
  assert.is(new Set(hook.received.map(({ id }) => id)).size, 200);
});

test("a worker killed in the middle of its sends loses nothing: another sends the same again with the same ids", async () => {
  let answering: Answering = never;
  const hook = await receiving((response, message) => answering(response, message));
  const { webhook } = await hooked(hook.url);
  const doomed = fork(path.join(import.meta.dirname, "doomed-worker.ts"), { execArgv: [] });
  open.push(async () => doomed.kill("SIGKILL"));
  const orders = new Set<string>();
  for (let n = 0; n < 10; n++) orders.add((await shop.order({ Mug: 1 })).id);
  await until("a message is on its way", () => hook.received.length === 1);
  doomed.kill("SIGKILL");
  await new Promise((resolve) => doomed.once("exit", resolve));
  const cut = hook.received.map(({ id }) => id);
  answering = ok;

  // What a dead worker had in hand is due when its lease is over; this one is not waited for.
  await execute(database, "UPDATE webhooks.deliveries SET leased_until = now() WHERE leased_until IS NOT NULL");
  const heir = await working("heir");
  await untilAll(webhook.id, "SUCCEEDED", 10);
  await heir.stop();
  const told = new Map(hook.received.slice(1).map((message) => [message.id, eventOf(message).order?.id]));
  assert.equal(new Set(told.values()), orders);
  for (const id of cut) assert.ok(told.has(id), `${id} was not sent again`);
  assert.is(hook.received.length, 11);
});

test("an attempt that was overtaken writes nothing", async () => {
  const { webhook } = await hooked("http://127.0.0.1:1/");
  await execute(database, "INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) VALUES ($1, 'order.confirmed', '{}')", [webhook.id]);
  const deliveries = new WebhookDeliveries(database);
  const room = { total: 1, slow: 1, shares: new Map<string, Share>() };
  const [first] = await deliveries.take(room);
  assert.equal(await deliveries.take(room), [], "it is in hand");
  await execute(database, "UPDATE webhooks.deliveries SET leased_until = now()");
  const [second] = await deliveries.take(room);
  if (first === undefined || second === undefined) throw new Error("it was not taken twice");
  assert.is(await deliveries.note(first, { succeeded: true, status: 200, body: "late", error: "", durationMs: 1 }), undefined);
  assert.is((await rows(webhook.id))[0]?.status, "PENDING");
  assert.is(await deliveries.note(second, { succeeded: true, status: 200, body: "", error: "", durationMs: 1 }), "SUCCEEDED");
});

test.run();
