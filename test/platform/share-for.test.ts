/** Work that is shared: a hundred who ask cost one piece of it, and what is old or failed is done anew. */
import { setTimeout } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { shareFor } from "../../src/platform/async/share-for.ts";
import { until } from "../support/until.ts";

test("a hundred who ask while it is done, and one just behind it, cost one", async () => {
  let done = 0;
  const ask = shareFor(60_000, async () => {
    await setTimeout(10);
    return ++done;
  });
  const asked = Array.from({ length: 50 }, ask);
  await setTimeout(1);
  const all = await Promise.all([...asked, ...Array.from({ length: 50 }, ask)]);
  assert.equal(new Set(all), new Set([1]));
  assert.is(await ask(), 1);
});

test("it is done anew when its time is over", async () => {
  let done = 0;
  const ask = shareFor(1, async () => ++done);
  assert.is(await ask(), 1);
  await until("it is old", async () => (await ask()) > 1);
});

test("a failure is told to all who waited for it, and to nobody else", async () => {
  let done = 0;
  const ask = shareFor(60_000, async () => {
    if (++done === 1) throw new RangeError("the first fails");
    return done;
  });
  const outcomes = await Promise.allSettled([ask(), ask()]);
  assert.equal(
    outcomes.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.is(await ask(), 2);
});

test.run();
