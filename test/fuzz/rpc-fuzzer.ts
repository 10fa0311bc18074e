/**
 * Tries RPCs on a server under test: by every way to call them, as different callers, with requests of every kind.
 *
 * What exists and who calls is made by a helper API on the same database, whose own calls are not judged.
 */
import { type DescMethod, type Message, toBinary, toJsonString } from "@bufbuild/protobuf";
import { runSql } from "../../src/platform/database/database.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { type LoggedApi, type LogLine, startLoggedApi } from "../support/logged-api.ts";
import { fc } from "../support/seed.ts";
import { until } from "../support/until.ts";
import { wrongWith } from "./judge.ts";
import { freshKnown, type Known } from "./known.ts";
import { type Init, messageFrom, validMessage } from "./messages.ts";
import { type CallerName, type Shot, shotsAt } from "./shots.ts";
import { spoilt } from "./tricks.ts";
import { isJson, type Outcome, requestOf, type Way, waysTo, type Wire, wireTo } from "./wire.ts";

export const AGAIN = /^(\S+) by ([\w -]+), seed (-?\d+), path ([\d:]+)$/.exec(process.env["AGAIN"] ?? "");

/** Longer URLs are sent by POST, as clients do: a server reads 16 KiB of headers. */
const MAX_URL = 8_000;
/** A stream has no other end; long enough to be let in on a busy machine, where it matters that it is. */
const STREAM_MS = 200;

interface People {
  admin: TestUser;
  customer: TestUser;
}

export class RpcFuzzer {
  readonly helper: TestApi;
  /** The RPCs that answered OK to something valid. */
  readonly answered = new Set<string>();
  readonly #server: LoggedApi;
  readonly #wire: Wire;
  #people: People;
  #known: Known;

  private constructor(helper: TestApi, server: LoggedApi, people: People, known: Known) {
    this.helper = helper;
    this.#server = server;
    this.#wire = wireTo(server);
    this.#people = people;
    this.#known = known;
  }

  static async start(): Promise<RpcFuzzer> {
    const environment = { WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" };
    const [helper, server] = await Promise.all([startTestApi(environment), startLoggedApi(environment)]);
    const people = await signedUp(helper);
    return new RpcFuzzer(helper, server, people, await freshKnown(helper, people));
  }

  async stop(): Promise<void> {
    this.#wire.close();
    await Promise.all([this.helper.stop(), this.#server.stop()]);
  }

  /** What RPCs do to those who call them, and to what there is, is not to end the others' calls. */
  async renew(): Promise<void> {
    this.#people = await signedUp(this.helper);
    this.#known = await freshKnown(this.helper, this.#people);
  }

  /** By every way. @param rounds requests, over all ways. @returns what was wrong */
  async tryRpc(rpc: DescMethod, { seed, rounds }: { seed: number; rounds: number }): Promise<string[]> {
    const ways = waysTo(rpc);
    const numRuns = Math.ceil(rounds / ways.length);
    const found = await Promise.all(
      ways.map(async (way, turn) => this.#tryWay(rpc, way, { seed: seed + turn, numRuns })),
    );
    return found.flat();
  }

  /** What the way has no room for goes another way. */
  async send(rpc: DescMethod, way: Way, init: Init): Promise<Outcome> {
    const [by, bytes] = encoded(rpc, way, messageFrom(rpc.input, init));
    return this.sendBytes(rpc, by, bytes, "nobody");
  }

  async sendBytes(rpc: DescMethod, way: Way, bytes: Uint8Array, caller: CallerName): Promise<Outcome> {
    return this.#wire.send(
      rpc,
      way,
      requestOf(rpc, way, bytes, { token: this.#tokenOf(caller), timeoutMs: undefined }),
    );
  }

  /** Begins a call that keeps every rule by each way, and leaves. */
  async cut(rpc: DescMethod, when: "request" | "answer", { seed }: { seed: number }): Promise<void> {
    const valid = validMessage(rpc.input, () => this.#known);
    const [init = {}] = fc.sample(valid, { numRuns: 1, seed });
    const token = this.#tokenOf("admin");
    const cuts = waysTo(rpc).map(async (way) => {
      const [by, bytes] = encoded(rpc, way, messageFrom(rpc.input, init));
      await this.#wire.cut(by, requestOf(rpc, by, bytes, { token, timeoutMs: undefined }), when);
    });
    await Promise.all(cuts);
  }

  /** @param after what was done before, for the message */
  async noTransactionIsOpen(after: string): Promise<void> {
    const open =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    await until(
      `no transaction open after ${after}`,
      async () => (await runSql(this.helper.database, open)).length === 0,
    );
  }

  /** Faults of ours that the server has logged since the last time, each once. */
  takeBugs(): string[] {
    const bugs = this.#server.lines.filter(({ code }) => code === "Internal" || code === "Unknown").map(causeOf);
    this.#server.lines.length = 0;
    return [...new Set(bugs)];
  }

  async #tryWay(rpc: DescMethod, way: Way, parameters: { seed: number; numRuns: number }): Promise<string[]> {
    if (AGAIN !== null && (AGAIN[1] !== nameOf(rpc) || AGAIN[2] !== way)) return [];
    const repeated = AGAIN === null ? parameters : { seed: Number(AGAIN[3]), path: AGAIN[4] };
    const shots = shotsAt(rpc, way, () => this.#known);
    const property = fc.asyncProperty(shots, async (shot) => {
      const wrong = await this.#wrongOf(rpc, way, shot);
      if (wrong !== undefined) throw new Error(wrong);
    });
    const result = await fc.check(property, repeated);
    if (!result.failed) return [];
    const error = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
    return [
      `${error}: ${print(result.counterexample)}\n  AGAIN="${nameOf(rpc)} by ${way}, seed ${result.seed}, path ${result.counterexamplePath}" npm run fuzz`,
    ];
  }

  async #wrongOf(rpc: DescMethod, way: Way, { caller, asked, init, trick }: Shot): Promise<string | undefined> {
    const [by, bytes] = encoded(rpc, way, messageFrom(rpc.input, init));
    const ends = rpc.methodKind !== "unary" && typeof asked !== "object";
    const timeoutMs = ends ? STREAM_MS : undefined;
    const request = requestOf(rpc, by, bytes, { token: this.#tokenOf(caller), timeoutMs });
    const outcome = await this.#wire.send(rpc, by, trick === undefined ? request : spoilt(request, trick));
    if (asked === "valid" && outcome.code === "OK") this.answered.add(nameOf(rpc));
    const wrong = wrongWith(rpc, asked, outcome);
    return wrong === undefined ? undefined : `${nameOf(rpc)} by ${by}: ${wrong}: ${JSON.stringify(outcome)}`;
  }

  #tokenOf(caller: CallerName): string | undefined {
    return caller === "nobody" ? undefined : this.#people[caller].token;
  }
}

export function nameOf(rpc: DescMethod): string {
  return pathOf(rpc).split(".").at(-1) ?? "";
}

async function signedUp(helper: TestApi): Promise<People> {
  return { admin: await helper.signUp("ADMIN"), customer: await helper.signUp("CUSTOMER") };
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

function print(counterexample: [Shot] | null): string {
  return fc.stringify(counterexample?.[0]).slice(0, 1_500);
}

function causeOf({ rpc, code, err }: LogLine): string {
  return `${rpc} ${code}: ${err?.stack ?? ""}`;
}
