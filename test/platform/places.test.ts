/** Places for transactions: a crowd of one kind leaves room for the others, and all of them for what only reads. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Failure } from "../../src/platform/errors/failure.ts";
import { TransactionSlots } from "../../src/platform/database/pool/transaction-slots.ts";
import { thrown } from "../support/call.ts";
import { until } from "../support/until.ts";

const POOL = 5;
const [adjust, cancel, login] = [{}, {}, {}];

/** Longer than the tests take, and no longer than they are waited for. */
const PATIENCE_MS = 500;

/** What has a place after everybody who could enter has entered. */
async function enter(places: TransactionSlots, purpose: object | undefined, count: number): Promise<Disposable[]> {
  const inside: Disposable[] = [];
  for (let n = 0; n < count; n++)
    void places.take(purpose, Date.now() + PATIENCE_MS).then(
      (place) => inside.push(place),
      () => undefined,
    );
  await new Promise(setImmediate);
  return inside;
}

test("a crowd of one kind takes half of the places, two crowds take all of them, and a connection is left", async () => {
  const places = new TransactionSlots(POOL);
  const first = await enter(places, adjust, 14);
  assert.is(first.length, 2);
  const second = await enter(places, cancel, 14);
  assert.is(second.length, 2);
  assert.is(first.length + second.length, POOL - 1);
  assert.is((await enter(places, login, 1)).length, 0);
  await until("nobody waits any more", () => places.waiting === 0);
});

test("crowds that wait for the same rows are one", async () => {
  const places = new TransactionSlots(POOL, [adjust, cancel]);
  assert.is((await enter(places, adjust, 14)).length + (await enter(places, cancel, 14)).length, 2);
  assert.is((await enter(places, login, 1)).length, 1);
  await until("nobody waits any more", () => places.waiting === 0);
});

test("a place that is free again goes to the first who may have it", async () => {
  const places = new TransactionSlots(POOL);
  const [adjusting, cancelling] = [await enter(places, adjust, 3), await enter(places, cancel, 2)];
  const signingIn = await enter(places, login, 1);
  cancelling[0]?.[Symbol.dispose]();
  await new Promise(setImmediate);
  assert.equal([adjusting.length, signingIn.length, places.waiting], [2, 1, 1]);
  adjusting[0]?.[Symbol.dispose]();
  await new Promise(setImmediate);
  assert.equal([adjusting.length, places.waiting], [3, 0]);
});

test("a single connection is for everybody", async () => {
  const places = new TransactionSlots(1);
  const [place] = await enter(places, adjust, 1);
  place?.[Symbol.dispose]();
  assert.is((await enter(places, cancel, 1)).length, 1);
});

test("who waits in vain is told that it passes", async () => {
  const places = new TransactionSlots(1);
  await places.take(adjust);
  const error = await thrown(places.take(adjust, Date.now() + 20));
  assert.ok(error instanceof Failure && error.reason === "TOO_BUSY" && error.retryAfterMs !== undefined, String(error));
  assert.is(places.waiting, 0);
});

test.run();
