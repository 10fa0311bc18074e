/**
 * Whose password is hashed next: a crowd has its share of the turns, and no more.
 *
 * Method: what would hash only notes who it is, and goes on at the next turn of the event loop, so that the order is seen.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { HashQueue, type Share } from "../../src/domains/identity/password/hash-queue.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { CallSignal } from "../../src/rpc/call-signal.ts";
import { tally } from "../support/race.ts";

interface Asked {
  peer: string;
  share?: Share;
  signal?: CallSignal;
}

/** Turns, in whose order the peers are noted. */
function turnsNoted(options?: ConstructorParameters<typeof HashQueue>[0]) {
  const turns = new HashQueue(options);
  const order: string[] = [];
  let atOnce = 0;
  let most = 0;
  async function ask({ peer, share = "new", signal = new CallSignal() }: Asked): Promise<string> {
    try {
      using place = turns.enter({ peer, signal });
      return await place.turn(share, async () => {
        most = Math.max(most, ++atOnce);
        order.push(peer);
        await new Promise(setImmediate);
        atOnce--;
        return "done";
      });
    } catch (error) {
      return error instanceof Failure ? error.reason : String(error);
    }
  }
  return { turns, order, ask, most: () => most };
}

const crowd = (count: number, peer: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => peer(index));

test("one is hashed at a time, and all in the end", async () => {
  const { ask, most } = turnsNoted();
  assert.equal(tally(await Promise.all(crowd(60, (index) => `10.0.${index}.1`).map((peer) => ask({ peer })))), {
    done: 60,
  });
  assert.is(most(), 1);
});

test("who comes alone does not wait for a crowd from one address, one network or one site", async () => {
  for (const peer of [
    () => "10.1.1.1",
    (index: number) => `10.1.1.${index}`,
    (index: number) => `2001:db8:1:${index}::1`,
  ]) {
    const { ask, order } = turnsNoted();
    const answers = [...crowd(60, peer).map((one) => ask({ peer: one })), ask({ peer: "192.0.2.1" })];
    await Promise.all(answers);
    assert.ok(order.indexOf("192.0.2.1") <= 2, `he was number ${order.indexOf("192.0.2.1") + 1}`);
  }
});

test("a crowd at new addresses leaves known ones most of the turns, and a crowd at known ones leaves some to new ones", async () => {
  const { ask, order } = turnsNoted();
  const strangers = crowd(60, (index) => `10.1.${index}.1`);
  const owners = crowd(20, (index) => `192.0.${index}.1`);
  await Promise.all([
    ...strangers.map((peer) => ask({ peer })),
    ...owners.map((peer) => ask({ peer, share: "known" })),
  ]);
  assert.is(order.slice(0, 31).filter((peer) => peer.startsWith("192.")).length, 20);
  const other = turnsNoted();
  await Promise.all([
    ...owners.flatMap((peer) => [1, 2, 3].map(() => other.ask({ peer, share: "known" }))),
    other.ask({ peer: "10.1.1.1" }),
  ]);
  assert.ok(
    other.order.indexOf("10.1.1.1") <= 3,
    "who signs in from a new address is not kept out by those who flood their own accounts",
  );
});

test("registrations have a share of their own, which no crowd at the sign-in fills, and they fill no other", async () => {
  const { ask, order } = turnsNoted();
  const strangers = crowd(70, (index) => `10.1.${index}.1`).map((peer) => ask({ peer }));
  const newcomer = ask({ peer: "192.0.2.1", share: "registration" });
  assert.is(await newcomer, "done");
  assert.ok(order.length < 10, `${order.length} went first`);
  await Promise.all(strangers);
});

test("what waits is bounded: of a crowd from one network the last are refused, and give way to who comes from another", async () => {
  const { ask } = turnsNoted();
  const outcomes: string[] = [];
  const many = crowd(200, () => "10.1.1.1").map(async (peer) => outcomes.push(await ask({ peer })));
  // One is at work already, so that there is room for one more; the next makes the last of the crowd give way.
  const others = crowd(5, (index) => `192.0.${index}.1`).map((peer) => ask({ peer }));
  assert.equal(tally(await Promise.all(others)), { done: 5 });
  await Promise.all(many);
  const { done = 0, TOO_BUSY: refused = 0 } = tally(outcomes);
  assert.equal([done + refused, done], [200, 60]);
});

test("strangers from a thousand networks do not keep an owner out of a known address", async () => {
  const { ask } = turnsNoted();
  const strangers = crowd(1_000, (index) => `10.${index >> 8}.${index & 255}.1`).map((peer) => ask({ peer }));
  assert.is(await ask({ peer: "192.0.2.1", share: "known" }), "done");
  assert.ok((tally(await Promise.all(strangers))["TOO_BUSY"] ?? 0) > 900);
});

test("who has gone, or had to wait too long, gets no turn and is nobody in the way", async () => {
  const { ask, order } = turnsNoted();
  const signal = new CallSignal();
  const answers = [ask({ peer: "10.1.1.1" }), ask({ peer: "10.1.2.1", signal }), ask({ peer: "10.1.3.1" })];
  signal.abort();
  assert.equal(await Promise.all([...answers, ask({ peer: "10.1.4.1", signal })]), [
    "done",
    "CANCELED",
    "done",
    "CANCELED",
  ]);
  assert.equal(order, ["10.1.1.1", "10.1.3.1"]);
  const { turns, ask: impatient } = turnsNoted({ maxWaitMs: 10 });
  const held = Promise.withResolvers<void>();
  using place = turns.enter({ peer: "10.1.1.1", signal: new CallSignal() });
  const slow = place.turn("new", () => held.promise);
  assert.is(await impatient({ peer: "10.1.2.1" }), "TOO_BUSY");
  held.resolve();
  await slow;
  assert.is(await impatient({ peer: "10.1.3.1" }), "done");
});

test("work that fails gives the turn on, and its place back", async () => {
  const { turns, ask } = turnsNoted();
  for (let times = 0; times < 100; times++) {
    using place = turns.enter({ peer: "10.1.1.1", signal: new CallSignal() });
    const outcome = await place.turn("new", () => Promise.reject(new Error("no hash"))).catch(String);
    assert.is(outcome, "Error: no hash");
  }
  assert.is(await ask({ peer: "10.1.1.1" }), "done");
});

test.run();
