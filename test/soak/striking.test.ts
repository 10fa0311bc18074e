/**
 * Striking: after each fault orders must go on, and a fault that found nothing to strike at is not counted as one.
 *
 * Method: faults that do nothing, and a clock of the test's own, by which a minute and a half are over at once.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Fault, type FaultKind, faultKinds } from "./schedule.ts";
import { strikeAll, type Striking, type StrikingParts, unmet } from "./striking.ts";

/** Orders that are taken for "they go on". */
const ENOUGH = Array.from({ length: 8 }, () => "order");
const quiet = () => undefined;

function* faults(kinds: readonly FaultKind[], hasty = false): Generator<Fault, never> {
  for (;;) for (const kind of kinds) yield { kind, pauseMs: 0, hasty, forMs: 0, pick: 0 };
}

/** So many faults, of which each is followed by orders unless `sells` says no. */
function struckBy(
  kinds: readonly FaultKind[],
  {
    sells = () => true,
    strike = async () => true,
    hasty = false,
  }: { sells?: () => boolean; strike?: StrikingParts["strike"]; hasty?: boolean } = {},
): Promise<Striking> {
  const acknowledged: string[] = [];
  let nowMs = 0;
  const now = () => {
    if (sells()) acknowledged.push(...ENOUGH);
    return (nowMs += 10_000);
  };
  return strikeAll(faults(kinds, hasty), {
    strike,
    scene: { acknowledged, now },
    enough: (struck) => struck.length === kinds.length,
    log: quiet,
  });
}

test("where orders go on after every fault, no outage is told, and how long it took", async () => {
  const { struck, outages } = await struckBy(["Redis is killed", "the API is killed"]);
  assert.equal(outages, []);
  assert.equal(
    struck.map(({ kind, met, backAfterMs = 0 }) => [kind, met, backAfterMs > 0]),
    [
      ["Redis is killed", true, true],
      ["the API is killed", true, true],
    ],
  );
});

test("an outage is told with its fault, also after the last one", async () => {
  let strikes = 0;
  const { outages } = await struckBy(["Redis is killed", "the API is killed"], {
    sells: () => strikes < 2,
    strike: async () => ++strikes > 0,
  });
  assert.is(outages.length, 1);
  assert.match(outages[0] ?? "", /the API is killed, and after 90 s no orders went on/);
});

test("a hasty fault does not wait for what the one before has struck", async () => {
  const begun: FaultKind[] = [];
  const { promise: back, resolve } = Promise.withResolvers<boolean>();
  const strike = ({ kind }: Fault) => {
    begun.push(kind);
    if (begun.length === 2) resolve(true);
    return back;
  };
  await struckBy(["Redis is killed", "the API is killed"], { strike, hasty: true });
  assert.equal(begun, ["Redis is killed", "the API is killed"]);
});

test("a kind of which no fault found anything to strike at is told", async () => {
  const { struck } = await struckBy([...faultKinds, "the relay is killed"], {
    strike: async ({ kind }) => kind !== "the relay is killed",
  });
  assert.equal(unmet(struck), ["the relay is killed"]);
  Object.assign(struck.at(-1) ?? {}, { met: true });
  assert.equal(unmet(struck), []);
});

test("a strike that fails ends the run", async () => {
  const failed = await struckBy(["Redis is killed"], { strike: () => Promise.reject(new Error("no Redis")) }).catch(
    (error: unknown) => error,
  );
  assert.match(String(failed), "no Redis");
});

test.run();
