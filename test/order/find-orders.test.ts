/**
 * Orders are found by what people have of them: an id or its end, an address, a name, a SKU, a day.
 *
 * Method: orders over the real API; the relay of a worker writes what they are found by. In the race an account ends
 * while its order's row is written; the sibling writes it without the lock on the user.
 */
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { termsAsked, termsOf } from "../../src/domains/order/find/search-terms.ts";
import { CONSUMER, SearchRows } from "../../src/domains/order/find/search-rows.ts";
import { assignPositions, deliverEvents, startConsumers } from "../../src/outbox/outbox.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { openTestDatabase } from "../support/environment.ts";
import { lockWaits } from "../support/locked-rows.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

let api: TestApi;
let admin: TestUser;
let ana: TestUser;
let other: TestUser;
let shop: Shop<"mug" | "pan">;
let second: Shop<"mug">;
let rows: SearchRows;
let database: ReturnType<typeof openTestDatabase>;

test.before(async () => {
  api = await startTestApi();
  database = openTestDatabase();
  rows = new SearchRows(database);
  [admin, ana, other] = [await api.signUp("ADMIN"), await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER")];
  await name(ana.id, "Ana María", "O'Neill-Núñez");
  [shop, second] = [await shopWith(api, { mug: 100, pan: 100 }), await shopWith(api, { mug: 100 })];
  await startConsumers(database, [CONSUMER]);
});
test.after(async () => {
  await Promise.all([api.stop(), database.close()]);
});

async function name(userId: string, first: string, last: string): Promise<void> {
  await runSql(api.database, "UPDATE identity.users SET first_name = $2, last_name = $3 WHERE id = $1", [
    userId,
    first,
    last,
  ]);
}

function as(user: TestUser) {
  return api.clients({ token: user.token }).order;
}

async function place(user: TestUser, at: Shop<"mug"> = shop): Promise<string> {
  return (await as(user).placeOrder({ storeId: at.storeId, items: at.items({ mug: 1 }) })).order?.id ?? "";
}

/** What the relay does within a second. */
async function handOn(): Promise<void> {
  while ((await assignPositions(database, 1_000)) !== undefined);
  while ((await deliverEvents(database, { name: CONSUMER, handle: (events) => rows.handle(events) }, 1_000)) !== 0);
}

async function found(query: string, more: object = {}): Promise<string[]> {
  const { orders } = await as(admin).listOrders({ query, pageSize: 100, ...more });
  const ofStore = await as(admin).listStoreOrders({ storeId: shop.storeId, query, pageSize: 100, ...more });
  const here = orders.filter(({ storeId }) => storeId === shop.storeId).map(({ id }) => id);
  assert.equal(
    ofStore.orders.map(({ id }) => id),
    here,
    "both lists find the same",
  );
  return orders.map(({ id }) => id);
}

test("an order is found by its whole id at once, and soon by its end, the buyer's address and name, and its SKUs", async () => {
  const id = await place(ana);
  assert.equal(await found(id), [id]);
  assert.equal(await found(` ${id.toUpperCase()} `), [id]);
  assert.equal(await found(id.slice(-8)), []);
  await handOn();
  const sku = `SKU-${shop.products.mug}`;
  for (const query of [
    id.slice(-8).toUpperCase(),
    ana.email.toUpperCase(),
    "ana",
    "núñ",
    "NUNEZ o neill maria",
    "o'ne",
    sku,
    sku.toLowerCase(),
  ])
    assert.equal(await found(query), [id], query);
  for (const query of [
    "nobody",
    "na",
    "ana nobody",
    ana.email.slice(0, -1),
    sku.slice(0, -1),
    id.slice(-7),
    "!",
    "' | '",
    "\\",
    "nobody:*",
    "$1",
    ":id",
    "?",
  ])
    assert.equal(await found(query), [], query);
});

test("a customer finds among his own orders only", async () => {
  const [mine, theirs] = [await place(ana), await place(other)];
  await handOn();
  const sku = `SKU-${shop.products.mug}`;
  const { orders } = await as(ana).listOrders({ query: sku, pageSize: 100 });
  assert.ok(orders.some(({ id }) => id === mine));
  assert.ok(orders.every(({ userId }) => userId === ana.id));
  assert.equal((await as(ana).listOrders({ query: theirs })).orders, []);
});

test("a period holds the orders from its start on and before its end, by the times that they tell", async () => {
  const ids: string[] = [];
  for (let index = 0; index < 4; index++) {
    ids.push(await place(other, second));
    await sleep(5);
  }
  const { orders } = await as(admin).listStoreOrders({ storeId: second.storeId });
  const times = orders.map(({ createTime }) => createTime).toReversed();
  const between = async (startTime: (typeof times)[number], endTime: (typeof times)[number]) =>
    (await as(admin).listOrders({ storeId: second.storeId, startTime, endTime })).orders
      .map(({ id }) => id)
      .toReversed();
  assert.equal(await between(times[1], times[3]), ids.slice(1, 3));
  assert.equal(await between(undefined, times[2]), ids.slice(0, 2));
  assert.equal(await between(times[3], undefined), ids.slice(3));
  assert.equal(await between(timestampFromDate(new Date("2000-01-01")), timestampFromDate(new Date("2001-01-01"))), []);
  assert.equal(
    (await refusalOf(as(admin).listOrders({ startTime: times[2], endTime: times[1] }))).reason,
    "INVALID_FIELDS",
  );
  assert.is(
    await reasonOf(as(admin).listStoreOrders({ storeId: second.storeId, query: "x".repeat(201) })),
    "INVALID_FIELDS",
  );
});

test("pages of what is found neither skip nor repeat, and their token is bound to the query", async () => {
  for (let index = 0; index < 5; index++) await place(ana, second);
  await handOn();
  const filter = { query: "ana", storeId: second.storeId, pageSize: 2 };
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await as(admin).listOrders({ ...filter, pageToken });
    seen.push(...page.orders.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.is(new Set(seen).size, 5);
  assert.equal(seen, seen.toSorted().toReversed());
  const { nextPageToken } = await as(admin).listOrders(filter);
  assert.is(
    await reasonOf(as(admin).listOrders({ ...filter, query: "an", pageToken: nextPageToken })),
    "INVALID_PAGE_TOKEN",
  );
});

test("lists name buyer and store; who has no name is his username", async () => {
  const [named, unnamed] = [await place(ana), await place(other)];
  const [store] = await runSql<{ name: string }>(api.database, "SELECT name FROM inventory.stores WHERE id = $1", [
    shop.storeId,
  ]);
  const { orders } = await as(admin).listOrders({ pageSize: 2 });
  assert.equal(
    orders.map(({ id, buyerName, storeName }) => [id, buyerName, storeName]),
    [
      [unnamed, other.email.split("@")[0], store?.name],
      [named, "Ana María O'Neill-Núñez", store?.name],
    ],
  );
  const ofStore = await as(admin).listStoreOrders({ storeId: shop.storeId, pageSize: 1 });
  assert.equal(
    ofStore.orders.map(({ userId, buyerName }) => [userId, buyerName]),
    [[other.id, other.email.split("@")[0]]],
  );
});

test("orders from before the search are found too, piece by piece, and a second run has nothing to do", async () => {
  const id = await place(ana);
  await handOn();
  await runSql(api.database, "TRUNCATE orders.search");
  assert.equal(await found("ana"), []);
  let pieces = 0;
  while ((await rows.writeOlder(3)) === 3) pieces++;
  assert.ok(pieces > 1);
  assert.is((await found("ana"))[0], id);
  assert.is(await rows.writeOlder(3), 0);
});

test("a cursor that a release before took away, which does not know it, costs no order its row", async () => {
  await handOn();
  await runSql(api.database, "DELETE FROM orders.relay_cursor WHERE name = $1", [CONSUMER]);
  const missed = await place(ana);
  assert.is(await rows.writeOlder(1_000), 0);
  while ((await assignPositions(database, 1_000)) !== undefined);
  await startConsumers(database, [CONSUMER]);
  await handOn();
  assert.not.ok((await found("ana")).includes(missed));
  await rows.writeOlder(1_000);
  assert.ok((await found("ana")).includes(missed));
});

test("a deleted account's name and address find nothing any more; id and SKU still do", async () => {
  const gone = await api.signUp("CUSTOMER");
  await name(gone.id, "Zoltan", "Vanishing");
  const id = await place(gone);
  await handOn();
  assert.equal(await found("zoltan"), [id]);
  await api.clients({ token: admin.token }).identity.deleteUser({ id: gone.id });
  for (const query of ["zoltan", "vanishing", gone.email]) assert.equal(await found(query), [], query);
  assert.equal(await found(id.slice(-8)), [id]);
  assert.is((await as(admin).listOrders({ query: id })).orders[0]?.buyerName, "");
});

/** The account ends when its order's row is written and not yet committed. @returns how many orders its name then finds */
async function endsMeanwhile(
  write: (key: { storeId: string; orderId: string }) => Promise<void>,
  goesOn: (deletion: Promise<unknown>) => Promise<unknown>,
): Promise<number> {
  const user = await api.signUp("CUSTOMER");
  await name(user.id, "Meanwhile", "Deleted");
  const orderId = await place(user);
  let deletion: Promise<unknown> = Promise.resolve();
  await withTransaction(database, async () => {
    await write({ storeId: shop.storeId, orderId });
    deletion = api.clients({ token: admin.token }).identity.deleteUser({ id: user.id });
    await goesOn(deletion);
  });
  await deletion;
  return (await found("meanwhile")).length;
}

test("an account that is deleted while its order's row is written leaves no name: its end waits for the row", async () => {
  const write = (key: { storeId: string; orderId: string }) =>
    rows.handle([{ ...key, sequence: 1, type: "ORDER_CONFIRMED" }]);
  assert.is(
    await endsMeanwhile(write, () => until("the deletion waits", async () => (await lockWaits(api.database)) > 0)),
    0,
  );
});

test("without the lock the name stays", async () => {
  const write = async ({ storeId, orderId }: { storeId: string; orderId: string }) => {
    const terms = termsOf({ id: orderId, email: "", name: "Meanwhile", skus: [] });
    await runSql(database, "INSERT INTO orders.search VALUES ($1, $2, $3::tsvector)", [storeId, orderId, terms]);
  };
  assert.is(await endsMeanwhile(write, (deletion) => deletion), 1);
});

test("what is asked is data, whatever it contains", () => {
  assert.is(termsAsked("O'Neill"), "'@o''neill' | '=o''neill' | ('~o':* & '~neill':*)");
  assert.is(termsAsked("a\\"), "'@a\\\\' | '=a\\\\' | ('~a':*)");
  assert.is(termsAsked("--"), "'@--' | '=--'");
});

test.run();
