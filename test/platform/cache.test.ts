/** What is kept is given until the version changes, and never without a version that was just confirmed. */
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RemoteCache, VersionedCache } from "../../src/platform/cache/versioned-cache.ts";
import { race } from "../support/race.ts";

/** Longer than a version is believed. */
const A_SECOND_MS = 1_000;

function stored(first = "one") {
  const state = { value: first, version: 1, reads: 0, away: false };
  const read = async () => {
    state.reads++;
    const { value } = state;
    await sleep(10);
    return value;
  };
  return {
    state,
    wish: {
      key: "key",
      keepMs: 60_000,
      compute: read,
      toBytes: (text: string) => Buffer.from(text),
      fromBytes: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
    },
    change(value: string) {
      state.value = value;
      state.version++;
    },
  };
}

function cacheOf({ state }: ReturnType<typeof stored>, remote?: RemoteCache): VersionedCache<string> {
  return new VersionedCache<string>({
    async version() {
      if (state.away) throw new Error("away");
      return String(state.version);
    },
    remote,
    siblings: (drop) => ({ watching: Promise.resolve(), invalidate: async () => drop() }),
  });
}

function memory(): RemoteCache & { kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return { kept, get: async (key) => kept.get(key), set: async (key, bytes) => void kept.set(key, bytes) };
}

test("fifty who ask at once wait for one computation", async () => {
  const data = stored();
  const cache = cacheOf(data);
  const values = await race(50, async () => (await cache.read(data.wish)).value);
  assert.equal([new Set(values).size, data.state.reads], [1, 1]);
  await cache.read(data.wish);
  assert.is(data.state.reads, 1);
});

test("after a change that is announced nothing older is given", async () => {
  const data = stored();
  const cache = cacheOf(data);
  const before = await cache.read(data.wish);
  data.change("two");
  await cache.changed();
  assert.not.ok(before.isCurrent());
  assert.is((await cache.read(data.wish)).value, "two");
});

test("a computation that a change overtakes is not kept", async () => {
  const data = stored();
  const cache = cacheOf(data);
  const late = cache.read(data.wish);
  await sleep(5);
  data.change("two");
  await cache.changed();
  assert.is((await late).value, "one");
  assert.not.ok((await late).isCurrent());
  assert.is((await cache.read(data.wish)).value, "two");
});

test("a change that nobody announces is seen within a second", async () => {
  const data = stored();
  const cache = cacheOf(data);
  const before = await cache.read(data.wish);
  data.change("two");
  await sleep(A_SECOND_MS);
  assert.not.ok(before.isCurrent());
  assert.is((await cache.read(data.wish)).value, "two");
});

test("without a version nothing that was kept is given", async () => {
  const data = stored();
  const cache = cacheOf(data);
  await cache.read(data.wish);
  data.state.away = true;
  data.state.value = "two";
  await sleep(A_SECOND_MS);
  const { value, isCurrent } = await cache.read(data.wish);
  assert.equal([value, isCurrent()], ["two", false]);
});

test("machines share what one of them computed, and never that of another version", async () => {
  const data = stored();
  const remote = memory();
  const [here, there] = [cacheOf(data, remote), cacheOf(data, remote)];
  await here.read(data.wish);
  assert.is((await there.read(data.wish)).value, "one");
  assert.is(data.state.reads, 1);
  data.change("two");
  await there.changed();
  assert.is((await there.read(data.wish)).value, "two");
});

test("a shared cache that fails makes answers slower, not wrong", async () => {
  const data = stored();
  const broken: RemoteCache = {
    get: () => Promise.reject(new Error("away")),
    set: () => Promise.reject(new Error("away")),
  };
  assert.is((await cacheOf(data, broken).read(data.wish)).value, "one");
});

test("a refusal is told to everybody who waits and is not kept", async () => {
  const data = stored();
  const cache = cacheOf(data);
  const refusing = { ...data.wish, compute: () => Promise.reject(new Error("no")) };
  const outcomes = await race(3, () =>
    cache.read(refusing).then(
      () => "kept",
      () => "refused",
    ),
  );
  assert.equal(outcomes, ["refused", "refused", "refused"]);
  assert.is((await cache.read(data.wish)).value, "one");
});

test("what nobody asks for any more makes room", async () => {
  const data = stored();
  const cache = cacheOf(data);
  const wish = (n: number) => ({ ...data.wish, key: `key ${n}`, compute: async () => "x".repeat(4_096) });
  for (let n = 0; n < 3_000; n++) await cache.read(wish(n));
  let computed = 0;
  const counting = (n: number) => ({ ...wish(n), compute: async () => `${++computed}` });
  await cache.read(counting(2_999));
  assert.is(computed, 0);
  await cache.read(counting(0));
  assert.is(computed, 1);
});

test.run();
