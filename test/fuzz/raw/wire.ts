/**
 * Whatever bytes a stranger sends to either port, no process ends, none is held up, and none keeps anything of it.
 *
 * Method: `serve` with two processes as deployments run it, and one connection after the other, each drawn from the seed
 * (fast-check, which finds the smallest one that fails). After each one the same processes live, their event loops took
 * little, and nothing was answered that is a fault of ours; over the laps memory may not grow.
 *
 * `SEED=random` draws other ones than every day (test/support/seed.ts). A failure prints what repeats it: AGAIN.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FAULT } from "../../../src/rpc/http/last-resort.ts";
import { dataDir } from "../../support/given.ts";
import { childrenOf } from "../../support/processes.ts";
import { type RunningCommand, startRunning } from "../../support/running.ts";
import { fc, seed } from "../../support/seed.ts";
import { isReady } from "../../support/served.ts";
import { until } from "../../support/until.ts";
import { envelopes } from "./envelopes.ts";
import { exchange, type Heard, type Shot } from "./exchange.ts";
import { floods, nonsenseFrames } from "./frames.ts";
import { headsOfHttp1, headsOfHttp2 } from "./heads.ts";
import { wrongWithHeard } from "./judge.ts";
import { atRest, inUseOf, lifeWrong, loopMsOfOne, mebibytes, memoryWrong } from "./life.ts";

export interface Extent {
  /** Connections of each kind in each lap. */
  rounds: number;
  /** How often all kinds are gone through; from two on memory is looked at. */
  laps: number;
}

const WORKERS = 2;
const COLLECTS = new URL("collects.ts", import.meta.url).href;
const AGAIN = /^(.+), seed (-?\d+), path ([\d:]+)$/.exec(process.env["AGAIN"] ?? "");

const kinds: Record<string, fc.Arbitrary<Shot>> = {
  "heads of HTTP/2": headsOfHttp2,
  "heads of HTTP/1.1": headsOfHttp1,
  frames: nonsenseFrames,
  floods,
  envelopes,
};

export function fuzzTheWire({ rounds, laps }: Extent): void {
  let served: RunningCommand;
  let pids: number[] = [];
  let looked = 0;
  const ports = { PORT: 0, GRPC_PORT: 0 };
  const inUse: number[] = [];
  const most = new Map<string, { loopMs: number; text: string }>();

  test.before(async () => {
    served = startRunning("serve", {
      WORKERS: String(WORKERS),
      NODE_OPTIONS: `--import=${COLLECTS}`,
      IN_USE_FOLDER: dataDir,
    });
    const { port = 0, grpcPort = 0 } = await served.line("serving");
    Object.assign(ports, { PORT: port, GRPC_PORT: grpcPort });
    await allServe();
  });
  test.after(async () => {
    assert.is(await served.stop(), 0);
  });

  async function allServe(): Promise<void> {
    await until(
      "all processes serve",
      async () => childrenOf(served.pid).length === WORKERS && (await isReady(`http://127.0.0.1:${ports.PORT}`)),
    );
    pids = childrenOf(served.pid);
    await atRest(pids);
  }

  /** What is wrong with what came of it, and with the processes. */
  async function wrongOf(kind: string, shot: Shot): Promise<string | undefined> {
    let heard: Heard = { statuses: [], resets: [], over: false };
    const loopMs = await loopMsOfOne(pids, async () => {
      heard = await exchange(ports[shot.port], shot, () => atRest(pids));
    });
    if (loopMs > (most.get(kind)?.loopMs ?? 0))
      most.set(kind, { loopMs, text: `${shot.text.slice(0, 120)} to ${shot.port}` });
    const wrong =
      lifeWrong({ before: pids, now: childrenOf(served.pid), loopMs }) ?? wrongWithHeard(shot, heard) ?? loggedSince();
    if (wrong !== undefined) await allServe();
    return wrong;
  }

  function loggedSince(): string | undefined {
    const line = served.lines
      .slice(looked)
      .find(({ msg, code }) => msg === FAULT || code === "Internal" || code === "Unknown");
    looked = served.lines.length;
    return line === undefined ? undefined : `logged ${JSON.stringify(line)}`;
  }

  async function tryKind(
    kind: string,
    shots: fc.Arbitrary<Shot>,
    parameters: fc.Parameters<[Shot]>,
  ): Promise<string[]> {
    const property = fc.asyncProperty(shots, async (shot) => {
      const wrong = await wrongOf(kind, shot);
      if (wrong !== undefined) throw new Error(wrong);
    });
    const result = await fc.check(property, parameters);
    if (!result.failed) return [];
    const error = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
    const shot = result.counterexample?.[0];
    return [
      `${kind}, to ${shot?.port}: ${error}: ${shot?.text}\n  AGAIN="${kind}, seed ${result.seed}, path ${result.counterexamplePath}" node test/support/run.ts test/fuzz/wire.slow.ts`,
    ];
  }

  for (let lap = 1; lap <= (AGAIN === null ? laps : 1); lap++) {
    test(`nothing that a stranger sends ends or holds up a process: lap ${lap} of ${laps}`, async () => {
      const found: string[] = [];
      for (const [index, [kind, shots]] of Object.entries(kinds).entries()) {
        if (AGAIN !== null && AGAIN[1] !== kind) continue;
        const repeated =
          AGAIN === null
            ? { seed: seed + lap * 1_000 + index, numRuns: rounds }
            : { seed: Number(AGAIN[2]), path: AGAIN[3] ?? "" };
        found.push(...(await tryKind(kind, shots, repeated)));
      }
      const each = await Promise.all(pids.map((pid) => inUseOf(pid, dataDir)));
      inUse.push(each.reduce((sum, one) => sum + one.inUse, 0));
      console.log(
        `lap ${lap}: in use ${each.map((one) => `${mebibytes(one.inUse)} (${mebibytes(one.rss)})`).join(", ")} MiB`,
      );
      assert.equal(found, []);
    });
  }

  if (laps >= 2 && AGAIN === null) {
    test("memory is back to what it was after the first lap", () => {
      for (const [kind, { loopMs, text }] of most)
        console.log(`${kind}: at most ${loopMs.toFixed(1)} ms of the event loop, by ${text}`);
      assert.is(memoryWrong({ before: inUse[0] ?? 0, after: inUse.at(-1) ?? 0 }), undefined);
    });
  }

  test.run();
}
