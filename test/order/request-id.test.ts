/**
 * A `request_id` on PlaceOrder: however often and from wherever it comes, it is one order and one answer.
 *
 * Method: two repositories on one database stand for two processes; a proxy between one of them and PostgreSQL cuts
 * the connection right after COMMIT was forwarded.
 */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Placing } from "../../src/domains/order/place/place-orders.ts";
import { purgeStoredResponses } from "../../src/platform/idempotency/stored-responses.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { metrics } from "../../src/platform/telemetry/metrics.ts";
import { fingerprintOf } from "../../src/platform/idempotency/request-key.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { placementsOn } from "../support/order-repositories.ts";
import { race } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

let api: TestApi;
let buyer: TestUser;

test.before(async () => {
  api = await startTestApi();
  buyer = await api.signUp("CUSTOMER");
});
test.after(() => api.stop());

function placing(shop: Shop<"mug">, requestId: string, quantity = 1): Placing {
  const lines = shop.items({ mug: quantity });
  const claim = {
    caller: buyer.id,
    rpc: "/place",
    requestId,
    fingerprint: fingerprintOf(Buffer.from(JSON.stringify(lines))),
  };
  return {
    wish: { storeId: shop.storeId, userId: buyer.id, placedBy: buyer.id, lines, promoCode: "", holdMs: undefined },
    claim,
  };
}

async function countOrders(shop: Shop<"mug">): Promise<number> {
  const [row] = await runSql<{ count: string }>(
    api.database,
    "SELECT count(*) FROM orders.orders WHERE store_id = $1",
    [shop.storeId],
  );
  return Number(row?.count);
}

/** How many orders batches have begun with so far, each as often as it was tried. */
async function tries(): Promise<number> {
  const { values } = await metrics.orderBatch.get();
  return values.find(({ metricName }) => metricName === "bodega_orders_per_transaction_sum")?.value ?? 0;
}

function refused(error: unknown): string {
  return error instanceof Failure ? error.reason : String(error);
}

test("fifty at once by two processes make one order and fifty equal answers", async () => {
  const shop = await shopWith(api, { mug: 100 });
  const requestId = crypto.randomUUID();
  const processes = [placementsOn(api.database), placementsOn(api.database)];
  const answers = await race(50, (index) =>
    (processes[index % 2] ?? placementsOn(api.database)).place(placing(shop, requestId), {}),
  );
  assert.is(new Set(answers.map(({ order }) => order?.id)).size, 1);
  assert.equal(answers[1], answers[0]);
  assert.equal([await countOrders(shop), await shop.quantity("mug")], [1, 99]);
});

test("without the unique key of request ids the same race places it twice", async () => {
  const shop = await shopWith(api, { mug: 100 });
  const place = () => placementsOn(api.database).place({ ...placing(shop, crypto.randomUUID()), claim: undefined }, {});
  await race(2, place);
  assert.is(await countOrders(shop), 2);
});

test("ids are equal whatever their case: the same order in capitals is the same order", async () => {
  const shop = await shopWith(api, { mug: 100 });
  const request = { storeId: shop.storeId, items: shop.items({ mug: 1 }), requestId: crypto.randomUUID() };
  const first = await api.clients({ token: buyer.token }).order.placeOrder(request);
  const items = request.items.map((item) => ({ ...item, productId: item.productId.toUpperCase() }));
  const capitals = { storeId: shop.storeId.toUpperCase(), items, requestId: request.requestId.toUpperCase() };
  for (const transport of [api.connect, api.grpc]) {
    const { order } = api.clients({ token: buyer.token, transport });
    for (const again of [{ ...request, requestId: capitals.requestId }, { ...request, items }, capitals])
      assert.equal(await order.placeOrder(again), first);
  }
  assert.is(await shop.quantity("mug"), 99);
});

test("one batch holds new, repeated and re-used ids, and each gets its own answer", async () => {
  const shop = await shopWith(api, { mug: 100 });
  const placements = placementsOn(api.database);
  const [known, fresh] = [crypto.randomUUID(), crypto.randomUUID()];
  const first = await placements.place(placing(shop, known), {});
  const other = placementsOn(api.database);
  const answers = await Promise.all([
    other.place(placing(shop, crypto.randomUUID()), {}),
    other.place(placing(shop, known), {}),
    other.place(placing(shop, fresh, 2), {}),
    other.place(placing(shop, known, 5), {}).catch(refused),
  ]);
  assert.equal(answers[1], first);
  assert.is(answers[3], "REQUEST_ID_REUSED");
  assert.equal([await countOrders(shop), await shop.quantity("mug")], [3, 96]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a refusal of the domain replays, even when its reason has gone", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { order } = api.clients({ token: buyer.token });
  const request = { storeId: shop.storeId, items: shop.items({ mug: 1 }), requestId: crypto.randomUUID() };
  await runSql(api.database, "UPDATE inventory.stores SET active = false WHERE id = $1", [shop.storeId]);
  assert.is(await reasonOf(order.placeOrder(request)), "STORE_INACTIVE");
  await runSql(api.database, "UPDATE inventory.stores SET active = true WHERE id = $1", [shop.storeId]);
  assert.is(await reasonOf(order.placeOrder(request)), "STORE_INACTIVE");
  assert.is(await shop.quantity("mug"), 5);
});

test("a rejected order replays as rejected, even when the stock is back", async () => {
  const shop = await shopWith(api, { mug: 0 });
  const { order } = api.clients({ token: buyer.token });
  const request = { storeId: shop.storeId, items: shop.items({ mug: 1 }), requestId: crypto.randomUUID() };
  const first = await order.placeOrder(request);
  await runSql(api.database, "UPDATE inventory.stock SET quantity = 9 WHERE store_id = $1", [shop.storeId]);
  assert.equal(await order.placeOrder(request), first);
  assert.is(await shop.quantity("mug"), 9);
});

test("a replay is read before anything is written: it takes back nothing, and its companions go on", async () => {
  const shop = await shopWith(api, { mug: 100 });
  const [first, second] = [placementsOn(api.database), placementsOn(api.database)];
  const known = Array.from({ length: 20 }, () => crypto.randomUUID());
  for (const id of known) await first.place(placing(shop, id), {});
  const before = await tries();
  // The first goes alone, and new; the others wait for it, and go together.
  const answers = await race(40, (index) => second.place(placing(shop, known[index - 20] ?? crypto.randomUUID()), {}));
  assert.is(new Set(answers.map(({ order }) => order?.id)).size, 40);
  assert.equal([await countOrders(shop), await shop.quantity("mug")], [40, 60]);
  assert.is(await tries(), before + 40);
});

test("an order that is refused before its batch keeps the refusal, too", async () => {
  const admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  const { secret } = await admin.identity.createServiceKey({ serviceKey: { name: "till" } });
  const { order } = api.clients({ token: secret });
  const shop = await shopWith(api, { mug: 5 });
  const request = {
    storeId: shop.storeId,
    items: shop.items({ mug: 1 }),
    userId: crypto.randomUUID(),
    requestId: crypto.randomUUID(),
  };
  assert.is(await reasonOf(order.placeOrder(request)), "USER_NOT_FOUND");
  assert.is(await reasonOf(order.placeOrder(request)), "USER_NOT_FOUND");
  assert.is(await reasonOf(order.placeOrder({ ...request, userId: buyer.id })), "REQUEST_ID_REUSED");
  assert.is(await countOrders(shop), 0);
});

test("after 24 hours an id may be used for something new", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const requestId = crypto.randomUUID();
  await placementsOn(api.database).place(placing(shop, requestId), {});
  await runSql(
    api.database,
    "UPDATE platform.requests SET created_at = now() - interval '25 hours' WHERE request_id = $1",
    [requestId],
  );
  await placementsOn(api.database).place(placing(shop, requestId, 2), {});
  assert.equal([await countOrders(shop), await shop.quantity("mug")], [2, 2]);
});

test("answers older than 24 hours are purged in batches, younger ones stay", async () => {
  const shop = await shopWith(api, { mug: 9 });
  const placements = placementsOn(api.database);
  const ids = Array.from({ length: 5 }, () => crypto.randomUUID());
  for (const id of ids) await placements.place(placing(shop, id), {});
  const old = ids.slice(0, 3);
  await runSql(
    api.database,
    "UPDATE platform.requests SET created_at = now() - interval '25 hours' WHERE request_id = ANY($1::uuid[])",
    [old],
  );
  const purged = [
    await purgeStoredResponses(api.database, 2),
    await purgeStoredResponses(api.database, 2),
    await purgeStoredResponses(api.database, 2),
  ];
  assert.equal(purged, [2, 1, 0]);
  const left = await runSql<{ request_id: string }>(
    api.database,
    "SELECT request_id FROM platform.requests WHERE request_id = ANY($1::uuid[])",
    [ids],
  );
  assert.equal(new Set(left.map(({ request_id }) => request_id)), new Set(ids.slice(3)));
});

test("a bad order in a batch harms itself alone, whatever is wrong with it", async () => {
  const shop = await shopWith(api, { mug: 50 });
  await runSql(
    api.database,
    `CREATE FUNCTION refuse_sevens() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.quantity = 7 THEN RAISE EXCEPTION ''seven''; END IF; RETURN NEW; END'`,
  );
  await runSql(
    api.database,
    "CREATE TRIGGER refuse_sevens BEFORE INSERT ON orders.items FOR EACH ROW EXECUTE FUNCTION refuse_sevens()",
  );
  const placements = placementsOn(api.database);
  const outcomes = await race(10, (index) =>
    placements.place(placing(shop, crypto.randomUUID(), index === 4 ? 7 : 1), {}).then(
      () => "placed",
      (error: unknown) => (/seven/.test(String(error)) ? "seven" : String(error)),
    ),
  );
  await runSql(api.database, "DROP TRIGGER refuse_sevens ON orders.items");
  assert.equal(
    outcomes,
    Array.from({ length: 10 }, (_, index) => (index === 4 ? "seven" : "placed")),
  );
  assert.equal([await countOrders(shop), await shop.quantity("mug")], [9, 41]);
});

test("a COMMIT whose answer is lost is unknown, and the same id tells what became of it", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const url = new URL(api.config.databaseUrl);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  const unlucky: Sequelize = openDatabase({ url: url.href, pool: 2, name: "unlucky" });
  try {
    const placements = placementsOn(unlucky);
    const request = placing(shop, crypto.randomUUID());
    proxy.cutAfter("COMMIT");
    const lost = await placements.place(request, {}).then(
      () => "answered",
      (error: unknown) => String(error),
    );
    assert.is.not(lost, "answered");
    const answer = await placements.place(request, {});
    assert.equal([await countOrders(shop), await shop.quantity("mug")], [1, 4]);
    assert.is(answer.order?.items[0]?.title, "mug");
  } finally {
    await unlucky.close();
    await proxy.close();
  }
});

test.run();
