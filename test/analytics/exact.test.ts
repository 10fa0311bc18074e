/**
 * Whatever was summed up, and whatever changed since: what analytics tells is what the orders say.
 *
 * Method: fast-check draws orders on the days around changes of clocks, changes of them, the work of the relay and of
 * whoever sums up, and questions in between; every answer is held against a plain computation over a list of
 * the same orders, which knows no sums and takes local time from Intl's labels.
 */
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SalesGranularity } from "../../gen/bodega/analytics/v1/sales_pb.ts";
import type { Money } from "../../gen/google/type/money_pb.ts";
import { NEVER_SOLD, SOLD, SOLD_AND_CANCELLED } from "../../src/domains/analytics/rollup-increments-sql.ts";
import { rollUp } from "../../src/domains/analytics/daily-rollup.ts";
import { type OrderStatus, statuses } from "../../src/domains/order/model.ts";
import { assignPositions } from "../../src/outbox/outbox.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { fc } from "../support/seed.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { changePast, type PastOrder, placePast, totalOf } from "./past-orders.ts";

const RUNS = 15;
const HOUR_MS = 3_600_000;
const ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana", "America/St_Johns"];
/** Clocks change in Lord Howe on 4 October, in Berlin on 26 October, in Havana (twice midnight) on 2 November 2025. */
const FROM = [Date.UTC(2025, 9, 4), Date.UTC(2025, 9, 25), Date.UTC(2025, 10, 1)];

let api: TestApi;
let analytics: Clients["analytics"];
const shops: Shop<"mug" | "cup" | "jar">[] = [];
const orders: PastOrder[] = [];

test.before(async () => {
  api = await startTestApi();
  const admin = await api.signUp("ADMIN");
  analytics = api.clients({ token: admin.token }).analytics;
  for (let n = 0; n < 2; n++) shops.push(await shopWith(api, { mug: 1, cup: 1, jar: 1 }));
});
test.after(() => api.stop());

const time = fc.tuple(fc.constantFrom(...FROM), fc.nat(60 * HOUR_MS)).map(([from, ms]) => from + ms);
const line = fc.record({
  product: fc.constantFrom("mug", "cup", "jar"),
  title: fc.constantFrom("old name", "new name"),
  quantity: fc.integer({ min: 1, max: 9 }),
  unitPrice: fc.integer({ min: 1, max: 999 }),
});
const question = fc.record({
  a: time,
  b: time,
  store: fc.constantFrom(undefined, 0, 1),
  zone: fc.constantFrom(...ZONES),
  granularity: fc.constantFrom(
    SalesGranularity.DAY,
    SalesGranularity.HOUR,
    SalesGranularity.UNSPECIFIED,
    SalesGranularity.MINUTE,
  ),
});
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never;

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant("place" as const),
      time,
      store: fc.nat(1),
      status: fc.constantFrom<OrderStatus>("CONFIRMED", "PENDING", "REJECTED"),
      lines: fc.uniqueArray(line, { minLength: 1, maxLength: 3, selector: ({ product }) => product }),
      discounted: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ does: fc.constant("change" as const), which: fc.nat(50), step: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("stamp" as const) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("sum up" as const), limit: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("forget" as const) }) },
  { weight: 4, arbitrary: question.map((asked) => ({ does: "ask" as const, asked })) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const NEXT: Partial<Record<OrderStatus, OrderStatus[]>> = {
  PENDING: ["CONFIRMED", "CANCELLED"],
  CONFIRMED: ["CANCELLED", "SHIPPED"],
  SHIPPED: ["DELIVERED"],
};

async function carryOut(op: Operation): Promise<void> {
  const { database } = api;
  switch (op.does) {
    case "place": {
      const shop = shopAt(op.store);
      const lines = op.lines.map(({ product, ...rest }) => ({
        ...rest,
        productId: productOf(shop, product),
        discount: op.discounted ? 1 : 0,
      }));
      orders.push(await placePast(database, { storeId: shop.storeId, placedMs: op.time, status: op.status, lines }));
      return;
    }
    case "change": {
      const order = orders.at(-1 - (op.which % Math.max(1, orders.length)));
      const next = order === undefined ? [] : (NEXT[order.status] ?? []);
      const status = next[op.step % next.length];
      if (order !== undefined && status !== undefined) await changePast(database, order, status);
      return;
    }
    case "stamp":
      return void (await assignPositions(database, 500));
    case "sum up":
      return void (await rollUp(database, op.limit));
    case "forget":
      return void (await runSql(database, "DELETE FROM orders.relay_cursor WHERE name = 'sales'"));
    case "ask":
      await compareSales(op.asked);
      return compareTopProducts(op.asked);
    default:
      return op satisfies never;
  }
}

function shopAt(store: number): Shop<"mug" | "cup" | "jar"> {
  const shop = shops[store];
  if (shop === undefined) throw new TypeError(`there is no shop ${store}`);
  return shop;
}

function productOf({ products }: Shop<"mug" | "cup" | "jar">, name: string): string {
  return new Map(Object.entries(products)).get(name) ?? "";
}

function sold({ status }: PastOrder): boolean {
  return status === "CONFIRMED" || status === "SHIPPED" || status === "DELIVERED";
}

function minor(money: Money | undefined): number {
  return Number(money?.units ?? 0) * 100 + (money?.nanos ?? 0) / 10_000_000;
}

/** What is the same for all instants of an interval, and for no other. */
function labelOf(granularity: SalesGranularity, zone: string): (ms: number) => string {
  if (granularity === SalesGranularity.MINUTE) return (ms) => new Date(ms).toISOString().slice(0, 16);
  const day = granularity === SalesGranularity.DAY;
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    ...(day ? {} : { hour: "2-digit", hourCycle: "h23", timeZoneName: "longOffset" }),
  });
  return (ms) => format.format(ms);
}

async function compareSales({ a, b, store, zone, granularity }: Question): Promise<void> {
  const startMs = Math.min(a, b);
  const endMs =
    granularity === SalesGranularity.MINUTE ? Math.min(Math.max(a, b), startMs + 20 * HOUR_MS) : Math.max(a, b);
  if (startMs === endMs) return;
  const storeId = store === undefined ? "" : shopAt(store).storeId;
  const asked = {
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(endMs),
    granularity,
    storeId,
    timeZone: zone,
  };
  const answer = await analytics.getSalesSummary(asked);

  const label = labelOf(granularity, zone);
  const within = orders.filter(
    ({ placedMs }) => placedMs < endMs && (placedMs >= startMs || label(placedMs) === label(startMs)),
  );
  const counted = within.filter((order) => storeId === "" || order.storeId === storeId);
  const figures = (some: PastOrder[]) => ({
    confirmed: some.filter(sold).length,
    rejected: some.filter(({ status }) => status === "REJECTED").length,
    revenue: some.filter(sold).reduce((sum, order) => sum + totalOf(order), 0),
  });
  const byLabel = Map.groupBy(counted, ({ placedMs }) => label(placedMs));
  const starts = answer.buckets.map(({ startTime }) => (startTime === undefined ? Number.NaN : timestampMs(startTime)));
  assert.equal(
    starts,
    starts.toSorted((x, y) => x - y),
  );
  assert.is(new Set(starts.map(label)).size, starts.length, "two intervals are one");
  assert.equal(
    [...byLabel.keys()].filter((one) => !starts.map(label).includes(one)),
    [],
    "orders without an interval",
  );
  const told = answer.buckets.map(({ confirmed, rejected, revenue }) => ({
    confirmed,
    rejected,
    revenue: minor(revenue),
  }));
  assert.equal(
    told,
    starts.map((ms) => figures(byLabel.get(label(ms)) ?? [])),
  );
  const { confirmed, rejected, revenue } = answer;
  assert.equal({ confirmed, rejected, revenue: minor(revenue) }, figures(counted));
}

async function compareTopProducts({ a, b, store }: Question): Promise<void> {
  const [startMs, endMs] = [Math.min(a, b), Math.max(a, b)];
  if (startMs === endMs) return;
  const storeId = store === undefined ? "" : shopAt(store).storeId;
  const asked = { startTime: timestampFromMs(startMs), endTime: timestampFromMs(endMs), storeId, pageSize: 2 };
  const told: object[] = [];
  let pageToken = "";
  do {
    const page = await analytics.listTopProducts({ ...asked, pageToken });
    told.push(
      ...page.products.map(({ productId, sku, title, quantitySold, revenue }) => ({
        productId,
        sku,
        title,
        quantitySold,
        revenue: minor(revenue),
      })),
    );
    pageToken = page.nextPageToken;
  } while (pageToken !== "");

  const within = orders.filter(
    (order) =>
      order.wasSold &&
      order.placedMs >= startMs &&
      order.placedMs < endMs &&
      (storeId === "" || order.storeId === storeId),
  );
  const lines = within
    .toSorted((x, y) => (x.id < y.id ? -1 : 1))
    .flatMap((order) => order.lines.map((each) => ({ ...each, counts: sold(order) })));
  const expected = [...Map.groupBy(lines, ({ productId }) => productId)].map(([productId, its]) => {
    const counted = its.filter(({ counts }) => counts);
    return {
      productId,
      sku: its.at(-1)?.title,
      title: its.at(-1)?.title,
      quantitySold: BigInt(counted.reduce((sum, { quantity }) => sum + quantity, 0)),
      revenue: counted.reduce((sum, { quantity, unitPrice, discount }) => sum + quantity * unitPrice - discount, 0),
    };
  });
  const shown = expected.filter(({ quantitySold }) => quantitySold > 0n);
  assert.equal(
    told,
    shown.toSorted((x, y) => Number(y.quantitySold - x.quantitySold) || (x.productId < y.productId ? -1 : 1)),
  );
}

test("an order counts as sold, was sold and is cancelled, or was never sold, whatever its status and its hold", async () => {
  const sql = `
    SELECT o FROM unnest($1::text[]) AS s(status), unnest(ARRAY[NULL, now()]) AS h(hold_expires_at), generate_series(1, 5) AS v(version)
    CROSS JOIN LATERAL (SELECT s.status, h.hold_expires_at, v.version) AS o
    WHERE (${SOLD})::integer + (${SOLD_AND_CANCELLED})::integer + (${NEVER_SOLD})::integer <> 1`;
  assert.equal(await runSql(api.database, sql, [[...statuses]]), []);
});

test("every interval and every product's figures are those of a plain computation, whatever was summed up when", async () => {
  const property = fc.asyncProperty(
    fc.array(operation, { minLength: 10, maxLength: 40 }),
    fc.array(question, { minLength: 2, maxLength: 4 }),
    async (operations, last) => {
      for (const op of operations) await carryOut(op);
      for (const asked of last) await carryOut({ does: "ask", asked });
    },
  );
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
});

test.run();
