/** How a worker treats webhooks by the way they answer. Pure: the test says what time it is. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Standings } from "../../src/webhook/standings.ts";

const quick = { status: 200, durationMs: 50 };
const slow = { status: 200, durationMs: 3_000 };
const silent = { status: 0, durationMs: 10_000 };

function mostOf(standings: Standings, id: string, nowMs: number): number | undefined {
  return standings.shares(new Map(), nowMs).get(id)?.most;
}

test("whoever answers at once may have four in hand, also with an error; whoever is slow or new may have one", () => {
  const standings = new Standings();
  standings.note("quick", quick, 0);
  standings.note("wrong", { status: 500, durationMs: 50 }, 0);
  standings.note("slow", slow, 0);
  assert.equal(["quick", "wrong", "slow"].map((id) => mostOf(standings, id, 1)), [4, 4, 1]);
  assert.equal(standings.shares(new Map([["new", 1], ["quick", 3]]), 1).get("new"), { inHand: 1, most: 1 });
  assert.equal(standings.shares(new Map([["quick", 3]]), 1).get("quick"), { inHand: 3, most: 4 });
});

test("whoever does not answer has none in hand for a pause that doubles up to five minutes, then one; an answer ends it", () => {
  const standings = new Standings();
  const pauses: number[] = [];
  let nowMs = 0;
  for (let attempt = 0; attempt < 8; attempt++) {
    standings.note("silent", silent, nowMs);
    const begin = nowMs;
    while (mostOf(standings, "silent", nowMs) === 0) nowMs += 1_000;
    pauses.push((nowMs - begin) / 1_000);
    assert.is(mostOf(standings, "silent", nowMs), 1);
  }
  assert.equal(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
  standings.note("silent", quick, nowMs);
  assert.is(mostOf(standings, "silent", nowMs), 4);
  standings.note("silent", silent, nowMs);
  assert.is(mostOf(standings, "silent", nowMs + 5_000), 1);
});

test("of several in hand that get no answer, the first begins the pause", () => {
  const standings = new Standings();
  for (const nowMs of [0, 10, 20, 30]) standings.note("silent", silent, nowMs);
  assert.equal([4_999, 5_000].map((nowMs) => mostOf(standings, "silent", nowMs)), [0, 1]);
});

test.run();
