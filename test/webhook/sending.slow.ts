/**
 * What happens to orders reaches every webhook that wants it, as it was then and signed, and again after a failure.
 *
 * Method: real orders, the real worker, real receivers. Where a test does not wait for the time of the next attempt, it
 * moves that time in the table.
 */
// time limit: 120 s
import type { Sequelize } from "sequelize";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { isEncrypted, decrypt } from "../../src/platform/crypto/secret-encryption.ts";
import { webhookChannel } from "../../src/domains/notification/webhook/channel.ts";
import { WebhookDeliveries } from "../../src/domains/notification/webhook/deliveries.ts";
import { changesOn } from "../support/order-repositories.ts";
import { eventually } from "../support/until.ts";
import { eventOf, ok, verified } from "../support/webhook-receiver.ts";
import { suiteOnStage } from "./stage.ts";

const test = suiteOnStage("sending");

async function cancel(database: Sequelize, { orderId, actorId }: { orderId: string; actorId: string }): Promise<void> {
  await changesOn(database).change(orderId, { step: "cancel", ownedBy: "anybody", etag: "", actorId }, {});
}

test("each change of an order reaches the webhooks that want it, signed, with the order as of then and its number", async ({
  database,
  shop,
  working,
  receiving,
  hooked,
  rows,
  untilAll,
}) => {
  const all = await receiving(ok);
  const some = await receiving(ok);
  const [hook, picky, silent] = [
    await hooked(all.url),
    await hooked(some.url, { eventTypes: ["order.cancelled"] }),
    await hooked(some.url, { active: false }),
  ];
  const worker = await working("changes");
  const order = await shop.order({ Mug: 2 });
  await untilAll(hook.id, "SUCCEEDED", 1);
  await cancel(database, { orderId: order.id, actorId: shop.userId });
  await untilAll(hook.id, "SUCCEEDED", 2);
  await untilAll(picky.id, "SUCCEEDED", 1);
  await worker.stop();

  assert.equal(
    all.received.map(({ body }) => JSON.parse(body).type),
    ["order.confirmed", "order.cancelled"],
  );
  const [confirmed, cancelled] = all.received.map(eventOf);
  assert.equal(
    [confirmed?.sequence, confirmed?.order?.id, confirmed?.order?.status],
    [1, order.id, OrderStatus.CONFIRMED],
  );
  assert.equal(
    [cancelled?.sequence, cancelled?.order?.id, cancelled?.order?.status],
    [2, order.id, OrderStatus.CANCELLED],
  );
  assert.is(confirmed?.order?.items[0]?.quantityRequested, 2);
  assert.equal(
    some.received.map(({ body }) => JSON.parse(body).type),
    ["order.cancelled"],
  );
  assert.equal(await rows(silent.id), []);
  for (const message of all.received) verified(hook.secret, message);
  assert.equal(
    all.received.map(({ id }) => id),
    (await rows(hook.id)).map(({ id }) => id),
  );
});

test("an event is told as of its own change, however much later it is sent", async ({
  database,
  shop,
  working,
  receiving,
  hooked,
  untilAll,
}) => {
  const all = await receiving(ok);
  const webhook = await hooked(all.url);
  const order = await shop.order({ Mug: 1 });
  await cancel(database, { orderId: order.id, actorId: shop.userId });
  const worker = await working("as-of-later");
  await untilAll(webhook.id, "SUCCEEDED", 2);
  await worker.stop();
  const byNumber = all.received.map(eventOf).sort((a, b) => a.sequence - b.sequence);
  assert.equal(
    byNumber.map(({ order }) => order?.status),
    [OrderStatus.CONFIRMED, OrderStatus.CANCELLED],
  );
});

test("a receiver that answers 500 and then 200 gets the same message with the same id again, after a pause", async ({
  shop,
  working,
  receiving,
  hooked,
  rows,
  untilAll,
  hurry,
}) => {
  let calls = 0;
  const hook = await receiving((response) => void response.writeHead(++calls === 1 ? 500 : 200).end("hm"));
  const webhook = await hooked(hook.url);
  const worker = await working("again");
  await shop.order({ Mug: 1 });
  const [failed] = await eventually("the first answer", async () => {
    const found = await rows(webhook.id);
    return found[0]?.response_status === 500 ? found : undefined;
  });
  assert.equal([failed?.status, failed?.attempts, failed?.error], ["PENDING", 1, ""]);
  const [pause = 0] = webhookChannel.schedule.pausesSeconds;
  assert.ok(failed?.wait != null && failed.wait >= pause, `${failed?.wait} s`);
  await hurry();
  const [row] = await untilAll(webhook.id, "SUCCEEDED", 1);
  await worker.stop();
  assert.equal([row?.attempts, row?.response_status, row?.wait], [2, 200, null]);
  const [one, two] = hook.received;
  assert.is(hook.received.length, 2);
  assert.equal([two?.id, two?.body], [one?.id, one?.body]);
});

test("what waits for a deleted webhook is not sent, nor what waits for an inactive one until it is active again", async ({
  database,
  webhooks,
  working,
  receiving,
  hooked,
  due,
  untilAll,
}) => {
  const hook = await receiving(ok);
  const [gone, paused] = [await hooked(`${hook.url}gone`), await hooked(`${hook.url}paused`)];
  for (const { id } of [gone, paused]) await due(id, 1);
  await webhooks.delete(gone.id, { etag: "" });
  await webhooks.update(paused.id, { active: false }, { etag: "" });
  const deliveries = new WebhookDeliveries(database);
  assert.is((await deliveries.backlog()).waiting, 0);
  assert.equal(await deliveries.take({ total: 9, slow: 9, shares: new Map() }), []);
  await webhooks.update(paused.id, { active: true }, { etag: "" });
  const backlog = await deliveries.backlog();
  assert.equal([backlog.queue, backlog.waiting, backlog.deadLetters], ["webhooks", 1, 0]);
  assert.ok(backlog.oldestSeconds > 0);
  const worker = await working("paused");
  await untilAll(paused.id, "SUCCEEDED", 1);
  await worker.stop();
  assert.equal(
    hook.received.map(({ path }) => path),
    ["/paused"],
  );
});

test("a secret that was made before there was a key is encrypted by the first worker that has one, and stays the same", async ({
  database,
  shop,
  working,
  receiving,
  hooked,
  untilAll,
}) => {
  const hook = await receiving(ok);
  const webhook = await hooked(hook.url);
  const key = Buffer.alloc(32, 7);
  const worker = await working("sealing", { keyEncryptionKey: key });
  await eventually("an encrypted secret", async () => {
    const [row] = await runSql<{ secret: string }>(database, "SELECT secret FROM webhooks.webhooks WHERE id = $1", [
      webhook.id,
    ]);
    return row !== undefined &&
      isEncrypted(row.secret) &&
      decrypt(row.secret, { id: webhook.id, key }) === webhook.secret
      ? row
      : undefined;
  });
  await shop.order({ Mug: 1 });
  await untilAll(webhook.id, "SUCCEEDED", 1);
  await worker.stop();
  verified(webhook.secret, hook.received[0]);
});

test.run();
