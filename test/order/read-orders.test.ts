/** Reading orders: whose, in what order, in pages that neither skip nor repeat, in a bounded number of statements. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

let api: TestApi;
let buyer: TestUser;
let stranger: TestUser;
let admin: TestUser;
let shop: Shop<"mug">;
/** Newest first. */
let placed: string[];

test.before(async () => {
  api = await startTestApi();
  [buyer, stranger, admin] = [await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER"), await api.signUp("ADMIN")];
  shop = await shopWith(api, { mug: 20 });
  placed = [];
  for (let index = 0; index < 7; index++) placed.unshift(await place(index < 5 ? 4 : 1));
});
test.after(() => api.stop());

async function place(quantity: number): Promise<string> {
  const { order } = api.clients({ token: buyer.token });
  return (await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: quantity }) })).order?.id ?? "";
}

test("a customer's orders come newest first, page by page, each once, also while others are placed", async () => {
  const { order } = api.clients({ token: buyer.token });
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await order.listOrders({ pageSize: 3, pageToken });
    seen.push(...page.orders.map(({ id }) => id));
    pageToken = page.nextPageToken;
    if (seen.length === 3) await place(1);
  } while (pageToken !== "");
  assert.equal(seen, placed);
});

test("a customer sees his own orders only; an admin sees all", async () => {
  const [id = ""] = placed;
  assert.equal((await api.clients({ token: stranger.token }).order.listOrders({})).orders, []);
  assert.is(await reasonOf(api.clients({ token: stranger.token }).order.getOrder({ id })), "ORDER_NOT_FOUND");
  assert.is(
    await reasonOf(api.clients({ token: stranger.token }).order.listOrders({ userId: buyer.id })),
    "USER_ID_NOT_ALLOWED",
  );
  assert.is((await api.clients({ token: admin.token }).order.getOrder({ id })).order?.id, id);
  const { orders } = await api
    .clients({ token: admin.token })
    .order.listOrders({ userId: buyer.id, status: OrderStatus.REJECTED });
  assert.ok(orders.length >= 1);
  assert.ok(orders.every(({ status, userId }) => status === OrderStatus.REJECTED && userId === buyer.id));
});

test("a store's orders tell how many lines were sold, and are for admins and services", async () => {
  const { order } = api.clients({ token: admin.token });
  const { orders } = await order.listStoreOrders({ storeId: shop.storeId, pageSize: 100 });
  const known = orders.filter(({ id }) => placed.includes(id));
  assert.equal(
    known.map(({ id }) => id),
    placed,
  );
  assert.equal(
    known.map(({ totalItems }) => totalItems),
    [0, 0, 1, 1, 1, 1, 1],
  );
  assert.is(await reasonOf(order.listStoreOrders({ storeId: newId() })), "STORE_NOT_FOUND");
  assert.is(
    await reasonOf(api.clients({ token: buyer.token }).order.listStoreOrders({ storeId: shop.storeId })),
    "ACCESS_DENIED",
  );
});

test("a page token of another query, of another caller or of one's own making is refused", async () => {
  const { order } = api.clients({ token: buyer.token });
  const { nextPageToken } = await order.listOrders({ pageSize: 2 });
  assert.equal(await refusalOf(order.listOrders({ pageToken: nextPageToken, status: OrderStatus.CONFIRMED })), {
    code: "InvalidArgument",
    reason: "INVALID_PAGE_TOKEN",
    fields: ["page_token"],
    metadata: {},
  });
  assert.is(
    await reasonOf(api.clients({ token: stranger.token }).order.listOrders({ pageToken: nextPageToken })),
    "INVALID_PAGE_TOKEN",
  );
  for (const pageToken of ["x", "AAAA", Buffer.from('["x"]').toString("base64url"), `${nextPageToken}A`]) {
    assert.is(await reasonOf(order.listOrders({ pageToken })), "INVALID_PAGE_TOKEN");
  }
});

test("a page size above 100 is lowered, a negative one is an error", async () => {
  const { order } = api.clients({ token: buyer.token });
  assert.ok((await order.listOrders({ pageSize: 1_000 })).orders.length >= 7);
  assert.is(await reasonOf(order.listOrders({ pageSize: -1 })), "INVALID_FIELDS");
});

test.run();
