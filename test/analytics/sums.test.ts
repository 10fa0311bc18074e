/**
 * The sums of sales: right after every step of an order's life, whoever dies while they are made, however many make them.
 *
 * Method: orders live by their RPCs; the tables of the sums are held against plain SQL over the orders, all of them.
 */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SalesGranularity } from "../../gen/bodega/analytics/v1/sales_pb.ts";
import { rollUp } from "../../src/domains/analytics/daily-rollup.ts";
import { endHolds } from "../../src/domains/order/change/expire-holds.ts";
import type { OrderStatus } from "../../src/domains/order/model.ts";
import { type Rule, rules, type Step } from "../../src/domains/order/change/state-machine.ts";
import { assignPositions } from "../../src/outbox/outbox.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { databaseUrl, log } from "../support/environment.ts";
import { changeWriterOn } from "../support/order-repositories.ts";
import { meeting, race } from "../support/race.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { changePast, placePast } from "./past-orders.ts";
import { wrongSums } from "./plain.ts";

const DAY_MS = 86_400_000;
const LONG_AGO_MS = Date.now() - (Date.now() % DAY_MS) - 100 * DAY_MS;
const MUGS = 1_000;
/** Of all orders that the tests make there are several. */
const PIECE = 20;

let api: TestApi;
let admin: Clients;
let buyer: Clients;
let shop: Shop<"mug">;

test.before(async () => {
  api = await startTestApi();
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  buyer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
});
test.before.each(async () => {
  shop = await shopWith(api, { mug: MUGS });
});
test.after(() => api.stop());

/** All that is there. */
async function sumAll(database: Sequelize = api.database, limit?: number): Promise<void> {
  await assignPositions(api.database, 500);
  while ((await rollUp(database, limit)) > 0);
}

/** Every way from where an order begins to where nothing leads on. */
function lives(status: OrderStatus): Rule[][] {
  const next = rules.filter(({ from }) => from === status);
  return next.length === 0 ? [[]] : next.flatMap((rule) => lives(rule.to).map((rest) => [rule, ...rest]));
}

async function begin(status: OrderStatus): Promise<string> {
  const items = shop.items({ mug: status === "REJECTED" ? MUGS + 1 : 2 });
  const hold = status === "PENDING" ? { hold: { seconds: 600n } } : {};
  const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items, ...hold });
  return order?.id ?? "";
}

const take: Record<Step, (id: string) => Promise<unknown>> = {
  confirm: (id) => buyer.order.confirmOrder({ id }),
  cancel: (id) => buyer.order.cancelOrder({ id }),
  ship: (id) => admin.order.shipOrder({ id }),
  deliver: (id) => admin.order.deliverOrder({ id }),
  async expire(id) {
    await runSql(api.database, "UPDATE orders.orders SET hold_expires_at = now() WHERE id = $1", [id]);
    await endHolds({ database: api.database, writer: changeWriterOn(api.database), log });
  },
};

/** Of whole days, so that the sums are asked, today's too. */
async function told(): Promise<unknown> {
  const asked = {
    storeId: shop.storeId,
    startTime: timestampFromMs(LONG_AGO_MS),
    endTime: timestampFromMs(Date.now() - (Date.now() % DAY_MS) + DAY_MS),
  };
  const { confirmed, rejected, revenue } = await admin.analytics.getSalesSummary({
    ...asked,
    granularity: SalesGranularity.DAY,
  });
  const { products } = await admin.analytics.listTopProducts(asked);
  return {
    confirmed,
    rejected,
    revenue: revenue?.units ?? 0n,
    mugs: products[0]?.quantitySold ?? 0n,
    brought: products[0]?.revenue?.units ?? 0n,
  };
}

async function stands(): Promise<unknown> {
  const [row] = await runSql<{ confirmed: number; rejected: number; units: number }>(
    api.database,
    `SELECT count(*) FILTER (WHERE status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED'))::integer AS confirmed, count(*) FILTER (WHERE status = 'REJECTED')::integer AS rejected,
            coalesce(sum(total) FILTER (WHERE status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')), 0)::integer / 100 AS units
     FROM orders.orders WHERE store_id = $1`,
    [shop.storeId],
  );
  const { confirmed = 0, rejected = 0, units = 0 } = row ?? {};
  return { confirmed, rejected, revenue: BigInt(units), mugs: BigInt(confirmed * 2), brought: BigInt(units) };
}

test("every life of an order counts for what it is after each step, whether the sums have seen its steps or not", async () => {
  for (const status of ["REJECTED", "PENDING", "CONFIRMED"] as const) {
    for (const life of lives(status)) {
      // A bit says whether what has happened until then is summed up.
      for (let seen = 0; seen < 2 ** (life.length + 1); seen++) {
        const id = await begin(status);
        for (const [index, rule] of [undefined, ...life].entries()) {
          if (rule !== undefined) await take[rule.step](id);
          if ((seen >> index) % 2 === 1) await sumAll();
          assert.equal(await told(), await stands(), `${status}, ${life.map(({ step }) => step).join(", ")}`);
        }
      }
    }
  }
  await sumAll();
  assert.equal(await wrongSums(api.database), []);
});

/** Orders of three days, some with events that the sums have not seen. */
async function past(count: number): Promise<void> {
  const lines = [{ productId: shop.products.mug, title: "Mug", quantity: 2, unitPrice: 250, discount: 0 }];
  for (let n = 0; n < count; n++) {
    const order = await placePast(api.database, {
      storeId: shop.storeId,
      placedMs: LONG_AGO_MS + (n * 3 * DAY_MS) / count,
      status: "CONFIRMED",
      lines,
    });
    if (n % 3 === 0) await changePast(api.database, order, "CANCELLED");
    if (n % 2 === 0) await assignPositions(api.database, 500);
  }
}

/** A connection that is cut before its nth statement. */
function doomed(nth: number): Sequelize {
  const name = `doomed before ${nth}`;
  const database = openDatabase({ url: databaseUrl, pool: 1, name });
  let statements = 0;
  database.addHook("beforeQuery", async () => {
    if (++statements !== nth) return;
    await runSql(api.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [
      name,
    ]);
  });
  return database;
}

test("a worker that dies before any of its statements leaves sums that are right, and the next one goes on", async () => {
  await past(9);
  let deaths = 0;
  for (let statement = 1, ended = false; !ended; statement++) {
    await runSql(api.database, "DELETE FROM orders.relay_cursor WHERE name = 'sales'");
    const database = doomed(statement);
    ended = await sumAll(database, PIECE).then(
      () => true,
      () => false,
    );
    await database.close();
    assert.equal(await told(), await stands());
    if (ended) continue;
    deaths++;
    await sumAll(api.database, PIECE);
    assert.equal(await wrongSums(api.database), [], `killed before statement ${statement}`);
  }
  assert.ok(deaths > 10);
});

test("four that sum up at once, while orders come and are cancelled, add each event once", async () => {
  let open = 8;
  await race(12, async (index) => {
    if (index < 4) {
      while (open > 0) await sumAll(api.database, 3);
      return;
    }
    for (let n = 0; n < 4; n++) {
      const id = await begin("CONFIRMED");
      if (n % 2 === 0) await take.cancel(id);
    }
    open--;
  });
  await sumAll();
  assert.equal(await wrongSums(api.database), []);
  assert.equal(await told(), await stands());
});

test("two that read the cursor without its lock add an event twice", async () => {
  await begin("CONFIRMED");
  await assignPositions(api.database, 500);
  const together = meeting(2);
  await runSql(
    api.database,
    "CREATE TABLE IF NOT EXISTS public.counted AS SELECT position, 0 AS events FROM orders.relay_cursor WHERE name = 'sales'",
  );
  await race(2, () =>
    withTransaction(api.database, async () => {
      const [behind] = await runSql<{ events: number }>(
        api.database,
        "SELECT count(*)::integer AS events FROM orders.outbox e, public.counted c WHERE e.position > c.position",
      );
      await together();
      await runSql(
        api.database,
        "UPDATE public.counted SET events = events + $1, position = (SELECT max(position) FROM orders.outbox)",
        [behind?.events ?? 0],
      );
    }),
  );
  assert.equal(await runSql(api.database, "SELECT events FROM public.counted"), [{ events: 2 }]);
});

test.run();
