/**
 * A stock row that somebody holds for long: those who wait for it are told so within seconds, and meanwhile the process
 * goes on answering everybody else.
 *
 * Method: the test holds the row; three times as many calls wait for it as the process has connections.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Transaction } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { MAY_STAND_STILL } from "../../src/platform/database/pool/session-settings.ts";
import { PASSWORD } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";
import { buyMugs, createFixture, type Fixture } from "../support/fixture.ts";
import { until } from "../support/until.ts";

const POOL = 5;
const CROWD = 3 * POOL;

let stage: Fixture;
test.before(async () => {
  stage = await createFixture({ DB_POOL: String(POOL) });
});
test.after(() => stage.api.stop());

async function stuck(): Promise<Transaction> {
  const { api, shop } = stage;
  const transaction = await api.database.transaction({ beginWith: MAY_STAND_STILL });
  await api.database.query("SELECT FROM inventory.stock WHERE store_id = $1 FOR UPDATE", {
    bind: [shop.storeId],
    transaction,
  });
  return transaction;
}

async function waiters(): Promise<number> {
  const rows = await runSql(
    stage.api.database,
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows.length;
}

test("a crowd that waits for a stuck row leaves connections to reads, to sign-ins and to other changes", async () => {
  const { api, admin, buyer, clients, shop } = stage;
  const orders = await Promise.all(Array.from({ length: CROWD }, () => buyMugs(stage, 1)));
  const holder = await stuck();
  const adjustment = { storeId: shop.storeId, productId: shop.products.mug, delta: 1, reason: "test" };
  const customer = api.clients({ token: buyer.token });
  const crowd = [
    ...orders.map(() => clients.inventory.adjustStock(adjustment)),
    ...orders.map((id) => customer.order.cancelOrder({ id })),
  ].map((call) =>
    call.then(
      () => undefined,
      (error: unknown) => ConnectError.from(error),
    ),
  );
  await until("they wait", async () => (await waiters()) > 1);

  for (let round = 0; round < CROWD; round++) await customer.order.listOrders({});
  await api.clients().identity.login({ login: buyer.email, password: PASSWORD });
  await clients.catalog.createCategory({ category: { name: "Made while the row is stuck" } });
  assert.is(
    (await api.clients({ token: admin.token }).inventory.getStock({ productId: shop.products.mug })).stocks.length,
    1,
  );

  const refusals = await Promise.all(crowd);
  for (const refusal of refusals) {
    assert.is(refusal?.code, Code.ResourceExhausted, String(refusal));
    assert.is(refusal?.findDetails(RetryInfoSchema).length, 1);
  }
  await holder.rollback();
  await clients.inventory.adjustStock(adjustment);
});

test("each change that waits for stock gives up by itself, and changes nothing", async () => {
  const { clients, shop, api, buyer } = stage;
  const before = await shop.quantity("mug");
  const customer = api.clients({ token: buyer.token });
  const held = await buyMugs(stage, 1, { hold: { seconds: 60n } });
  const ordered = await buyMugs(stage, 1);
  const other = await clients.inventory.createStore({ store: { name: "Elsewhere" } });
  const key = { productId: shop.products.mug, reason: "test" };
  const holder = await stuck();
  const reasons = await Promise.all([
    reasonOf(clients.inventory.setStock({ ...key, storeId: shop.storeId, quantity: 1 })),
    reasonOf(
      clients.inventory.transferStock({
        ...key,
        fromStoreId: shop.storeId,
        toStoreId: other.store?.id ?? "",
        quantity: 1,
      }),
    ),
    reasonOf(customer.order.confirmOrder({ id: held })),
    reasonOf(customer.order.cancelOrder({ id: ordered })),
  ]);
  await holder.rollback();
  assert.equal(new Set(reasons), new Set(["TOO_BUSY"]));
  assert.is(await shop.quantity("mug"), before - 2);
});

test.run();
