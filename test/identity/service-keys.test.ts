/** Service keys: how internal callers sign in, and what becomes of a key that leaked. */
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

let api: TestApi;
let other: TestApi;
let admin: Clients;
let adminId: string;

test.before(async () => {
  [api, other] = await Promise.all([startTestApi(), startTestApi()]);
  const user = await api.signUp("ADMIN");
  adminId = user.id;
  admin = api.clients({ token: user.token });
});
test.after(async () => {
  await Promise.all([api.stop(), other.stop()]);
});

async function newKey(name = "warehouse") {
  const { serviceKey, secret } = await admin.identity.createServiceKey({ serviceKey: { name } });
  return { id: serviceKey?.id ?? "", serviceKey, secret };
}

test("a key is shown once, begins with what leak scanners look for, and is kept as a hash", async () => {
  const { serviceKey, secret } = await newKey();
  assert.match(secret, /^bodega_sk_[A-Za-z0-9_-]{43}$/);
  assert.equal([serviceKey?.name, serviceKey?.creatorId, serviceKey?.lastUsedTime], ["warehouse", adminId, undefined]);
  assert.is(serviceKey?.prefix, secret.slice(0, 18));
  const [row] = await runSql<{ hash: Buffer; text: string }>(
    api.database,
    "SELECT secret_hash AS hash, k::text AS text FROM identity.service_keys k WHERE id = $1",
    [serviceKey?.id],
  );
  assert.ok(row?.hash.equals(createHash("sha256").update(secret).digest()));
  assert.not.match(row?.text ?? "", secret);
  assert.not.match(
    JSON.stringify((await admin.identity.listServiceKeys({})).serviceKeys.map(({ name, prefix }) => [name, prefix])),
    secret,
  );
});

test("a repeated creation makes no second key, and its stored answer holds no secret", async () => {
  const request = { serviceKey: { name: "retried" }, requestId: crypto.randomUUID() };
  const first = await admin.identity.createServiceKey(request);
  const again = await admin.identity.createServiceKey(request);
  assert.equal(again.serviceKey, first.serviceKey);
  assert.is(again.secret, "");
  const [row] = await runSql<{ response: Buffer }>(
    api.database,
    "SELECT response FROM platform.requests WHERE request_id = $1",
    [request.requestId],
  );
  assert.is(row?.response.includes(first.secret), false);
  assert.is(row?.response.includes("retried"), true);
});

test("a key signs in as a service: it may what SERVICE may, and no more", async () => {
  const { id, secret } = await newKey();
  const service = api.clients({ token: secret });
  const buyer = await api.signUp("CUSTOMER");
  const shop = await shopWith(api, { mug: 5 });
  const wish = { storeId: shop.storeId, items: shop.items({ mug: 1 }) };
  const { order } = await service.order.placeOrder({ ...wish, userId: buyer.id });
  assert.is(order?.userId, buyer.id);
  assert.is((await service.order.getOrder({ id: order?.id })).order?.id, order?.id);
  await service.inventory.setStock({ storeId: shop.storeId, productId: shop.products.mug, quantity: 9 });
  assert.is(await reasonOf(service.order.placeOrder(wish)), "USER_ID_NOT_ALLOWED");
  assert.is(await reasonOf(service.identity.getProfile({})), "ACCESS_DENIED");
  assert.is(await reasonOf(service.identity.getUser({ id: buyer.id })), "ACCESS_DENIED");
  assert.is(await reasonOf(service.identity.revokeServiceKey({ id })), "ACCESS_DENIED");
  const stranger = api.clients({ token: (await newKey("stranger")).secret });
  assert.is(await reasonOf(stranger.order.getOrder({ id: order?.id })), "ORDER_NOT_FOUND");
});

test("a key that nobody made is refused", async () => {
  const { secret } = await newKey();
  const wrong = `${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`;
  for (const token of [wrong, "bodega_sk_", `${secret}x`, secret.slice(0, 18), secret.toUpperCase()]) {
    assert.is(await reasonOf(api.clients({ token }).inventory.listStores({})), "INVALID_TOKEN");
  }
});

test("a revoked key is refused on every process, stays in the list, and stays revoked", async () => {
  const { id, secret } = await newKey();
  for (const server of [api, other]) await server.clients({ token: secret }).inventory.listStores({});
  const { serviceKey } = await admin.identity.revokeServiceKey({ id });
  assert.ok(serviceKey?.revokeTime);
  for (const server of [api, other])
    await until("the key is refused", async () => {
      const listed = server.clients({ token: secret }).inventory.listStores({});
      return listed.then(
        () => false,
        async () => (await reasonOf(listed)) === "INVALID_TOKEN",
      );
    });
  assert.equal((await admin.identity.revokeServiceKey({ id })).serviceKey, serviceKey);
  assert.ok((await admin.identity.listServiceKeys({ revoked: true })).serviceKeys.some((key) => key.id === id));
  assert.not.ok((await admin.identity.listServiceKeys({ revoked: false })).serviceKeys.some((key) => key.id === id));
  assert.is(await reasonOf(admin.identity.revokeServiceKey({ id: newId() })), "SERVICE_KEY_NOT_FOUND");
});

test("the last use is noted, at most once a minute", async () => {
  const { id, secret } = await newKey();
  const lastUse = async () =>
    (
      await runSql<{ at: Date | null }>(
        api.database,
        "SELECT last_used_at AS at FROM identity.service_keys WHERE id = $1",
        [id],
      )
    )[0]?.at;
  await api.clients({ token: secret }).inventory.listStores({});
  const first = await lastUse();
  assert.ok(first);
  await Promise.all([api, other].map((server) => server.clients({ token: secret }).inventory.listStores({})));
  assert.equal(await lastUse(), first);
  await runSql(
    api.database,
    "UPDATE identity.service_keys SET last_used_at = now() - interval '1 hour' WHERE id = $1",
    [id],
  );
  const third = await startTestApi();
  await third.clients({ token: secret }).inventory.listStores({});
  await third.stop();
  assert.ok(Number(await lastUse()) >= Number(first));
});

test("keys come newest first, page by page; a name and a sensible limit are required", async () => {
  const made = [];
  for (const name of ["one", "two", "three"]) made.unshift((await newKey(name)).id);
  const first = await admin.identity.listServiceKeys({ pageSize: 2 });
  const second = await admin.identity.listServiceKeys({ pageSize: 1, pageToken: first.nextPageToken });
  assert.equal(
    [...first.serviceKeys, ...second.serviceKeys].map(({ id }) => id),
    made,
  );
  assert.equal(
    (await refusalOf(admin.identity.createServiceKey({ serviceKey: { name: " " } }))).reason,
    "INVALID_FIELDS",
  );
  const limited = { name: "limited", callsPerSecond: 50 };
  assert.is((await admin.identity.createServiceKey({ serviceKey: limited })).serviceKey?.callsPerSecond, 50);
  assert.is(
    await reasonOf(admin.identity.createServiceKey({ serviceKey: { ...limited, callsPerSecond: 0 } })),
    "INVALID_FIELDS",
  );
});

test.run();
