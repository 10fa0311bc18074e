/**
 * WatchOrders: who sees which changes, from where on, by every protocol.
 *
 * Method: orders through the API, positions from a real relay, and watchers who write down what they are told.
 */
import { createClient } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Order } from "../../gen/bodega/order/v1/order_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { purgeOutbox } from "../../src/outbox/purge.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { eventually } from "../support/until.ts";
import { lineOf, outboxLines, positioning, watch, type WatchRequest } from "../support/watching.ts";
import { startTransports, type TestTransports } from "../support/transports.ts";

let api: TestApi;
let all: TestTransports;
let relay: { stop(): Promise<void> };
let customer: TestUser;
let other: TestUser;
let admin: TestUser;
let mine: Clients["order"];
let theirs: Clients["order"];
let office: Clients["order"];
let shop: Shop<"mug">;

test.before(async () => {
  api = await startTestApi({}, { watchLimits: { pollMs: 20, heartbeatMs: 100 } });
  relay = positioning(api.database);
  [all, customer, other, admin] = await Promise.all([
    startTransports(),
    api.signUp("CUSTOMER"),
    api.signUp("CUSTOMER"),
    api.signUp("ADMIN"),
  ]);
  [mine, theirs, office] = [customer, other, admin].map(({ token }) => api.clients({ token }).order) as [
    typeof mine,
    typeof mine,
    typeof mine,
  ];
});
test.before.each(async () => {
  shop = await shopWith(api, { mug: 100 });
});
test.after(async () => {
  await Promise.all([all.stop(), api.stop(), relay.stop()]);
});

async function place(client: Clients["order"], hold?: bigint): Promise<Order> {
  const { order } = await client.placeOrder({
    storeId: shop.storeId,
    items: shop.items({ mug: 1 }),
    ...(hold === undefined ? {} : { hold: { seconds: hold } }),
  });
  if (order === undefined) throw new Error("there is no order");
  return order;
}

async function refused(client: Clients["order"], request: WatchRequest): Promise<string> {
  const { code, reason } = await refusalOf(
    (async () => {
      for await (const _message of client.watchOrders(request)) throw new Error("it was answered");
    })(),
  );
  return `${code} ${reason}`;
}

test("each change of an order is told as the call that made it answered, by every protocol", async () => {
  const streaming = all.ways.filter(({ get }) => get === undefined);
  const watchers = streaming.map(({ transport }) =>
    watch(createClient(OrderService, withToken(transport, customer.token))),
  );
  await Promise.all(watchers.map((watcher) => watcher.begun()));
  const held = await place(mine, 600n);
  const answers = [
    { order: held },
    await mine.confirmOrder({ id: held.id }),
    await office.shipOrder({ id: held.id }),
    await office.deliverOrder({ id: held.id }),
  ];
  for (const [index, watcher] of watchers.entries()) {
    const events = await watcher.until(4);
    assert.equal(
      events.map(({ order }) => order),
      answers.map(({ order }) => order),
      streaming[index]?.name,
    );
    assert.equal(
      events.map(({ sequence }) => sequence),
      [1, 2, 3, 4],
    );
    for (const { occurTime, resumeToken } of events) assert.ok(occurTime !== undefined && resumeToken !== "");
  }
  await Promise.all(watchers.map((watcher) => watcher.leave()));
});

test("what happened later does not change what is told of before", async () => {
  const first = watch(mine);
  await first.begun();
  const { token } = first;
  await first.leave();
  const placed = await place(mine, 600n);
  const { order: cancelled } = await mine.cancelOrder({ id: placed.id });
  const late = watch(mine, { resumeToken: token });
  const [one, two] = await late.until(2);
  assert.equal([one?.order, two?.order], [placed, cancelled]);
  await late.leave();
});

test("a customer sees changes of his own orders, whoever made them, and of nobody else's", async () => {
  const watcher = watch(mine);
  await watcher.begun();
  await place(theirs);
  const own = await place(mine);
  await office.shipOrder({ id: own.id });
  const events = await watcher.until(2);
  assert.equal(events.map(lineOf), [`${own.id} 1 CONFIRMED`, `${own.id} 2 SHIPPED`]);
  await watcher.leave();
});

test("one order, one store, or all of them: filters combine, and the last two are for admins", async () => {
  const elsewhere = await shopWith(api, { mug: 10 });
  const [wanted, unwanted] = [await place(mine, 600n), await place(mine, 600n)];
  const watchers = {
    order: watch(mine, { orderId: wanted.id.toUpperCase() }),
    store: watch(office, { storeId: shop.storeId }),
    orderOfStore: watch(office, { orderId: wanted.id, storeId: shop.storeId }),
    orderElsewhere: watch(office, { orderId: wanted.id, storeId: elsewhere.storeId }),
    all: watch(office),
  };
  for (const watcher of Object.values(watchers)) await watcher.begun();
  await mine.confirmOrder({ id: unwanted.id });
  await theirs.placeOrder({ storeId: elsewhere.storeId, items: [{ productId: elsewhere.products.mug, quantity: 1 }] });
  await mine.confirmOrder({ id: wanted.id });
  const wantedLine = `${wanted.id} 2 CONFIRMED`;
  assert.equal((await watchers.all.until(3)).length, 3);
  assert.equal((await watchers.order.until(1)).map(lineOf), [wantedLine]);
  assert.equal((await watchers.store.until(2)).map(lineOf), [`${unwanted.id} 2 CONFIRMED`, wantedLine]);
  assert.equal((await watchers.orderOfStore.until(1)).map(lineOf), [wantedLine]);
  assert.equal(watchers.orderElsewhere.events, []);
  for (const watcher of Object.values(watchers)) await watcher.leave();
});

test("another's order is not found, a store is for admins, and an unknown one is not found", async () => {
  const { id } = await place(theirs);
  assert.is(await refused(mine, { orderId: id }), "NotFound ORDER_NOT_FOUND");
  assert.is(await refused(mine, { storeId: shop.storeId }), "PermissionDenied ACCESS_DENIED");
  assert.is(await refused(office, { storeId: newId() }), "NotFound STORE_NOT_FOUND");
  assert.is(await refused(office, { orderId: newId() }), "NotFound ORDER_NOT_FOUND");
});

test("without a token nothing of before is told, even if nobody has given it a position yet", async () => {
  await relay.stop();
  const before = await place(mine, 600n);
  const watcher = watch(mine);
  await watcher.begun();
  relay = positioning(api.database);
  await mine.confirmOrder({ id: before.id });
  assert.equal((await watcher.until(1)).map(lineOf), [`${before.id} 2 CONFIRMED`]);
  await watcher.leave();
});

test("a token goes on after what was told, also one of a heartbeat, and past what was not the watcher's", async () => {
  const first = watch(mine);
  await first.begun();
  const order = await place(mine, 600n);
  const [placed] = await first.until(1);
  await place(theirs);
  await eventually("a heartbeat with another token", async () =>
    first.token === placed?.resumeToken ? undefined : true,
  );
  await first.leave();
  await mine.confirmOrder({ id: order.id });
  const afterHeartbeat = watch(mine, { resumeToken: first.token });
  assert.equal((await afterHeartbeat.until(1)).map(lineOf), [`${order.id} 2 CONFIRMED`]);
  const afterEvent = watch(mine, { resumeToken: placed?.resumeToken ?? "" });
  assert.equal((await afterEvent.until(1)).map(lineOf), [`${order.id} 2 CONFIRMED`]);
  await Promise.all([afterHeartbeat.leave(), afterEvent.leave()]);
});

test("a token of nobody, of another caller or of other filters is refused", async () => {
  const watcher = watch(mine);
  await watcher.begun();
  const { token } = watcher;
  await watcher.leave();
  const { id } = await place(mine);
  for (const refused of [
    watch(mine, { resumeToken: "bm90IG91cnMgYXQgYWxs" }),
    watch(theirs, { resumeToken: token }),
    watch(mine, { orderId: id, resumeToken: token }),
  ]) {
    assert.is(await refused.ended, "INVALID_RESUME_TOKEN");
  }
});

test("a long past is told whole and in order, page by page, and then goes on live", async () => {
  const first = watch(office, { storeId: shop.storeId });
  await first.begun();
  const { token } = first;
  await first.leave();
  await runSql(
    api.database,
    `WITH o AS (
       INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, total, total_items)
       SELECT $1, gen_random_uuid(), $2, $2, 'CONFIRMED', 100, 100, 0 FROM generate_series(1, 1000) RETURNING store_id, id
     )
     INSERT INTO orders.outbox (store_id, order_id, sequence, type) SELECT store_id, id, 1, 'ORDER_CONFIRMED' FROM o`,
    [shop.storeId, customer.id],
  );
  const late = watch(office, { storeId: shop.storeId, resumeToken: token });
  await late.until(1_000);
  await place(mine);
  assert.equal((await late.until(1_001)).map(lineOf), await outboxLines(api.database, shop.storeId));
  await late.leave();
});

test("a token is refused when it is too old, when what it stands for is purged, and when its position is yet to come", async () => {
  const impatient = await startTestApi({}, { watchLimits: { pollMs: 20, tokenLifeMs: -1 } });
  const { order } = impatient.clients({ token: customer.token });
  const old = watch(order);
  await old.begun();
  await old.leave();
  assert.equal(await refused(order, { resumeToken: old.token }), "OutOfRange RESUME_TOKEN_EXPIRED");
  await impatient.stop();

  const watcher = watch(mine);
  await watcher.begun();
  const { token } = watcher;
  const { id } = await place(mine, 600n);
  await mine.confirmOrder({ id });
  const [placed, confirmed] = await watcher.until(2);
  await watcher.leave();
  await runSql(
    api.database,
    "UPDATE orders.outbox SET created_at = now() - interval '8 days' WHERE order_id <> $1 OR sequence = 1",
    [id],
  );
  await runSql(api.database, "UPDATE orders.relay_cursor SET position = (SELECT max(position) FROM orders.outbox)");
  const cursors = await runSql<{ name: string }>(
    api.database,
    "SELECT name FROM orders.relay_cursor WHERE name <> 'outbox'",
  );
  await purgeOutbox(
    api.database,
    cursors.map(({ name }) => name),
    10_000,
  );
  assert.equal(await refused(mine, { resumeToken: token }), "OutOfRange RESUME_TOKEN_EXPIRED");
  const good = watch(mine, { resumeToken: placed?.resumeToken ?? "" });
  assert.equal((await good.until(1)).map(lineOf), [`${id} 2 CONFIRMED`]);
  await good.leave();

  await runSql(api.database, "UPDATE orders.relay_cursor SET position = position - 1 WHERE name = 'outbox'");
  assert.equal(await refused(mine, { resumeToken: confirmed?.resumeToken ?? "" }), "OutOfRange RESUME_TOKEN_EXPIRED");
  await runSql(api.database, "UPDATE orders.relay_cursor SET position = position + 1 WHERE name = 'outbox'");
});

/** As docs/backup.md has it for what tells the product nothing by itself. */
const BEGIN_HISTORY = "SELECT platform.begin_history()";

test("in another history every stream ends, and tokens of before are refused; whoever watches anew is told of what follows", async () => {
  const watchers = [watch(mine), watch(office), watch(office, { storeId: shop.storeId })];
  for (const watcher of watchers) await watcher.begun();
  await runSql(api.database, BEGIN_HISTORY);
  for (const watcher of watchers) assert.is(await watcher.ended, "RESUME_TOKEN_EXPIRED");
  assert.equal(await refused(mine, { resumeToken: watchers[0]?.token ?? "" }), "OutOfRange RESUME_TOKEN_EXPIRED");
  const anew = watch(mine);
  await anew.begun();
  const { id } = await place(mine);
  assert.equal((await anew.until(1)).map(lineOf), [`${id} 1 CONFIRMED`]);
  await anew.leave();
});

test("a watcher who still reads of the past is told nothing of another history", async () => {
  const first = watch(office, { storeId: shop.storeId });
  await first.begun();
  await first.leave();
  await place(mine);
  const parted = watch(office, { storeId: shop.storeId, resumeToken: first.token });
  await parted.until(1);
  await runSql(api.database, BEGIN_HISTORY);
  await place(mine);
  assert.is(await parted.ended, "RESUME_TOKEN_EXPIRED");
  assert.is(parted.events.length, 1);
});

test("an outbox that is set back by hand and filled again is another history: nothing is missed in silence", async () => {
  const watcher = watch(mine);
  await watcher.begun();
  const lost = [await place(mine), await place(mine)].map(({ id }) => id);
  await watcher.until(2);
  await watcher.leave();
  await runSql(api.database, "DELETE FROM orders.outbox WHERE order_id = ANY($1::uuid[])", [lost]);
  await runSql(api.database, "UPDATE orders.relay_cursor SET position = position - 2 WHERE name = 'outbox'");
  await Promise.all([place(mine), place(mine)]);
  await eventually("their positions", async () =>
    (await outboxLines(api.database, shop.storeId)).length === 2 ? true : undefined,
  );
  assert.equal(await refused(mine, { resumeToken: watcher.token }), "OutOfRange RESUME_TOKEN_EXPIRED");
});

test.run();
