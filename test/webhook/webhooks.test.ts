/**
 * Webhooks over the API: an admin makes, lists, changes, tries and deletes them, and sees what each was told.
 *
 * Method: a real API, and real receivers on loopback, which its configuration permits.
 */
import { create } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type WebhookDelivery, WebhookDeliveryStatus } from "../../gen/bodega/notification/v1/webhook_delivery_pb.ts";
import { type Webhook, WebhookSchema } from "../../gen/bodega/notification/v1/webhook_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { firstIdAt, newId } from "../../src/platform/wire/uuid.ts";
import { WebhookDeliveries } from "../../src/domains/notification/webhook/deliveries.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { until } from "../support/until.ts";
import { never, ok, receiver, verified } from "../support/webhook-receiver.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const DAY_MS = 86_400_000;
const NOWHERE = "https://shop.example/hook";

let api: TestApi;
let admin: TestUser;

test.before(async () => {
  // Two connections, so that one that is held while somebody waits is missed.
  api = await startTestApi({ WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8", KEY_ENCRYPTION_KEY: KEY, DB_POOL: "2" });
  admin = await api.signUp("ADMIN");
});
test.after(() => api.stop());

test.before.each(async () => {
  await runSql(api.database, "DELETE FROM webhooks.webhooks");
  await runSql(api.database, "DELETE FROM webhooks.deliveries");
});

function asAdmin() {
  return api.clients({ token: admin.token }).notification;
}

async function made(
  wish: { url?: string; eventTypes?: string[]; active?: boolean } = {},
): Promise<Webhook & { secret: string }> {
  const { webhook, secret } = await asAdmin().createWebhook({ webhook: { url: NOWHERE, ...wish } });
  return { ...create(WebhookSchema, webhook), secret };
}

/** Deliveries as the relay writes them. @returns their ids, the oldest first */
async function told(webhookId: string, count: number): Promise<string[]> {
  const rows = await runSql<{ id: string }>(
    api.database,
    `INSERT INTO webhooks.deliveries (webhook_id, event_type, order_id, payload)
     SELECT $1, 'order.confirmed', $2, '{}' FROM generate_series(1, $3::integer) RETURNING id`,
    [webhookId, newId(), count],
  );
  return rows.map(({ id }) => id);
}

test("a webhook is made as it was wished, active unless told, and its secret is shown once", async () => {
  const { webhook, secret } = await asAdmin().createWebhook({
    webhook: {
      id: newId(),
      url: `${NOWHERE}?a=1`,
      eventTypes: ["order.shipped", "order.confirmed"],
      description: "the warehouse",
    },
  });
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.is(webhook?.url, `${NOWHERE}?a=1`);
  assert.equal(webhook?.eventTypes, ["order.shipped", "order.confirmed"]);
  assert.is(webhook?.description, "the warehouse");
  assert.is(webhook?.active, true);
  assert.equal(webhook?.createTime, webhook?.updateTime);
  const { webhooks } = await asAdmin().listWebhooks({});
  assert.equal(webhooks, [webhook]);
  assert.is((await made({ active: false })).active, false);
});

test("a repeated creation gives the same secret again and makes no second webhook; the secret lies nowhere in clear", async () => {
  const request = { webhook: { url: NOWHERE }, requestId: newId() };
  const first = await asAdmin().createWebhook(request);
  const again = await asAdmin().createWebhook(request);
  assert.equal(again, first);
  assert.is((await asAdmin().listWebhooks({})).webhooks.length, 1);
  assert.is(
    await reasonOf(asAdmin().createWebhook({ ...request, webhook: { url: `${NOWHERE}2` } })),
    "REQUEST_ID_REUSED",
  );
  const [kept] = await runSql<{ secret: string; response: Buffer }>(
    api.database,
    "SELECT w.secret, r.response FROM webhooks.webhooks w, platform.requests r WHERE w.id = $1 AND r.request_id = $2",
    [first.webhook?.id, request.requestId],
  );
  assert.match(kept?.secret ?? "", /^aes-256-gcm\$/);
  assert.is(kept?.response.includes("whsec_"), false);
  await asAdmin().deleteWebhook({ id: first.webhook?.id ?? "" });
  assert.is((await asAdmin().createWebhook(request)).secret, "");
});

test("an address that may not be called is refused when it is given, in a create and in an update", async () => {
  const { id } = await made();
  for (const url of [
    "http://10.0.0.1/",
    "http://2852039166/latest/",
    "https://[::1]/",
    "http://[::ffff:169.254.169.254]/",
  ]) {
    const refused = { code: "InvalidArgument", reason: "INVALID_FIELDS", fields: ["webhook.url"], metadata: {} };
    assert.equal(await refusalOf(asAdmin().createWebhook({ webhook: { url } })), refused, url);
    assert.equal(await refusalOf(asAdmin().updateWebhook({ webhook: { id, url } })), refused, url);
  }
  const strict = await startTestApi({ KEY_ENCRYPTION_KEY: KEY });
  try {
    const notification = strict.clients({ token: (await strict.signUp("ADMIN")).token }).notification;
    assert.is(
      await reasonOf(notification.createWebhook({ webhook: { url: "http://127.0.0.1:9090/" } })),
      "INVALID_FIELDS",
    );
    assert.is(
      await reasonOf(notification.createWebhook({ webhook: { url: "http://localhost:9090/" } })),
      "INVALID_FIELDS",
    );
  } finally {
    await strict.stop();
  }
});

test("webhooks are listed newest first, page by page, all or by whether they are active", async () => {
  const ids: string[] = [];
  for (const active of [true, false, true, false, true]) ids.unshift((await made({ active })).id);
  const first = await asAdmin().listWebhooks({ pageSize: 2 });
  const second = await asAdmin().listWebhooks({ pageSize: 2, pageToken: first.nextPageToken });
  const third = await asAdmin().listWebhooks({ pageSize: 2, pageToken: second.nextPageToken });
  assert.equal(
    [first, second, third].flatMap(({ webhooks }) => webhooks.map(({ id }) => id)),
    ids,
  );
  assert.is(third.nextPageToken, "");
  const only = async (active: boolean) => (await asAdmin().listWebhooks({ active })).webhooks.map(({ id }) => id);
  assert.equal(await only(true), [ids[0], ids[2], ids[4]]);
  assert.equal(await only(false), [ids[1], ids[3]]);
  assert.is(
    await reasonOf(asAdmin().listWebhooks({ active: true, pageToken: first.nextPageToken })),
    "INVALID_PAGE_TOKEN",
  );
});

test("an update writes what its mask names, and without one what is set; a stale etag changes nothing", async () => {
  const { id, etag, secret } = await made({ eventTypes: ["order.shipped"] });
  const { webhook: off } = await asAdmin().updateWebhook({ webhook: { id, active: false, etag } });
  assert.equal([off?.active, off?.eventTypes, off?.url], [false, ["order.shipped"], NOWHERE]);
  assert.is.not(off?.etag, etag);
  assert.is(await reasonOf(asAdmin().updateWebhook({ webhook: { id, description: "late", etag } })), "STALE_ETAG");
  const { webhook: all } = await asAdmin().updateWebhook({
    webhook: { id, description: "not named" },
    updateMask: { paths: ["event_types"] },
  });
  assert.equal([all?.eventTypes, all?.description, all?.active], [[], "", false]);
  const { webhook: on } = await asAdmin().updateWebhook({ webhook: { id }, updateMask: { paths: ["active"] } });
  assert.is(on?.active, true);
  const { webhook: same } = await asAdmin().updateWebhook({ webhook: { id } });
  assert.equal(same, on);
  assert.is(await reasonOf(asAdmin().updateWebhook({ webhook: { id: newId(), active: true } })), "WEBHOOK_NOT_FOUND");
  const hook = await receiver(ok);
  await asAdmin().updateWebhook({ webhook: { id, url: hook.url } });
  await asAdmin().testWebhook({ id });
  await hook.close();
  // The secret is the one that was shown.
  verified(secret, hook.received[0]);
});

test("a deleted webhook is gone with its deliveries; a stale etag deletes nothing", async () => {
  const kept = await made();
  const { id, etag } = await made();
  const [delivery = ""] = await told(id, 3);
  await told(kept.id, 2);
  await asAdmin().updateWebhook({ webhook: { id, description: "newer" } });
  assert.is(await reasonOf(asAdmin().deleteWebhook({ id, etag })), "STALE_ETAG");
  await asAdmin().deleteWebhook({ id });
  assert.is(await reasonOf(asAdmin().deleteWebhook({ id })), "WEBHOOK_NOT_FOUND");
  assert.is(await reasonOf(asAdmin().testWebhook({ id })), "WEBHOOK_NOT_FOUND");
  assert.is(await reasonOf(asAdmin().listWebhookDeliveries({ webhookId: id })), "WEBHOOK_NOT_FOUND");
  assert.is(await reasonOf(asAdmin().replayWebhookDelivery({ id: delivery })), "WEBHOOK_DELIVERY_NOT_FOUND");
  assert.is((await asAdmin().listWebhookDeliveries({})).deliveries.length, 2);
  const deliveries = new WebhookDeliveries(api.database);
  assert.equal([await deliveries.purge(2), await deliveries.purge(2), await deliveries.purge(2)], [2, 1, 0]);
});

test("deliveries are forgotten after thirty days, the oldest first", async () => {
  const { id } = await made();
  const aged = (days: number) =>
    runSql(
      api.database,
      "INSERT INTO webhooks.deliveries (id, webhook_id, event_type, payload) VALUES ($1, $2, 'order.confirmed', '{}')",
      [firstIdAt(Date.now() - days * DAY_MS), id],
    );
  for (const days of [31, 29, 40, 0]) await aged(days);
  assert.is(await new WebhookDeliveries(api.database).purge(100), 2);
  assert.is((await asAdmin().listWebhookDeliveries({ webhookId: id })).deliveries.length, 2);
});

test("deliveries are listed newest first, page by page, of all webhooks or one, and by how they stand", async () => {
  const one = await made();
  const other = await made();
  const ofOne = await told(one.id, 3);
  const ofOther = await told(other.id, 2);
  await runSql(api.database, "UPDATE webhooks.deliveries SET status = 'FAILED', next_attempt_at = NULL WHERE id = $1", [
    ofOne[1],
  ]);
  const idsOf = ({ deliveries }: { deliveries: WebhookDelivery[] }) => deliveries.map(({ id }) => id);
  const first = await asAdmin().listWebhookDeliveries({ pageSize: 3 });
  const second = await asAdmin().listWebhookDeliveries({ pageSize: 3, pageToken: first.nextPageToken });
  assert.equal([...idsOf(first), ...idsOf(second)], [...ofOne, ...ofOther].toReversed());
  assert.is(second.nextPageToken, "");
  assert.equal(idsOf(await asAdmin().listWebhookDeliveries({ webhookId: one.id })), ofOne.toReversed());
  assert.equal(idsOf(await asAdmin().listWebhookDeliveries({ status: WebhookDeliveryStatus.FAILED })), [ofOne[1]]);
  assert.equal(
    idsOf(await asAdmin().listWebhookDeliveries({ webhookId: one.id, status: WebhookDeliveryStatus.PENDING })),
    [ofOne[2], ofOne[0]],
  );
  const token = first.nextPageToken;
  assert.is(
    await reasonOf(asAdmin().listWebhookDeliveries({ webhookId: one.id, pageToken: token })),
    "INVALID_PAGE_TOKEN",
  );
});

test("a test is sent at once, also to an inactive webhook, and answers with what came back; it is one attempt", async () => {
  const hook = await receiver((response) => void response.writeHead(503).end("closed on Sundays"));
  const { id, secret } = await made({ url: hook.url, active: false });
  const { delivery } = await asAdmin().testWebhook({ id });
  await hook.close();
  const [got] = hook.received;
  assert.is(hook.received.length, 1);
  assert.is(got?.id, delivery?.id);
  assert.is(got?.body, delivery?.payload);
  assert.equal(verified(secret, got), {
    type: "test",
    timestamp: new Date(
      Number(delivery?.createTime?.seconds) * 1_000 + Number(delivery?.createTime?.nanos) / 1e6,
    ).toISOString(),
    data: { webhookId: id },
  });
  assert.is(delivery?.webhookId, id);
  assert.is(delivery?.eventType, "test");
  assert.is(delivery?.orderId, "");
  assert.is(delivery?.status, WebhookDeliveryStatus.FAILED);
  assert.equal(
    [delivery?.attemptCount, delivery?.responseStatus, delivery?.responseBody, delivery?.error],
    [1, 503, "closed on Sundays", ""],
  );
  assert.ok(delivery?.responseDuration !== undefined && delivery.lastAttemptTime !== undefined);
  assert.is(delivery?.nextAttemptTime, undefined);
  assert.equal((await asAdmin().listWebhookDeliveries({})).deliveries, [delivery]);
  const away = await asAdmin().testWebhook({ id });
  assert.match(away.delivery?.error ?? "", "ECONNREFUSED");
  assert.is(away.delivery?.responseStatus, 0);
});

test("tests that wait for their receivers hold no connection to the database", async () => {
  const hook = await receiver(never);
  const { id } = await made({ url: hook.url });
  const waiting = [1, 2, 3].map(() => asAdmin().testWebhook({ id }));
  await until("three tests have arrived", () => hook.received.length === 3);
  // The pool has two; with one held by each test this would wait in vain.
  assert.is((await asAdmin().listWebhooks({})).webhooks.length, 1);
  await hook.close();
  for (const { delivery } of await Promise.all(waiting))
    assert.match(delivery?.error ?? "", /socket hang up|ECONNRESET/);
});

test("a test is written down in the audit log, as are creation, change, replay and deletion", async () => {
  const hook = await receiver(ok);
  const { id } = await made({ url: hook.url });
  const { delivery } = await asAdmin().testWebhook({ id });
  await hook.close();
  await asAdmin().updateWebhook({ webhook: { id, active: false } });
  await asAdmin().replayWebhookDelivery({ id: delivery?.id ?? "" });
  await asAdmin().deleteWebhook({ id });
  const { identity } = api.clients({ token: admin.token });
  const rpcsOn = async (objectId: string) =>
    (await identity.listAuditEvents({ objectId })).auditEvents.map(
      ({ rpc, oldEtag, newEtag }) => `${rpc.split("/")[1]} ${oldEtag}→${newEtag}`,
    );
  assert.equal(await rpcsOn(id), ["DeleteWebhook v2→", "UpdateWebhook v1→v2", "TestWebhook →", "CreateWebhook →v1"]);
  assert.equal(await rpcsOn(delivery?.id ?? ""), ["ReplayWebhookDelivery →"]);
});

test("a replayed delivery is pending again, at once, whatever had become of it", async () => {
  const { id } = await made();
  const [delivery = ""] = await told(id, 1);
  await runSql(
    api.database,
    "UPDATE webhooks.deliveries SET status = 'FAILED', next_attempt_at = NULL, attempts = 10, tries = 10, response_status = 500 WHERE id = $1",
    [delivery],
  );
  const { delivery: replayed } = await asAdmin().replayWebhookDelivery({ id: delivery });
  assert.equal([replayed?.id, replayed?.status, replayed?.attemptCount], [delivery, WebhookDeliveryStatus.PENDING, 10]);
  assert.ok(replayed?.nextAttemptTime !== undefined);
  assert.is(await reasonOf(asAdmin().replayWebhookDelivery({ id: newId() })), "WEBHOOK_DELIVERY_NOT_FOUND");
});

test.run();
