/** A time limit: it answers in time, and leaves nothing behind. */
import { createHook } from "node:async_hooks";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withTimeout } from "../../src/platform/async/with-timeout.ts";

const never = new Promise<never>(() => undefined);
const late = (): string => "late";

/** The limit's own timer keeps no process alive, so something else has to. */
let alive: NodeJS.Timeout;
test.before(() => {
  alive = setInterval(() => undefined, 1_000);
});
test.after(() => clearInterval(alive));

test("work that ends in time gives what it gives, and throws what it throws", async () => {
  assert.is(await withTimeout(60_000, Promise.resolve("done"), late), "done");
  const failed = await withTimeout(60_000, Promise.reject(new Error("broken")), late).catch((error: unknown) => error);
  assert.match(String(failed), "broken");
});

test("when the time is over, what the limit says is given or thrown", async () => {
  assert.is(await withTimeout(1, never, late), "late");
  const refuse = (): never => {
    throw new Error("too late");
  };
  const failed = await withTimeout(1, never, refuse).catch((error: unknown) => error);
  assert.match(String(failed), "too late");
});

test("no timer outlives the wait for what ended in time", async () => {
  const timers = new Set<number>();
  let made = 0;
  const hook = createHook({
    init(id, type) {
      if (type !== "Timeout") return;
      made++;
      timers.add(id);
    },
    destroy: (id) => timers.delete(id),
  }).enable();
  await withTimeout(60_000, Promise.resolve(), late);
  await withTimeout(60_000, Promise.reject(new Error("broken")), late).catch(() => undefined);
  await new Promise(setImmediate);
  hook.disable();
  assert.equal([made, timers.size], [2, 0]);
});

test("a time limit keeps no process alive", async () => {
  const file = new URL("../../src/platform/async/with-timeout.ts", import.meta.url).href;
  const script = `const { withTimeout } = await import("${file}"); withTimeout(3_600_000, new Promise(() => {}), () => 0);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
  assert.equal(await once(child, "exit"), [0, null]);
});

test("work that fails after its time is no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): unknown => unhandled.push(reason);
  process.on("unhandledRejection", note);
  const work = Promise.withResolvers<string>();
  assert.is(await withTimeout(1, work.promise, late), "late");
  work.reject(new Error("broken"));
  await sleep(1);
  process.off("unhandledRejection", note);
  assert.equal(unhandled, []);
});

test.run();
