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
import { type DescMethod, type Message, toBinary, toJsonString } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { select } from "../../src/platform/database/database.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { maxRequestBytesOf } from "../../src/rpc/limits.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";
import { type LoggedApi, type LogLine, startLoggedApi } from "../support/logged-api.ts";
import { fc, seed } from "../support/seed.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";
import { brokenMessage } from "./faults.ts";
import { type Asked, wrongWith } from "./judge.ts";
import { freshKnown, type Known } from "./known.ts";
import { hostileMessage, type Init, messageFrom, validMessage } from "./messages.ts";
import { spoilt, type Trick, trickFor } from "./tricks.ts";
import { isJson, requestOf, type Way, waysTo, type Wire, wireTo } from "./wire.ts";

export interface Extent {
  /** Requests for each RPC in each lap, over all its ways. */
  rounds: number;
  /** How often all RPCs are gone through; from three on memory is looked at. */
  laps: number;
}

const COLLECTIONS = 3;
/** What two thirds of the laps may add to what is in use after the first third. */
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;
/** Longer URLs are sent by POST, as clients do: a server reads 16 KiB of headers. */
const MAX_URL = 8_000;
/** A stream has no other end; long enough to be let in on a busy machine, where it matters that it is. */
const STREAM_MS = 200;
/** Requests for each RPC of which chance cannot spoil all. */
const ENOUGH = 1_000;
/** No e-mail and no webhook has failed for good here, and a stream ends by its deadline. */
const NEVER_OK = [
  "NotificationService/RetryDeadLetter",
  "NotificationService/ReplayWebhookDelivery",
  "OrderService/WatchOrders",
];
const AGAIN = /^(\S+) by ([\w -]+), seed (-?\d+), path ([\d:]+)$/.exec(process.env["AGAIN"] ?? "");

type CallerName = "admin" | "customer" | "nobody";

/** One request. Printed when it fails, so it holds nothing but data. */
interface Shot {
  caller: CallerName;
  asked: Asked;
  init: Init;
  trick?: Trick;
}

/** They come last, so that the others find something: an empty cart cannot be checked out, nor a cancelled order shipped. */
const TAKES_AWAY = /^(Cancel|Clear|Delete|Remove|Revoke)/;
const inOrder = rpcs.toSorted((a, b) => Number(TAKES_AWAY.test(a.name)) - Number(TAKES_AWAY.test(b.name)));

export function fuzzEveryRpc({ rounds, laps }: Extent): void {
  let helper: TestApi;
  let server: LoggedApi;
  let wire: Wire;
  let known: Known;
  let people: { admin: TestUser; customer: TestUser };
  const inUse: number[] = [];
  const answered = new Set<string>();

  test.before(async () => {
    const environment = { WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" };
    [helper, server] = await Promise.all([startTestApi(environment), startLoggedApi(environment)]);
    wire = wireTo(server);
  });
  test.after(async () => {
    wire.close();
    await Promise.all([helper.stop(), server.stop()]);
  });

  for (let lap = 1; lap <= (AGAIN === null ? laps : 1); lap++) {
    test(`every RPC answers as it promises: lap ${lap} of ${laps}`, async () => {
      const found: string[] = [];
      for (const [index, rpc] of inOrder.entries()) {
        if (index % 10 === 0) known = await freshKnown(helper, await signedInAgain());
        found.push(...(await tryRpc(rpc, { seed: seed + lap * 1_000 + index * 10 })));
        await noTransactionIsOpen(helper, rpc);
      }
      const logged = [
        ...new Set(server.lines.filter(({ code }) => code === "Internal" || code === "Unknown").map(causeOf)),
      ];
      server.lines.length = 0;
      inUse.push(await bytesInUse());
      assert.equal({ found: found.slice(0, 8), logged: logged.slice(0, 8) }, { found: [], logged: [] });
    });
  }

  /** What RPCs do to those who call them is not to end the others' calls. */
  async function signedInAgain(): Promise<typeof people> {
    people = { admin: await helper.signUp("ADMIN"), customer: await helper.signUp("CUSTOMER") };
    return people;
  }

  async function tryRpc(rpc: DescMethod, { seed }: { seed: number }): Promise<string[]> {
    const ways = waysTo(rpc);
    const found = await Promise.all(
      ways.map(async (way, turn) => tryWay(rpc, way, { seed: seed + turn, numRuns: Math.ceil(rounds / ways.length) })),
    );
    return found.flat();
  }

  async function tryWay(rpc: DescMethod, way: Way, parameters: { seed: number; numRuns: number }): Promise<string[]> {
    if (AGAIN !== null && (AGAIN[1] !== nameOf(rpc) || AGAIN[2] !== way)) return [];
    const repeated = AGAIN === null ? parameters : { seed: Number(AGAIN[3]), path: AGAIN[4] };
    const property = fc.asyncProperty(shotsAt(rpc, way), async (shot) => {
      const wrong = await wrongOf(rpc, way, shot);
      if (wrong !== undefined) throw new Error(wrong);
    });
    const result = await fc.check(property, repeated);
    if (!result.failed) return [];
    const error = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
    return [
      `${error}: ${print(result.counterexample)}\n  AGAIN="${nameOf(rpc)} by ${way}, seed ${result.seed}, path ${result.counterexamplePath}" npm run fuzz`,
    ];
  }

  function shotsAt(rpc: DescMethod, way: Way): fc.Arbitrary<Shot> {
    const { input } = rpc;
    const caller = fc.constantFrom<CallerName>("admin", "admin", "admin", "customer", "nobody");
    const valid = validMessage(input, () => known);
    const broken = brokenMessage(input, () => known);
    const kinds: { weight: number; arbitrary: fc.Arbitrary<Shot> }[] = [
      { weight: 4, arbitrary: fc.record({ caller, asked: fc.constant("valid" as const), init: valid }) },
      {
        weight: 2,
        arbitrary: fc.record({
          caller,
          asked: fc.constant("hostile" as const),
          init: hostileMessage(input, () => known),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ caller, asked: fc.constant("spoilt" as const), init: valid, trick: trickFor(rpc, way) }),
      },
    ];
    if (broken !== undefined)
      kinds.push({
        weight: 4,
        arbitrary: broken.map(({ init, fault }) => ({ caller: "admin" as const, asked: fault, init })),
      });
    return fc.oneof(...kinds);
  }

  async function wrongOf(rpc: DescMethod, way: Way, { caller, asked, init, trick }: Shot): Promise<string | undefined> {
    const [by, bytes] = encoded(rpc, way, messageFrom(rpc.input, init));
    const token = caller === "nobody" ? undefined : people[caller].token;
    const ends = rpc.methodKind !== "unary" && typeof asked !== "object";
    const request = requestOf(rpc, by, bytes, { token, timeoutMs: ends ? STREAM_MS : undefined });
    const outcome = await wire.send(rpc, by, trick === undefined ? request : spoilt(request, trick));
    if (asked === "valid" && outcome.code === "OK") answered.add(nameOf(rpc));
    const wrong = wrongWith(rpc, asked, outcome);
    return wrong === undefined ? undefined : `${nameOf(rpc)} by ${by}: ${wrong}: ${JSON.stringify(outcome)}`;
  }

  test("one byte more than an RPC takes is refused", async () => {
    const found: string[] = [];
    for (const [index, rpc] of inOrder.entries()) {
      const ways = waysTo(rpc).filter((way) => !way.startsWith("GET"));
      const way = ways[index % ways.length] ?? "gRPC";
      const outcome = await wire.send(
        rpc,
        way,
        requestOf(rpc, way, Buffer.alloc(maxRequestBytesOf(rpc) + 1, "x"), {
          token: people.admin.token,
          timeoutMs: undefined,
        }),
      );
      if (outcome.reason !== "MESSAGE_TOO_LARGE") found.push(`${nameOf(rpc)} by ${way}: ${JSON.stringify(outcome)}`);
    }
    assert.equal(found, []);
  });

  test("a connection that is cut in the request or in the answer leaves nothing behind", async () => {
    for (const [index, rpc] of inOrder.entries()) {
      const [message = {}] = fc.sample(
        validMessage(rpc.input, () => known),
        { numRuns: 1, seed: seed + index },
      );
      const cuts = waysTo(rpc).map(async (way) => {
        const [by, bytes] = encoded(rpc, way, messageFrom(rpc.input, message));
        await wire.cut(
          by,
          requestOf(rpc, by, bytes, { token: people.admin.token, timeoutMs: undefined }),
          index % 2 === 0 ? "request" : "answer",
        );
      });
      await Promise.all(cuts);
    }
    await noTransactionIsOpen(helper, "the last cut");
    assert.equal(
      [...new Set(server.lines.filter(({ code }) => code === "Internal" || code === "Unknown").map(causeOf))],
      [],
    );
  });

  test("after all that the server answers, at once, by every way", async () => {
    const { products } = await shopWith(helper, { bread: 1 });
    const getProduct = CatalogService.method.getProduct;
    for (const way of waysTo(getProduct)) {
      const [by, bytes] = encoded(getProduct, way, messageFrom(getProduct.input, { id: products.bread }));
      assert.is(
        (await wire.send(getProduct, by, requestOf(getProduct, by, bytes, { token: undefined, timeoutMs: undefined })))
          .code,
        "OK",
        way,
      );
    }
    assert.ok((await helper.signUp("CUSTOMER")).token);
  });

  if (laps >= 3 && AGAIN === null) {
    test("memory stays flat from the first third of the laps to the last", () => {
      const third = Math.floor(laps / 3);
      const growth = median(inUse.slice(-third)) - median(inUse.slice(0, third));
      console.log(`in use after each lap, MiB: ${inUse.map((bytes) => Math.round(bytes / 2 ** 20)).join(" ")}`);
      assert.ok(growth < MAX_GROWTH_BYTES, `grew by ${Math.round(growth / 2 ** 20)} MiB`);
    });
  }
  if (laps * rounds >= ENOUGH && AGAIN === null) {
    test("every RPC answered OK to some of what was valid, so that its handler was tried to the end", () => {
      assert.equal(
        inOrder.map(nameOf).filter((name) => !answered.has(name)),
        NEVER_OK,
      );
    });
  }

  test.run();
}

/** The message's bytes, and the way that carries them: what has no JSON form or is too long for a URL goes another way. */
function encoded(rpc: DescMethod, way: Way, message: Message): [Way, Uint8Array] {
  const bytes = isJson(way) ? jsonOf(rpc, message) : toBinary(rpc.input, message);
  if (bytes === undefined) return ["Connect binary", toBinary(rpc.input, message)];
  if (!way.startsWith("GET") || bytes.length < MAX_URL) return [way, bytes];
  return [isJson(way) ? "Connect JSON" : "Connect binary", bytes];
}

/** A time in the year 300000, for one, has no JSON form. */
function jsonOf({ input }: DescMethod, message: Message): Uint8Array | undefined {
  try {
    return Buffer.from(toJsonString(input, message));
  } catch {
    return undefined;
  }
}

async function noTransactionIsOpen({ database }: TestApi, after: DescMethod | string): Promise<void> {
  const open =
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
  await until(
    `no transaction open after ${typeof after === "string" ? after : nameOf(after)}`,
    async () => (await select(database, open)).length === 0,
  );
}

function nameOf(rpc: DescMethod): string {
  return pathOf(rpc).split(".").at(-1) ?? "";
}

function print(counterexample: [Shot] | null): string {
  return fc.stringify(counterexample?.[0]).slice(0, 1_500);
}

function causeOf({ rpc, code, err }: LogLine): string {
  return `${rpc} ${code}: ${err?.stack ?? ""}`;
}

/** What is still in use after a collection; what the system has given the process says more of its allocator. */
/** What hangs on the heap from outside goes a turn after what it hung on. */
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
