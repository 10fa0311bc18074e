/**
 * Restarting and stopping under load: nobody sees a rolling restart, and a stop loses nothing that was acknowledged.
 *
 * Method: `serve` in processes of its own, and buyers of two kinds: gRPC clients with the standard retry policy, and
 * HTTP/1.1 clients that keep their connections and never try again.
 */
// time limit: 180 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "../../src/platform/database/database.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { assertNothingLost, startBuyers } from "../support/buyers.ts";
import { isReady, serve } from "../support/served.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

const STOCK = 1_000_000;
const RESTARTS = 2;

let helper: TestApi;
let token: string;
test.before(async () => {
  helper = await startTestApi();
  ({ token } = await helper.signUp("CUSTOMER"));
});
test.after(() => helper.stop());

test("the processes are restarted one by one under load, and no caller sees an error", async () => {
  const shop = await shopWith(helper, { mug: STOCK });
  const served = await serve();
  const buyers = startBuyers(served, { token, shop, count: 4 });
  for (let restart = 1; restart <= RESTARTS; restart++) {
    served.signal("SIGHUP");
    const before = buyers.bought.acknowledged.length;
    await until(
      "all were restarted",
      () => served.lines().filter(({ msg }) => msg === "every process was restarted").length === restart,
    );
    await until("orders go on", () => buyers.bought.acknowledged.length > before + 50);
  }
  const bought = await buyers.stop();
  const exits = served
    .lines()
    .filter(({ msg }) => msg === "a process took another's place")
    .map(({ exit }) => exit);
  served.signal("SIGTERM");
  assert.is(await served.ended, 0);
  assert.equal(bought.refused, []);
  assert.equal(
    exits,
    Array.from({ length: RESTARTS * 2 }, () => "code 0"),
  );
  await assertNothingLost(helper.database, shop, bought);
});

test("a stop under load ends with 0, and every order that was acknowledged is there", async () => {
  const shop = await shopWith(helper, { mug: STOCK });
  const served = await serve();
  const buyers = startBuyers(served, { token, shop, count: 4 });
  await until("orders come in", () => buyers.bought.acknowledged.length > 100);
  served.signal("SIGTERM");
  assert.is(await served.ended, 0);
  await assertNothingLost(helper.database, shop, await buyers.stop());
});

test("a second signal is obeyed at once, whatever is in hand", async () => {
  const shop = await shopWith(helper, { mug: STOCK });
  const served = await serve();
  const holder = openDatabase({ url: process.env["TEST_DATABASE_OWNER_URL"] ?? "", pool: 1, name: "test" });
  const transaction = await holder.transaction();
  await holder.query("SELECT FROM inventory.stock WHERE store_id = $1 FOR UPDATE", {
    bind: [shop.storeId],
    transaction,
  });
  const buyers = startBuyers(served, { token, shop, count: 1 });
  await until("an order waits for the lock", async () => {
    const [rows] = await helper.database.query("SELECT FROM pg_locks WHERE NOT granted");
    return rows.length > 0;
  });
  served.signal("SIGTERM");
  await until("it lets nobody in", async () => !(await isReady(served.baseUrl)));
  served.signal("SIGTERM");
  assert.is(await served.ended, 130);
  await transaction.rollback();
  await Promise.all([buyers.stop(), holder.close()]);
  assert.equal(buyers.bought.acknowledged, []);
});

test.run();
