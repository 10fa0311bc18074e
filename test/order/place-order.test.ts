/**
 * Placing an order: what is confirmed, what is rejected, what is refused, and what is written.
 *
 * Method: the real API over the file's own database; the stock, the ledger and the outbox are asked afterwards.
 */
import { fromJson } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

let api: TestApi;
let buyer: TestUser;
let client: Clients;

test.before(async () => {
  api = await startTestApi();
  buyer = await api.signUp("CUSTOMER");
  client = api.clients({ token: buyer.token });
});
test.after(() => api.stop());

/** Places an order that is answered, confirmed or rejected. */
async function place(request: Parameters<Clients["order"]["placeOrder"]>[0]) {
  const { order } = await client.order.placeOrder(request);
  if (order === undefined) throw new Error("the answer has no order");
  return order;
}

test("an order with stock for every line is confirmed, priced and deducted", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 9 }, 1999);
  const order = await place({ storeId: shop.storeId, items: shop.items({ mug: 2, cup: 1 }) });
  assert.is(order.status, OrderStatus.CONFIRMED);
  assert.is(order.userId, buyer.id);
  assert.equal(
    order.items.map(({ title, quantityRequested, lineTotal }) => [
      title,
      quantityRequested,
      lineTotal?.units,
      lineTotal?.nanos,
    ]),
    [
      ["mug", 2, 39n, 980_000_000],
      ["cup", 1, 19n, 990_000_000],
    ],
  );
  assert.equal([order.total?.currencyCode, order.total?.units, order.total?.nanos], ["USD", 59n, 970_000_000]);
  assert.equal(order.shortItems, []);
  assert.equal([await shop.quantity("mug"), await shop.quantity("cup")], [3, 8]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("one short line rejects the whole order: it is kept, nothing is taken, the short line is named", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 1 });
  const order = await place({ storeId: shop.storeId, items: shop.items({ mug: 2, cup: 3 }) });
  assert.is(order.status, OrderStatus.REJECTED);
  assert.equal(
    order.shortItems.map(({ title, quantityRequested, quantityAvailable }) => [
      title,
      quantityRequested,
      quantityAvailable,
    ]),
    [["cup", 3, 1]],
  );
  assert.equal([await shop.quantity("mug"), await shop.quantity("cup")], [5, 1]);
  const { order: kept } = await client.order.getOrder({ id: order.id });
  assert.equal(kept, order);
});

test("the same product on two lines is one line with the sum: 80 and 80 of 100 is rejected", async () => {
  const shop = await shopWith(api, { mug: 100 });
  const items = [...shop.items({ mug: 80 }), ...shop.items({ mug: 80 })];
  const order = await place({ storeId: shop.storeId, items });
  assert.is(order.status, OrderStatus.REJECTED);
  assert.equal(
    order.items.map(({ quantityRequested }) => quantityRequested),
    [160],
  );
  assert.is(await shop.quantity("mug"), 100);
});

test("a product without a stock row counts as none in stock", async () => {
  const shop = await shopWith(api, { mug: 1 });
  const other = await shopWith(api, { cup: 10 });
  const order = await place({ storeId: shop.storeId, items: other.items({ cup: 1 }) });
  assert.is(order.status, OrderStatus.REJECTED);
  assert.is(order.shortItems[0]?.quantityAvailable, 0);
  assert.is(await other.quantity("cup"), 10);
});

test("quantities that are no quantities are refused, and nothing is added to the stock", async () => {
  const shop = await shopWith(api, { mug: 5 });
  for (const quantity of [0, -1, -1_000_000, 1_000_001]) {
    const refusal = await refusalOf(
      client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: quantity }) }),
    );
    assert.equal([refusal.reason, refusal.fields], ["INVALID_FIELDS", ["items[0].quantity"]]);
  }
  assert.equal((await refusalOf(client.order.placeOrder({ storeId: shop.storeId, items: [] }))).fields, ["items"]);
  assert.is(await shop.quantity("mug"), 5);
});

test("numbers beyond every type are refused, not errors", async () => {
  const shop = await shopWith(api, { mug: 5 });
  for (const quantity of ["1000000000000", "100000000000000000000", "1.5", '"many"']) {
    const body = `{"storeId":"${shop.storeId}","items":[{"productId":"${shop.products.mug}","quantity":${quantity}}]}`;
    assert.is(await statusOf(body), 400);
  }
  assert.is(await statusOf(`{"storeId":"100000000000000000000","items":[]}`), 400);
});

test("a price, a total or a status that the client sends is not believed", async () => {
  const shop = await shopWith(api, { mug: 5 }, 500);
  const body = {
    storeId: shop.storeId,
    items: [{ productId: shop.products.mug, quantity: 1, price: 0.01, unitPrice: { currencyCode: "USD", units: "0" } }],
    status: "ORDER_STATUS_DELIVERED",
    total: { currencyCode: "USD", units: "0" },
  };
  const response = await fetch(`${api.baseUrl}/bodega.order.v1.OrderService/PlaceOrder`, post(JSON.stringify(body)));
  const { order } = fromJson(PlaceOrderResponseSchema, JSON.parse(await response.text()));
  assert.equal([order?.status, order?.total?.units], [OrderStatus.CONFIRMED, 5n]);
});

test("unknown and inactive stores and products are told apart", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 5 });
  const refusal = (storeId: string, productId: string) =>
    reasonOf(place({ storeId, items: [{ productId, quantity: 1 }] }));
  assert.is(await refusal(newId(), shop.products.mug), "STORE_NOT_FOUND");
  assert.is(await refusal(shop.storeId, newId()), "PRODUCT_NOT_FOUND");
  await runSql(api.database, "UPDATE catalog.products SET active = false WHERE id = $1", [shop.products.mug]);
  assert.is(await refusal(shop.storeId, shop.products.mug), "PRODUCT_INACTIVE");
  await runSql(api.database, "UPDATE catalog.products SET active = true, deleted_at = now() WHERE id = $1", [
    shop.products.mug,
  ]);
  assert.is(await refusal(shop.storeId, shop.products.mug), "PRODUCT_NOT_FOUND");
  await runSql(api.database, "UPDATE inventory.stores SET active = false WHERE id = $1", [shop.storeId]);
  assert.is(await refusal(shop.storeId, shop.products.cup), "STORE_INACTIVE");
});

test("an id in capitals is the same id", async () => {
  const shop = await shopWith(api, { mug: 3 });
  const items = [{ productId: shop.products.mug.toUpperCase(), quantity: 1 }, ...shop.items({ mug: 1 })];
  const order = await place({ storeId: shop.storeId.toUpperCase(), items });
  assert.equal(
    order.items.map(({ quantityRequested }) => quantityRequested),
    [2],
  );
  assert.equal([order.status, order.storeId], [OrderStatus.CONFIRMED, shop.storeId]);
});

test("two stores with 6 and 10: an order of 7 takes from the one that it names", async () => {
  const small = await shopWith(api, { mug: 6 });
  const large = await shopWith(api, { cup: 0 });
  await runSql(api.database, "INSERT INTO inventory.stock (store_id, product_id, quantity) VALUES ($1, $2, 10)", [
    large.storeId,
    small.products.mug,
  ]);
  const outcome = async (storeId: string) => (await place({ storeId, items: small.items({ mug: 7 }) })).status;
  assert.is(await outcome(small.storeId), OrderStatus.REJECTED);
  assert.is(await outcome(large.storeId), OrderStatus.CONFIRMED);
  assert.is(await small.quantity("mug"), 6);
});

test("a total that no bigint keeps is refused", async () => {
  const shop = await shopWith(api, { mug: 5 }, 100_000_000_000);
  assert.is(
    await reasonOf(client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1_000_000 }) })),
    "ORDER_TOO_LARGE",
  );
});

test("the order, its items, its movements and its event are one commit", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const order = await place({ storeId: shop.storeId, items: shop.items({ mug: 2 }) });
  const [row] = await runSql<{ xmins: number; kind: string; delta: string; sequence: number; type: string }>(
    api.database,
    `SELECT (SELECT count(DISTINCT x) FROM unnest(ARRAY[o.xmin::text, i.xmin::text, m.xmin::text, e.xmin::text]) x) AS xmins,
            m.kind, m.delta, e.sequence, e.type
     FROM orders.orders o JOIN orders.items i ON i.order_id = o.id JOIN inventory.movements m ON m.order_id = o.id
     JOIN orders.outbox e ON e.order_id = o.id WHERE o.id = $1`,
    [order.id],
  );
  assert.equal(
    { ...row, xmins: Number(row?.xmins) },
    { xmins: 1, kind: "SALE", delta: "-2", sequence: 1, type: "ORDER_CONFIRMED" },
  );
});

test("the database itself refuses a negative stock, whatever the code does", async () => {
  const shop = await shopWith(api, { mug: 1 });
  const sell = runSql(api.database, "UPDATE inventory.stock SET quantity = quantity - 2 WHERE store_id = $1", [
    shop.storeId,
  ]);
  const error = await sell.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.match(String(error), /stock_quantity_never_negative/);
});

test("an order with a hold is pending: its stock is reserved until the hold ends, by the database's clock", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const hold = { seconds: 60n, nanos: 0 };
  const order = await place({ storeId: shop.storeId, items: shop.items({ mug: 2 }), hold });
  assert.is(order.status, OrderStatus.PENDING);
  const [row] = await runSql<{
    quantity: string;
    reserved: string;
    seconds: string;
    kind: string;
    delta: string;
    reserved_delta: string;
  }>(
    api.database,
    `SELECT s.quantity, s.reserved, round(extract(epoch FROM o.hold_expires_at - now()) / 10) * 10 AS seconds, m.kind, m.delta, m.reserved_delta
     FROM orders.orders o JOIN inventory.stock s USING (store_id) JOIN inventory.movements m ON m.order_id = o.id WHERE o.id = $1`,
    [order.id],
  );
  assert.equal(row, { quantity: "3", reserved: "2", seconds: "60", kind: "HOLD", delta: "-2", reserved_delta: "2" });
  assert.equal((await client.order.getOrder({ id: order.id })).order, order);
});

test("nobody but a service orders for somebody else", async () => {
  const shop = await shopWith(api, { mug: 1 });
  const refusal = await reasonOf(
    client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), userId: newId() }),
  );
  assert.is(refusal, "USER_ID_NOT_ALLOWED");
});

function post(body: string): Parameters<typeof fetch>[1] {
  return {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${buyer.token}` },
    body,
  };
}

async function statusOf(body: string): Promise<number> {
  return (await fetch(`${api.baseUrl}/bodega.order.v1.OrderService/PlaceOrder`, post(body))).status;
}

test.run();
