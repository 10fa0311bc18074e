/** How much a customer may order and hold: enough for people, and too little to keep the shop from others. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

/** An hour, so that no machine is slow enough to leave it. */
const LIMITS = "orders=5/1h, open-holds=3, calls=off, registration=off, sign-in-account=off, sign-in-address=off";
const HOLD = { seconds: 600n, nanos: 0 };

let api: TestApi;
let client: Clients;
let shop: Shop<"mug">;

test.before(async () => {
  api = await startTestApi({ RATE_LIMITS: LIMITS });
});
test.before.each(async () => {
  client = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  shop = await shopWith(api, { mug: 100 });
});
test.after(() => api.stop());

const order = (more: object = {}, by: Clients = client) =>
  by.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), ...more });
const hold = (by?: Clients) => order({ hold: HOLD }, by);

test("a customer's orders in a time are counted, carts too; one more is refused and told when to come back", async () => {
  for (let placed = 0; placed < 4; placed++) await order();
  await client.cart.addCartItem(shop.items({ mug: 1 })[0] ?? {});
  assert.is((await client.cart.checkoutCart({ storeId: shop.storeId })).order?.status, OrderStatus.CONFIRMED);
  const refusal = await refusalOf(order());
  assert.equal(
    [refusal.code, refusal.reason, refusal.metadata["limit"]],
    ["ResourceExhausted", "RATE_LIMITED", "orders"],
  );
  assert.is(await shop.quantity("mug"), 95);
});

test("a hundred at once are counted like one after the other", async () => {
  const outcomes = await race(100, () =>
    order().then(
      () => "placed",
      () => "refused",
    ),
  );
  assert.equal(tally(outcomes), { placed: 5, refused: 95 });
});

test("replays do not count, and are answered when there is no room for a new order", async () => {
  const requestId = newId();
  const first = await order({ requestId });
  for (let again = 0; again < 10; again++) assert.equal(await order({ requestId }), first);
  for (let placed = 1; placed < 5; placed++) await order();
  assert.equal(await order({ requestId }), first);
  assert.is(await reasonOf(order({ requestId, items: shop.items({ mug: 2 }) })), "REQUEST_ID_REUSED");
  assert.is(await reasonOf(order({ requestId: newId() })), "RATE_LIMITED");
});

test("admins and services have no such limits", async () => {
  const admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  const buyer = await api.signUp("CUSTOMER");
  const { secret } = await admin.identity.createServiceKey({ serviceKey: { name: `till ${newId()}` } });
  const service = api.clients({ token: secret });
  for (let placed = 0; placed < 6; placed++) {
    await hold(admin);
    await order({ userId: buyer.id, hold: HOLD }, service);
  }
});

test("one more open hold than a customer may have is refused, and takes nothing; one that is ended makes room", async () => {
  const holds = [await hold(), await hold(), await hold()];
  const requestId = newId();
  const refusal = await refusalOf(order({ hold: HOLD, requestId }));
  assert.equal([refusal.code, refusal.reason, refusal.metadata["limit"]], ["ResourceExhausted", "TOO_MANY_HOLDS", "3"]);
  assert.is(await shop.quantity("mug"), 97);
  await client.order.cancelOrder({ id: holds[0]?.order?.id });
  assert.is((await order({ hold: HOLD, requestId })).order?.status, OrderStatus.PENDING);
});

test("holds that are over, orders without a hold, and holds that a service placed do not count", async () => {
  const { order: old } = await hold();
  await runSql(api.database, "UPDATE orders.orders SET hold_expires_at = now() - interval '1 second' WHERE id = $1", [
    old?.id,
  ]);
  await order();
  for (let held = 0; held < 3; held++) assert.is((await hold()).order?.status, OrderStatus.PENDING);
});

test("of many holds at once in one process, no more are open than may be", async () => {
  const outcomes = await race(5, () => hold().then(() => "held", reasonOfError));
  assert.equal(tally(outcomes), { held: 3, TOO_MANY_HOLDS: 2 });
});

async function reasonOfError(error: unknown): Promise<string> {
  return reasonOf(Promise.reject(error));
}

test.run();
