/** The plan of a soak is a function of its seed: what everybody means to do, and what strikes when. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { faultKinds, scheduleOf } from "./schedule.ts";
import { bystanderIntents, BYSTANDERS_PRODUCT, customerIntents, staffIntents } from "./workload.ts";

const MANY = 300;

test("the same seed draws the same plan, and another one another", () => {
  const plan = (seed: number) => [
    scheduleOf(seed).take(MANY).toArray(),
    customerIntents(seed, 3).take(MANY).toArray(),
    staffIntents(seed, 1).take(MANY).toArray(),
  ];
  assert.equal(plan(7), plan(7));
  plan(7).forEach((part, index) => assert.not.equal(part, plan(8)[index]));
});

test("no two people of a run mean the same, and no id comes twice", () => {
  const all = [0, 1, 2].flatMap((n) => [
    ...customerIntents(7, n).take(MANY).toArray(),
    ...staffIntents(7, n).take(MANY).toArray(),
  ]);
  assert.is(new Set(all.map(({ id }) => id)).size, all.length);
});

test("everything that customers and staff can do is meant soon", () => {
  const customer = new Set(
    customerIntents(7, 0)
      .take(MANY)
      .map(({ deed }) => deed.do),
  );
  const staff = new Set(
    staffIntents(7, 0)
      .take(MANY)
      .map(({ deed }) => deed.do),
  );
  assert.is(customer.size, 12);
  assert.is(staff.size, 5);
});

test("bystanders want the one product whose rows nobody locks, and use no code", () => {
  const deeds = bystanderIntents(7, 0)
    .take(MANY)
    .map(({ deed }) => deed)
    .toArray();
  assert.ok(
    deeds.every(
      (deed) =>
        deed.do === "place" &&
        deed.code === undefined &&
        deed.lines.every(({ product }) => product === BYSTANDERS_PRODUCT),
    ),
  );
});

test("who calls the second machine wants nothing that bystanders want, so that no row of theirs is lost with it", () => {
  const lines = customerIntents(7, 3, true)
    .take(MANY)
    .flatMap(({ deed }) => (deed.do === "place" ? deed.lines : deed.do === "add to cart" ? [deed.line] : []))
    .toArray();
  assert.ok(lines.length > 0);
  assert.ok(lines.every(({ product }) => product !== BYSTANDERS_PRODUCT));
});

test("each round of faults has every kind once", () => {
  const round = faultKinds.length;
  for (const seed of [1, 2, 3]) {
    const kinds = scheduleOf(seed)
      .take(3 * round)
      .map(({ kind }) => kind)
      .toArray();
    for (const from of [0, round, 2 * round])
      assert.equal(new Set(kinds.slice(from, from + round)), new Set(faultKinds));
  }
});

test.run();
