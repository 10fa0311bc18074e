/**
 * Today beside the same weekday before: in words and with a sign, honest where there was nothing, and the same span of the
 * day also where a clock was changed in between.
 */
import { create } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderSchema } from "../../gen/bodega/order/v1/order_pb.ts";
import { MoneySchema } from "../../gen/google/type/money_pb.ts";
import { compare, today, weekBefore } from "../../src/console/app/today/compare.ts";
import { latestOf } from "../../src/console/app/today/latest.ts";
import { comparisonWords } from "../../src/console/app/words/today.ts";

const HOUR_MS = 3_600_000;
const money = (units: number) => create(MoneySchema, { currencyCode: "USD", units: BigInt(units) });
const said = (now: number, before: number) =>
  comparisonWords(compare(money(now), money(before)), { before: `$${before}`, day: "Tuesday", time: "14:05" });

const spoken: [now: number, before: number, words: string][] = [
  [112, 100, "+12 %, more than the $100 of last Tuesday by 14:05"],
  [95, 100, "−5 %, less than the $100 of last Tuesday by 14:05"],
  [0, 100, "−100 %, less than the $100 of last Tuesday by 14:05"],
  [100, 100, "As much as last Tuesday by 14:05."],
  [1001, 1000, "+<1 %, more than the $1000 of last Tuesday by 14:05"],
  [50, 0, "Nothing was sold last Tuesday by 14:05."],
  [0, 0, "Nothing was sold last Tuesday by 14:05."],
];
for (const [now, before, words] of spoken) {
  test(`${now} beside ${before}: ${words}`, () => assert.is(said(now, before), words));
}

/** The zone, the moment, and how many hours the day of before had until then. */
const moments: [zone: string, now: string, hours: number][] = [
  ["Europe/Berlin", "2026-03-31T07:30:00Z", 9.5],
  // A week before, an hour was left out at two.
  ["Europe/Berlin", "2026-04-05T07:30:00Z", 8.5],
  // A week before, an hour came twice.
  ["Europe/Berlin", "2026-11-01T08:30:00Z", 10.5],
  ["America/New_York", "2026-11-08T14:30:00Z", 10.5],
  ["Australia/Lord_Howe", "2026-10-10T22:45:00Z", 9.25],
  ["Asia/Kathmandu", "2026-11-21T04:00:00Z", 9.75],
  ["UTC", "2026-11-21T09:30:00Z", 9.5],
];
for (const [zone, now, hours] of moments) {
  test(`in ${zone} at ${now} the span of a week before is from its midnight until the same time, ${hours} hours`, () => {
    const zoneBefore = process.env["TZ"];
    process.env["TZ"] = zone;
    try {
      const { startMs, endMs } = weekBefore(Date.parse(now));
      const clock = (ms: number) => new Date(ms).toLocaleString("en-CA", { timeZone: zone, hourCycle: "h23" });
      assert.is((endMs - startMs) / HOUR_MS, hours);
      assert.match(clock(startMs), /00:00:00/);
      assert.is(clock(endMs).slice(-8), clock(Date.parse(now)).slice(-8));
      assert.is(new Date(endMs).getDay(), new Date(Date.parse(now)).getDay());
      assert.match(clock(today(Date.parse(now)).startMs), /00:00:00/);
    } finally {
      if (zoneBefore === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zoneBefore;
    }
  });
}

const order = (n: number, second: number, names: { buyerName?: string; storeName?: string } = {}) =>
  create(OrderSchema, { id: `0000000${n}`, updateTime: { seconds: BigInt(second) }, ...names });

test("the last orders begin with those that are listed, and an event brings a new one or changes one, each once", () => {
  const listed = [order(2, 10, { buyerName: "Ada" }), order(1, 10, { buyerName: "Bob" })];
  const changed = [order(3, 30), order(1, 20), order(1, 15), order(2, 5)];
  const shown = latestOf(listed, changed);
  assert.equal(
    shown.map(({ id, buyerName, updateTime }) => [id.slice(-1), buyerName, Number(updateTime?.seconds)]),
    [
      ["3", "", 30],
      ["2", "Ada", 10],
      ["1", "Bob", 20],
    ],
  );
});

test.run();
