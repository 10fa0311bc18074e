/**
 * Every RPC answers as it promises, whatever is sent to it and however the sender leaves.
 *
 * Method: for each RPC and each way to call it, requests made from its descriptor: such that keep every rule, such that
 * break exactly one, such that are mostly nonsense, and such whose bytes, frames or headers are wrong (fast-check, which
 * finds the smallest one that fails). After each RPC no transaction may be open; over the laps memory may not grow.
 *
 * `SEED=random` draws other ones than every day (test/support/seed.ts). A failure prints what repeats it: AGAIN.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { maxRequestBytesOf } from "../../src/rpc/limits.ts";
import { rpcs } from "../support/contract.ts";
import { seed } from "../support/seed.ts";
import { shopWith } from "../support/shop.ts";
import { AGAIN, nameOf, RpcFuzzer } from "./rpc-fuzzer.ts";
import { waysTo } from "./wire.ts";

export interface Extent {
  /** Requests for each RPC in each lap, over all its ways. */
  rounds: number;
  /** How often all RPCs are gone through; from three on memory is looked at. */
  laps: number;
}

const COLLECTIONS = 3;
/** What two thirds of the laps may add to what is in use after the first third. */
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;
/** Requests for each RPC of which chance cannot spoil all. */
const ENOUGH = 1_000;
/** No e-mail and no webhook has failed for good here, and a stream ends by its deadline. */
const NEVER_OK = [
  "NotificationService/RetryDeadLetter",
  "NotificationService/ReplayWebhookDelivery",
  "OrderService/WatchOrders",
];
/** They come last, so that the others find something: an empty cart cannot be checked out, nor a cancelled order shipped. */
const TAKES_AWAY = /^(Cancel|Clear|Delete|Remove|Revoke)/;
const inOrder = rpcs.toSorted((a, b) => Number(TAKES_AWAY.test(a.name)) - Number(TAKES_AWAY.test(b.name)));

export function fuzzEveryRpc({ rounds, laps }: Extent): void {
  let fuzzer: RpcFuzzer;
  const inUse: number[] = [];

  test.before(async () => {
    fuzzer = await RpcFuzzer.start();
  });
  test.after(() => fuzzer.stop());

  for (let lap = 1; lap <= (AGAIN === null ? laps : 1); lap++) {
    test(`every RPC answers as it promises: lap ${lap} of ${laps}`, async () => {
      const found = await tryAll(fuzzer, { seed: seed + lap * 1_000, rounds });
      const logged = fuzzer.takeBugs();
      inUse.push(await bytesInUse());
      assert.equal({ found: found.slice(0, 8), logged: logged.slice(0, 8) }, { found: [], logged: [] });
    });
  }
  test("one byte more than an RPC takes is refused", async () => {
    assert.equal(await tooLargeTaken(fuzzer), []);
  });
  test("a connection that is cut in the request or in the answer leaves nothing behind", async () => {
    for (const [index, rpc] of inOrder.entries())
      await fuzzer.cut(rpc, index % 2 === 0 ? "request" : "answer", { seed: seed + index });
    await fuzzer.noTransactionIsOpen("the last cut");
    assert.equal(fuzzer.takeBugs(), []);
  });
  test("after all that the server answers, at once, by every way", async () => {
    const { products } = await shopWith(fuzzer.helper, { bread: 1 });
    const { getProduct } = CatalogService.method;
    for (const way of waysTo(getProduct))
      assert.is((await fuzzer.send(getProduct, way, { id: products.bread })).code, "OK", way);
    assert.ok((await fuzzer.helper.signUp("CUSTOMER")).token);
  });
  if (laps >= 3 && AGAIN === null) {
    test("memory stays flat from the first third of the laps to the last", () => {
      const grown = growthOf(inUse);
      assert.ok(grown < MAX_GROWTH_BYTES, `grew by ${Math.round(grown / 2 ** 20)} MiB`);
    });
  }
  if (laps * rounds >= ENOUGH && AGAIN === null) {
    test("every RPC answered OK to some of what was valid, so that its handler was tried to the end", () => {
      const unanswered = inOrder.map(nameOf).filter((name) => !fuzzer.answered.has(name));
      assert.equal(unanswered, NEVER_OK);
    });
  }

  test.run();
}

/** One lap. @returns what was wrong */
async function tryAll(fuzzer: RpcFuzzer, { seed, rounds }: { seed: number; rounds: number }): Promise<string[]> {
  const found: string[] = [];
  for (const [index, rpc] of inOrder.entries()) {
    if (index % 10 === 0) await fuzzer.renew();
    found.push(...(await fuzzer.tryRpc(rpc, { seed: seed + index * 10, rounds })));
    await fuzzer.noTransactionIsOpen(nameOf(rpc));
  }
  return found;
}

/** Sends each RPC one byte more than it takes, the ways by turns. @returns which were not refused for that */
async function tooLargeTaken(fuzzer: RpcFuzzer): Promise<string[]> {
  const found: string[] = [];
  for (const [index, rpc] of inOrder.entries()) {
    const ways = waysTo(rpc).filter((way) => !way.startsWith("GET"));
    const way = ways[index % ways.length] ?? "gRPC";
    const outcome = await fuzzer.sendBytes(rpc, way, Buffer.alloc(maxRequestBytesOf(rpc) + 1, "x"), "admin");
    if (outcome.reason !== "MESSAGE_TOO_LARGE") found.push(`${nameOf(rpc)} by ${way}: ${JSON.stringify(outcome)}`);
  }
  return found;
}

/** From the first third of the laps to the last. */
function growthOf(inUse: number[]): number {
  const third = Math.floor(inUse.length / 3);
  console.log(`in use after each lap, MiB: ${inUse.map((bytes) => Math.round(bytes / 2 ** 20)).join(" ")}`);
  return median(inUse.slice(-third)) - median(inUse.slice(0, third));
}

/**
 * What is still in use after a collection; what the system has given the process says more of its allocator. What hangs
 * on the heap from outside goes a turn after what it hung on.
 */
async function bytesInUse(): Promise<number> {
  setFlagsFromString("--expose-gc");
  for (let times = 0; times < COLLECTIONS; times++) {
    runInNewContext("gc")();
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
