/** How many messages a destination may have in hand, by how it answered. Pure: the test has the clock. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CircuitBreaker } from "../../src/domains/notification/delivery/circuit-breaker.ts";
import { RECEIVER_TERMS } from "../../src/domains/notification/webhook/receivers.ts";

const quick = { answered: true, durationMs: 50 };
const slow = { answered: true, durationMs: 3_000 };
const silent = { answered: false, durationMs: 10_000 };
const NOBODY = new Map<string, number>();

function breaker(): CircuitBreaker {
  return new CircuitBreaker(RECEIVER_TERMS);
}

test("whoever answers soon may have several in hand; whoever is slow or new may have one", () => {
  const known = breaker();
  known.note("quick", quick, 0);
  known.note("slow", slow, 0);
  assert.equal(
    ["quick", "slow", "new"].map((key) => known.turn(key, 1).most),
    [4, 1, 1],
  );
  assert.equal(
    known.shares(
      new Map([
        ["new", 1],
        ["quick", 3],
      ]),
      1,
    ),
    new Map([
      ["quick", { inHand: 3, most: 4 }],
      ["slow", { inHand: 0, most: 1 }],
      ["new", { inHand: 1, most: 1 }],
    ]),
  );
});

test("whoever does not answer has none in hand for a pause that doubles up to five minutes, then one; an answer ends it", () => {
  const known = breaker();
  const pauses: number[] = [];
  let nowMs = 0;
  for (let attempt = 0; attempt < 8; attempt++) {
    known.note("silent", silent, nowMs);
    const { most, waitMs } = known.turn("silent", nowMs);
    assert.is(most, 0);
    assert.equal(known.shares(NOBODY, nowMs).get("silent"), { inHand: 0, most: 0 });
    pauses.push(waitMs / 1_000);
    nowMs += waitMs;
    assert.equal(known.turn("silent", nowMs), { most: 1, waitMs: 0 });
  }
  assert.equal(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
  known.note("silent", quick, nowMs);
  assert.is(known.turn("silent", nowMs).most, 4);
  known.note("silent", silent, nowMs);
  assert.is(known.turn("silent", nowMs).waitMs, 5_000);
});

test("of several in hand that get no answer, the first begins the pause", () => {
  const known = breaker();
  for (const nowMs of [0, 10, 20, 30]) known.note("silent", silent, nowMs);
  assert.equal(
    [4_999, 5_000].map((nowMs) => known.turn("silent", nowMs).most),
    [0, 1],
  );
});

test("two tries in a row without an answer are an outage, which is told once, and its end once", () => {
  const known = breaker();
  const told = [0, 5_000, 5_001, 15_000, 35_000].map((nowMs) => known.note("silent", silent, nowMs));
  assert.equal(told, [undefined, "away", undefined, undefined, undefined]);
  known.note("other", silent, 0);
  assert.equal([known.isAway("silent"), known.isAway("other"), known.countAway()], [true, false, 1]);
  assert.equal(
    [known.note("silent", slow, 80_000), known.note("silent", slow, 80_001), known.note("other", quick, 80_002)],
    ["back", undefined, undefined],
  );
  assert.is(known.countAway(), 0);
});

test.run();
