/**
 * What becomes of an order: each step from where it is allowed, what it does to stock, ledger, promotion and events.
 *
 * Method: the real API over the file's own database; holds end by moving their end into the past, not by waiting.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderCancelReason, OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { endHolds, type Spared } from "../../src/domains/order/change/expire-holds.ts";
import type { OrderStatus as Status } from "../../src/domains/order/model.ts";
import { mistakesIn, rules } from "../../src/domains/order/change/state-machine.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { log } from "../support/environment.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { changeWriterOn } from "../support/order-repositories.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

let api: TestApi;
let buyer: TestUser;
let client: Clients;
let admin: Clients;
let stranger: Clients;

test.before(async () => {
  api = await startTestApi();
  buyer = await api.signUp("CUSTOMER");
  client = api.clients({ token: buyer.token });
  stranger = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
});
test.after(() => api.stop());

const HOLD = { seconds: 600n, nanos: 0 };
const { PENDING, CONFIRMED, CANCELLED, SHIPPED, DELIVERED } = OrderStatus;

async function place<Name extends string>(
  shop: Shop<Name>,
  wish: Partial<Record<Name, number>>,
  more: { hold?: typeof HOLD; promoCode?: string } = {},
) {
  const { order } = await client.order.placeOrder({ storeId: shop.storeId, items: shop.items(wish), ...more });
  if (order === undefined) throw new Error("the answer has no order");
  return order;
}

const steps = {
  confirm: (id: string, etag = "") => client.order.confirmOrder({ id, etag }),
  cancel: (id: string, etag = "") => client.order.cancelOrder({ id, etag }),
  ship: (id: string, etag = "") => admin.order.shipOrder({ id, etag }),
  deliver: (id: string, etag = "") => admin.order.deliverOrder({ id, etag }),
};
type Step = keyof typeof steps;

async function ledgerOf(orderId: string): Promise<[string, string, string][]> {
  const rows = await runSql<{ kind: string; delta: string; reserved_delta: string }>(
    api.database,
    "SELECT kind, delta, reserved_delta FROM inventory.movements WHERE order_id = $1 ORDER BY id",
    [orderId],
  );
  return rows.map(({ kind, delta, reserved_delta }) => [kind, delta, reserved_delta]);
}

async function eventsOf(orderId: string): Promise<string[]> {
  const rows = await runSql<{ type: string }>(
    api.database,
    "SELECT type FROM orders.outbox WHERE order_id = $1 ORDER BY sequence",
    [orderId],
  );
  return rows.map(({ type }) => type);
}

async function stockOf(shop: Shop<"mug">): Promise<{ quantity: number; reserved: number }> {
  const { items } = await client.inventory.listInventory({ storeId: shop.storeId });
  return { quantity: items[0]?.quantity ?? -1, reserved: items[0]?.reserved ?? -1 };
}

async function passHold(orderId: string): Promise<void> {
  await runSql(api.database, "UPDATE orders.orders SET hold_expires_at = now() - interval '1 second' WHERE id = $1", [
    orderId,
  ]);
}

async function newService(name: string): Promise<Clients> {
  return api.clients({ token: (await admin.identity.createServiceKey({ serviceKey: { name } })).secret });
}

function endHoldsNow(): Promise<number> {
  return endHolds({ database: api.database, writer: changeWriterOn(api.database), log });
}

test("a hold that is confirmed sells what it had reserved", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const held = await place(shop, { mug: 2 }, { hold: HOLD });
  assert.equal(await stockOf(shop), { quantity: 3, reserved: 2 });
  const { order } = await steps.confirm(held.id, held.etag);
  assert.equal([order?.status, order?.holdExpireTime, order?.items], [CONFIRMED, held.holdExpireTime, held.items]);
  assert.is.not(order?.etag, held.etag);
  assert.equal(await stockOf(shop), { quantity: 3, reserved: 0 });
  assert.equal(await ledgerOf(held.id), [
    ["HOLD", "-2", "2"],
    ["SALE", "0", "-2"],
  ]);
  assert.equal(await eventsOf(held.id), ["ORDER_PENDING", "ORDER_CONFIRMED"]);
  assert.equal((await client.order.getOrder({ id: held.id })).order, order);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a hold that is cancelled releases what it had reserved", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const held = await place(shop, { mug: 2 }, { hold: HOLD });
  const { order } = await steps.cancel(held.id);
  assert.equal([order?.status, order?.cancelReason], [CANCELLED, OrderCancelReason.REQUESTED]);
  assert.equal(await stockOf(shop), { quantity: 5, reserved: 0 });
  assert.equal(await ledgerOf(held.id), [
    ["HOLD", "-2", "2"],
    ["RELEASE", "2", "-2"],
  ]);
  assert.equal(await eventsOf(held.id), ["ORDER_PENDING", "ORDER_CANCELLED"]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a confirmed order that is cancelled puts its stock back, each line its own", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 7 });
  const placed = await place(shop, { mug: 2, cup: 7 });
  const { order } = await steps.cancel(placed.id, placed.etag);
  assert.is(order?.status, CANCELLED);
  assert.equal([await shop.quantity("mug"), await shop.quantity("cup")], [5, 7]);
  assert.equal(
    (await ledgerOf(placed.id)).map(([kind]) => kind),
    ["SALE", "SALE", "CANCELLATION", "CANCELLATION"],
  );
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("an order is shipped and delivered, and its stock stays sold", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const placed = await place(shop, { mug: 2 });
  assert.is((await steps.ship(placed.id)).order?.status, SHIPPED);
  const { order } = await steps.deliver(placed.id);
  assert.equal(
    [order?.status, order?.userId, order?.cancelReason],
    [DELIVERED, buyer.id, OrderCancelReason.UNSPECIFIED],
  );
  assert.is(await shop.quantity("mug"), 3);
  assert.equal(await eventsOf(placed.id), ["ORDER_CONFIRMED", "ORDER_SHIPPED", "ORDER_DELIVERED"]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

/** How to bring a new order of two mugs into each status. */
const ways: Record<Status, { hold?: typeof HOLD; mugs?: number; steps: Step[] }> = {
  PENDING: { hold: HOLD, steps: [] },
  CONFIRMED: { steps: [] },
  REJECTED: { mugs: 100, steps: [] },
  CANCELLED: { steps: ["cancel"] },
  SHIPPED: { steps: ["ship"] },
  DELIVERED: { steps: ["ship", "deliver"] },
};

for (const status of Object.keys(ways) as Status[]) {
  const allowed = new Set(rules.filter(({ from }) => from === status).map(({ step }) => step));
  const refused = (Object.keys(steps) as Step[]).filter((step) => !allowed.has(step));
  test(`from ${status} one cannot ${refused.join(", ")}: FAILED_PRECONDITION, and nothing is changed`, async () => {
    const shop = await shopWith(api, { mug: 5 });
    const { hold, mugs = 2, steps: taken } = ways[status];
    const { id } = await place(shop, { mug: mugs }, hold === undefined ? {} : { hold });
    for (const step of taken) await steps[step](id);
    const before = await client.order.getOrder({ id });
    assert.is(before.order?.status, OrderStatus[status]);
    for (const step of refused) {
      const refusal = await refusalOf(steps[step](id));
      assert.equal(
        [refusal.code, refusal.reason, refusal.metadata["status"]],
        ["FailedPrecondition", "WRONG_ORDER_STATUS", status],
      );
    }
    assert.equal(await client.order.getOrder({ id }), before);
    assert.equal(await brokenInvariants(api.database, shop), []);
  });
}

test("a delivered order is neither cancelled nor brought back by its owner, and the stock does not go up", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { id } = await place(shop, { mug: 2 });
  await steps.ship(id);
  await steps.deliver(id);
  assert.is(await reasonOf(steps.cancel(id)), "WRONG_ORDER_STATUS");
  assert.is(await shop.quantity("mug"), 3);
});

test("a stale etag is refused and nothing is changed", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const held = await place(shop, { mug: 2 }, { hold: HOLD });
  const { order } = await steps.confirm(held.id);
  for (const step of Object.keys(steps) as Step[]) {
    const refusal = await refusalOf(steps[step](held.id, held.etag));
    assert.equal([refusal.code, refusal.reason, refusal.metadata["etag"]], ["Aborted", "STALE_ETAG", order?.etag]);
  }
  assert.equal((await client.order.getOrder({ id: held.id })).order, order);
});

test("another's order is not found, and shipping is not for customers", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { id } = await place(shop, { mug: 2 }, { hold: HOLD });
  assert.is(await reasonOf(stranger.order.confirmOrder({ id })), "ORDER_NOT_FOUND");
  assert.is(await reasonOf(stranger.order.cancelOrder({ id })), "ORDER_NOT_FOUND");
  assert.is(await reasonOf(steps.cancel(newId())), "ORDER_NOT_FOUND");
  assert.is(await reasonOf(client.order.shipOrder({ id })), "ACCESS_DENIED");
  assert.is(await reasonOf(client.order.deliverOrder({ id })), "ACCESS_DENIED");
  assert.is(await reasonOf(api.clients().order.cancelOrder({ id })), "NOT_SIGNED_IN");
  assert.is((await admin.order.cancelOrder({ id })).order?.status, CANCELLED);
});

test("a service confirms and cancels what it placed, and ships whatever is to be shipped", async () => {
  const [mine, theirs] = await Promise.all(["shop floor", "warehouse"].map(newService));
  if (mine === undefined || theirs === undefined) throw new Error("two services");
  const shop = await shopWith(api, { mug: 9 });
  const wish = { storeId: shop.storeId, items: shop.items({ mug: 2 }), userId: buyer.id, hold: HOLD };
  const [first, second] = [await mine.order.placeOrder(wish), await mine.order.placeOrder(wish)].map(
    ({ order }) => order?.id ?? "",
  );
  assert.is(await reasonOf(theirs.order.confirmOrder({ id: first })), "ORDER_NOT_FOUND");
  assert.is(await reasonOf(theirs.order.cancelOrder({ id: first })), "ORDER_NOT_FOUND");
  assert.is((await mine.order.confirmOrder({ id: first })).order?.userId, buyer.id);
  assert.is((await mine.order.cancelOrder({ id: second })).order?.status, CANCELLED);
  assert.is((await theirs.order.shipOrder({ id: first })).order?.status, SHIPPED);
  assert.is((await client.order.getOrder({ id: first })).order?.status, SHIPPED);
  assert.is((await theirs.order.deliverOrder({ id: first })).order?.status, DELIVERED);
});

test("past its hold an order is not confirmed, whether or not the job has come by", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { id } = await place(shop, { mug: 2 }, { hold: HOLD });
  await passHold(id);
  const refusal = await refusalOf(steps.confirm(id));
  assert.equal([refusal.code, refusal.reason], ["FailedPrecondition", "HOLD_EXPIRED"]);
  await endHoldsNow();
  assert.is(await reasonOf(steps.confirm(id)), "WRONG_ORDER_STATUS");
});

test("a hold that has ended is cancelled by the job, its stock is for sale again, and the system did it", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const [over, running] = [
    await place(shop, { mug: 2 }, { hold: HOLD }),
    await place(shop, { mug: 1 }, { hold: HOLD }),
  ];
  await passHold(over.id);
  assert.is(await endHoldsNow(), 1);
  const { order } = await client.order.getOrder({ id: over.id });
  assert.equal([order?.status, order?.cancelReason], [CANCELLED, OrderCancelReason.HOLD_EXPIRED]);
  assert.is((await client.order.getOrder({ id: running.id })).order?.status, PENDING);
  assert.equal(await stockOf(shop), { quantity: 4, reserved: 1 });
  const { movements } = await admin.inventory.listStockMovements({ orderId: over.id });
  assert.equal(
    movements.map(({ actorId }) => actorId),
    ["", buyer.id],
  );
  assert.is(await endHoldsNow(), 0);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a hold whose books are wrong keeps itself only: the others end", async () => {
  const [shop, wrong] = [await shopWith(api, { mug: 5 }), await shopWith(api, { mug: 5 })];
  const [stuck, fine] = [await place(wrong, { mug: 2 }, { hold: HOLD }), await place(shop, { mug: 2 }, { hold: HOLD })];
  await runSql(api.database, "UPDATE inventory.stock SET reserved = 1 WHERE store_id = $1", [wrong.storeId]);
  for (const { id } of [stuck, fine]) await passHold(id);
  assert.is(await endHoldsNow(), 1);
  assert.is((await client.order.getOrder({ id: fine.id })).order?.status, CANCELLED);
  assert.is((await client.order.getOrder({ id: stuck.id })).order?.status, PENDING);
  await runSql(api.database, "UPDATE inventory.stock SET reserved = 2 WHERE store_id = $1", [wrong.storeId]);
  assert.is(await endHoldsNow(), 1);
});

test("holds that cannot be ended, however many and old, do not keep later ones from their turn", async () => {
  const [shop, wrong] = [await shopWith(api, { mug: 5 }), await shopWith(api, { mug: 5 })];
  const stuck = [await place(wrong, { mug: 1 }, { hold: HOLD }), await place(wrong, { mug: 1 }, { hold: HOLD })];
  const fine = await place(shop, { mug: 2 }, { hold: HOLD });
  await runSql(api.database, "UPDATE inventory.stock SET reserved = 0 WHERE store_id = $1", [wrong.storeId]);
  for (const { id } of [...stuck, fine]) await passHold(id);
  await runSql(api.database, "UPDATE orders.orders SET hold_expires_at = now() WHERE id = $1", [fine.id]);
  const spared: Spared = new Map();
  const round = () =>
    endHolds({ database: api.database, writer: changeWriterOn(api.database), log, spared }, stuck.length);
  assert.is(await round(), 0);
  assert.is(await round(), 1);
  assert.is((await client.order.getOrder({ id: fine.id })).order?.status, CANCELLED);
  await runSql(api.database, "UPDATE inventory.stock SET reserved = 2 WHERE store_id = $1", [wrong.storeId]);
  for (const { id } of stuck) spared.set(id, 0);
  assert.is(await round(), 2);
});

test("a stock row that somebody holds for long keeps its own holds only", async () => {
  const [shop, busy] = [await shopWith(api, { mug: 5 }), await shopWith(api, { mug: 5 })];
  const [waiting, fine] = [
    await place(busy, { mug: 2 }, { hold: HOLD }),
    await place(shop, { mug: 2 }, { hold: HOLD }),
  ];
  for (const { id } of [waiting, fine]) await passHold(id);
  const holder = await api.database.transaction();
  await api.database.query("SELECT FROM inventory.stock WHERE store_id = $1 FOR UPDATE", {
    bind: [busy.storeId],
    transaction: holder,
  });
  assert.is(await endHoldsNow(), 1);
  assert.is((await client.order.getOrder({ id: fine.id })).order?.status, CANCELLED);
  await holder.rollback();
  assert.is(await endHoldsNow(), 1);
});

test("a service orders and confirms nothing for a user who is disabled; it cancels and ships what there is", async () => {
  const shop = await shopWith(api, { mug: 9 });
  const service = await newService("till");
  const user = await api.signUp("CUSTOMER");
  const order = async (more: object = {}) =>
    (await service.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), userId: user.id, ...more }))
      .order?.id ?? "";
  const [held, kept, sold] = [await order({ hold: HOLD }), await order({ hold: HOLD }), await order()];
  const set = (disabled: boolean) =>
    admin.identity.updateUser({ user: { id: user.id, disabled }, updateMask: { paths: ["disabled"] } });
  await set(true);
  for (const call of [order(), service.order.confirmOrder({ id: held })]) {
    const { code, reason } = await refusalOf(call);
    assert.equal([code, reason], ["FailedPrecondition", "USER_DISABLED"]);
  }
  assert.is((await service.order.cancelOrder({ id: held })).order?.status, CANCELLED);
  assert.is((await service.order.shipOrder({ id: sold })).order?.status, SHIPPED);
  assert.is((await admin.order.confirmOrder({ id: kept })).order?.status, CONFIRMED);
  await set(false);
  assert.ok((await order()) !== "");
  assert.is((await service.order.confirmOrder({ id: await order({ hold: HOLD }) })).order?.status, CONFIRMED);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a cancelled order gives its promotion's use back, once, from a hold and from a sale", async () => {
  const shop = await shopWith(api, { mug: 50 }, 1_000);
  const promotionId = newId();
  const code = `BACK${promotionId.slice(-8)}`;
  await runSql(
    api.database,
    "INSERT INTO orders.promotions (id, code, fixed_amount, usage_limit, usage_limit_per_user) VALUES ($1, $2, 100, 1, 1)",
    [promotionId, code],
  );
  const uses = async () => {
    const [row] = await runSql<{ redeemed_count: number }>(
      api.database,
      "SELECT redeemed_count FROM orders.promotions WHERE id = $1",
      [promotionId],
    );
    return row?.redeemed_count;
  };
  for (const hold of [HOLD, undefined]) {
    const { id } = await place(shop, { mug: 1 }, { promoCode: code, ...(hold === undefined ? {} : { hold }) });
    assert.is(await uses(), 1);
    assert.is(await reasonOf(place(shop, { mug: 1 }, { promoCode: code })), "PROMOTION_NOT_APPLICABLE");
    await steps.cancel(id);
    assert.is(await reasonOf(steps.cancel(id)), "WRONG_ORDER_STATUS");
    assert.is(await uses(), 0);
  }
  const { id } = await place(shop, { mug: 1 }, { promoCode: code, hold: HOLD });
  await passHold(id);
  await endHoldsNow();
  assert.is(await uses(), 0);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("the state machine's table is sound, and the check finds what is not", () => {
  assert.equal(mistakesIn(rules), []);
  const without = (step: string) => mistakesIn(rules.filter((rule) => rule.step !== step));
  assert.equal(without("ship"), ["nothing leads to DELIVERED", "nothing leads to SHIPPED"]);
  assert.equal(without("deliver"), ["nothing leads to DELIVERED", "no end is reached from SHIPPED"]);
  assert.match(
    mistakesIn([...rules, { step: "ship", from: "DELIVERED", to: "SHIPPED", stock: undefined }]).join(),
    "DELIVERED is an end, and something leaves it",
  );
  assert.match(mistakesIn([...rules, ...rules.slice(0, 1)]).join(), "confirm from PENDING is there twice");
});

test.run();
