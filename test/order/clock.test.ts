/**
 * The clock that decides is read after the locks: what ends while an order waits has ended.
 *
 * Method: a transaction of the test's own locks the row that is waited for, and lets it go unchanged once the database's
 * clock has passed the end in question. A row that was not changed is not read again, so a clock that is read with it
 * would tell the time before the wait.
 */
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import {
  databaseClock,
  lockWaits,
  type RowLock,
  stockRow,
  untilClockPasses,
  whileLocked,
} from "../support/locked-rows.ts";
import { makePromotion } from "../support/promotion.ts";
import { refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

const holder = openDatabase({ url: process.env["TEST_DATABASE_OWNER_URL"] ?? "", pool: 1, name: "test holder" });
let api: TestApi;
let client: Clients;

test.before(async () => {
  api = await startTestApi();
  client = api.clients({ token: (await api.signUp("CUSTOMER")).token });
});
test.after(async () => {
  await api.stop();
  await holder.close();
});

const someone = () => until("somebody waits for the lock", async () => (await lockWaits(api.database)) > 0);
const HOLD_MS = 1_000;
const HOLD = { seconds: BigInt(HOLD_MS / 1_000), nanos: 0 };

/** Begins something that waits for a lock, and lets the lock go once `end` has passed. */
async function pastTheEnd<T>(lock: RowLock, end: () => Promise<Date>, begin: () => Promise<T>): Promise<T> {
  let begun: Promise<T> | undefined;
  await whileLocked(holder, lock, async () => {
    begun = begin();
    begun.catch(() => undefined);
    await someone();
    await untilClockPasses(api.database, await end());
    await someone();
  });
  return begun ?? Promise.reject(new Error("nothing was begun"));
}

test("a confirmation whose turn comes after the hold's end is refused, whatever became of the lock before it", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { order } = await client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), hold: HOLD });
  const end = order?.holdExpireTime === undefined ? new Date(0) : timestampDate(order.holdExpireTime);
  const lock = { sql: "SELECT FROM orders.orders WHERE id = $1 FOR UPDATE", bind: [order?.id] };
  const refusal = await refusalOf(
    pastTheEnd(
      lock,
      async () => end,
      () => client.order.confirmOrder({ id: order?.id }),
    ),
  );
  assert.equal([refusal.code, refusal.reason], ["FailedPrecondition", "HOLD_EXPIRED"]);
});

test("a hold is counted from when its stock was taken, not from before the wait for it", async () => {
  const shop = await shopWith(api, { mug: 5 });
  let free = new Date(0);
  const end = async () => {
    free = await databaseClock(api.database);
    return new Date(free.getTime() + HOLD_MS);
  };
  const { order } = await pastTheEnd(stockRow(shop, shop.products.mug), end, () =>
    client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), hold: HOLD }),
  );
  assert.is(order?.status, OrderStatus.PENDING);
  const [row] = await runSql<{ after: boolean }>(
    api.database,
    "SELECT hold_expires_at > $2::timestamptz + make_interval(secs => 2 * $3) AS after FROM orders.orders WHERE id = $1",
    [order?.id, free, HOLD_MS / 1_000],
  );
  assert.is(row?.after, true);
});

test("a code that ends while its order waits does not apply any more", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { id, code } = await makePromotion(api, { fixedAmount: 10 });
  const end = new Date((await databaseClock(api.database)).getTime() + HOLD_MS);
  await runSql(api.database, "UPDATE orders.promotions SET end_at = $2 WHERE id = $1", [id, end]);
  const refusal = await refusalOf(
    pastTheEnd(
      stockRow(shop, shop.products.mug),
      async () => end,
      () => client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), promoCode: code }),
    ),
  );
  assert.equal([refusal.reason, refusal.metadata["why"]], ["PROMOTION_NOT_APPLICABLE", "ENDED"]);
});

test.run();
