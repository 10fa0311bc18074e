/**
 * Every RPC answers something other than INTERNAL or UNKNOWN, whatever is sent to it and however the sender leaves.
 *
 * Method: for each RPC, by each protocol, as nobody, as a customer and as an admin (or most handlers would never be
 * reached): nothing, random bytes, random messages, 10 MiB, and a connection that is cut. `SEED=random`
 * draws other ones than every day (test/support/seed.ts).
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type DescMethod, type Message, toBinary } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { select } from "../../src/platform/database.ts";
import { newId } from "../../src/platform/identifier.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";
import { type LoggedApi, type LogLine, startLoggedApi } from "../support/logged-api.ts";
import { seed } from "../support/seed.ts";
import { shopWith } from "../support/shop.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { hostileJson, type Known, randomMessage } from "./random-message.ts";
import { type Protocol, protocols, type Wire, wireTo } from "./wire.ts";

/** As many as two cores keep busy. */
const AT_ONCE = 8;
const TOO_LARGE = Buffer.alloc(10 * 1024 * 1024, "x");
/** What a server that answered all this may have kept; one that keeps the large bodies keeps gigabytes. */
const MAX_KEPT_BYTES = 200 * 1024 * 1024;
const BAD = new Set(["Internal", "Unknown"]);

interface Shot {
  method: DescMethod;
  protocol: Protocol;
  caller: string;
  token: string | undefined;
}

/**
 * @param rounds random messages of each kind, for each RPC, protocol and caller
 * @param large how many protocols carry ten mebibytes to each RPC
 */
export function fuzzEveryRpc({ rounds, large }: { rounds: number; large: number }): void {
  const chance = chanceOf(seed);
  let helper: TestApi;
  let server: LoggedApi;
  let wire: Wire;
  let known: Known;
  let shots: Shot[];
  let memoryBefore: number;

  test.before(async () => {
    [helper, server] = await Promise.all([startTestApi(), startLoggedApi()]);
    wire = wireTo(server);
    const [customer, admin, shop] = await Promise.all([helper.signUp("CUSTOMER"), helper.signUp("ADMIN"), shopWith(helper, { mug: 1_000_000, cup: 3 })]);
    const { order } = helper.clients({ token: customer.token });
    const placed = await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    known = {
      byName: { store_id: shop.storeId, from_store_id: shop.storeId, product_id: shop.products.mug, category_id: await categoryOf(helper), user_id: "" },
      ids: [shop.storeId, shop.products.mug, shop.products.cup, placed.order?.id ?? "", customer.id, newId()],
      logins: [customer.email, "nobody@test.example"],
      words: ["mug", "Zoë", "☕", "coffee", "a"],
    };
    const callers = [{ caller: "nobody", token: undefined }, { caller: "customer", token: customer.token }, { caller: "admin", token: admin.token }];
    shots = rpcs.flatMap((method) => protocols.flatMap((protocol) => callers.map((as) => ({ method, protocol, ...as }))));
    memoryBefore = bytesInUse();
  });
  test.after(async () => {
    wire.close();
    await Promise.all([helper.stop(), server.stop()]);
  });

  /** Sends what `bodies` gives for each shot, and names those that are answered badly. */
  async function bad(chosen: Shot[], bodies: (shot: Shot) => Uint8Array[]): Promise<string[]> {
    const found: string[] = [];
    await each(chosen, async (shot) => {
      for (const bytes of bodies(shot)) {
        const outcome = await wire.send(shot.method, shot.protocol, bytes, shot.token).catch((error: unknown) => `no answer: ${String(error)}`);
        if (BAD.has(outcome) || outcome.startsWith("no answer") || outcome.startsWith("HTTP 5")) found.push(describe(shot, outcome, bytes));
      }
    });
    return found;
  }

  function holds(found: string[]): void {
    const logged = server.lines.filter(({ code }) => BAD.has(code ?? "")).map(causeOf);
    server.lines.length = 0;
    assert.equal({ found: found.slice(0, 10), logged: [...new Set(logged)].slice(0, 10) }, { found: [], logged: [] }, `SEED=${seed}`);
  }

  test("an empty message", async () => {
    holds(await bad(shots, ({ protocol }) => (protocol === "Connect JSON" ? [Buffer.from("{}"), Buffer.alloc(0)] : [Buffer.alloc(0)])));
  });

  test("random bytes", async () => {
    holds(await bad(shots, () => Array.from({ length: rounds }, () => randomBytes(chance))));
  });

  test("random messages of the right type", async () => {
    holds(await bad(shots, (shot) => Array.from({ length: rounds }, () => randomBody(shot, chance, known))));
  });

  test("ten mebibytes", async () => {
    const tried = rpcs.flatMap((method, index) => {
      const turned = new Set(protocols.map((_, turn) => protocols[(index + turn) % protocols.length]).slice(0, large));
      return shots.filter((shot) => shot.method === method && turned.has(shot.protocol) && shot.caller === "admin");
    });
    holds(await bad(tried, () => [TOO_LARGE]));
    holds(await bad(shots.filter((_, index) => index % 97 === 0), () => [TOO_LARGE]));
  });

  test("a connection that is cut in the request or in the answer", async () => {
    await each(shots.filter(({ caller }) => caller !== "customer"), async (shot) => {
      for (const when of ["request", "answer"] as const) {
        await wire.cut(shot.method, shot.protocol, randomBody(shot, chance, known), { token: shot.token, when });
      }
    });
    holds(await bad(shots.slice(0, protocols.length), () => [Buffer.from("{}")]));
  });

  test("after all that the server answers, at once, and has let go of the memory", async () => {
    // The admin's nonsense may have deleted the products that there were.
    const { products } = await shopWith(helper, { bread: 1 });
    assert.is((await helper.clients().catalog.getProduct({ id: products.bread })).product?.id, products.bread);
    const outcomes = await Promise.all(protocols.map((protocol) => wire.send(listStores(), protocol, protocol === "Connect JSON" ? Buffer.from("{}") : Buffer.alloc(0), undefined)));
    assert.equal(outcomes, ["OK", "OK", "OK", "OK"]);
    const kept = bytesInUse() - memoryBefore;
    assert.ok(kept < MAX_KEPT_BYTES, `keeps ${Math.round(kept / 1024 / 1024)} MiB`);
  });

  test.run();
}

/** What is still in use after a collection; what the system has given the process says more of its allocator. */
function bytesInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function listStores(): DescMethod {
  const method = rpcs.find(({ name }) => name === "ListStores");
  if (method === undefined) throw new Error("there is no ListStores");
  return method;
}

async function categoryOf({ database }: TestApi): Promise<string> {
  const [row] = await select<{ id: string }>(database, "SELECT id FROM catalog.categories LIMIT 1");
  return row?.id ?? "";
}

async function each<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function randomBytes(chance: Chance): Buffer {
  return chance.bytes(chance.pick([1, 2, 5, 16, 64, 500]));
}

function randomBody({ method, protocol }: Shot, chance: Chance, known: Known): Uint8Array {
  const message: Message = randomMessage(method.input, chance, known);
  if (protocol !== "Connect JSON") return toBinary(method.input, message);
  return Buffer.from(hostileJson(method.input, message, chance) ?? "{}");
}

function describe({ method, protocol, caller }: Shot, outcome: string, bytes: Uint8Array): string {
  return `${pathOf(method)} by ${protocol} as ${caller}: ${outcome} for ${Buffer.from(bytes.subarray(0, 200)).toString("base64")}`;
}

function causeOf({ rpc, code, err }: LogLine): string {
  return `${rpc} ${code}: ${err?.stack ?? ""}`;
}
