/**
 * Whatever a stranger sends to either port, no process ends, none is held up, and none keeps anything of it.
 *
 * Method: one deed after the other, each drawn from the seed (fast-check, which finds the smallest one that fails). After
 * each the same processes live, their event loops took little, and nothing was answered that is a fault of ours; over
 * the laps memory may not grow.
 *
 * `SEED=random` draws other ones than every day (test/support/seed.ts). A failure prints what repeats it: AGAIN.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fc, seed } from "../../support/seed.ts";
import { bodies } from "./bodies.ts";
import { type Deed, deedOf } from "./deed.ts";
import { envelopes } from "./envelopes.ts";
import { floods, nonsenseFrames } from "./frames.ts";
import { headsOfHttp1, headsOfHttp2 } from "./heads.ts";
import { memoryWrong } from "./life.ts";
import { pageBodies } from "./page-bodies.ts";
import { ServerUnderTest } from "./server.ts";
import { unfinished } from "./unfinished.ts";

export interface Extent {
  /** Deeds of each kind in each lap. */
  rounds: number;
  /** How often all kinds are gone through; from two on memory is looked at. */
  laps: number;
}

const AGAIN = /^(.+), seed (-?\d+), path ([\d:]+)$/.exec(process.env["AGAIN"] ?? "");

const kinds: Record<string, fc.Arbitrary<Deed>> = {
  "heads of HTTP/2": deedOf(headsOfHttp2),
  "heads of HTTP/1.1": deedOf(headsOfHttp1),
  frames: deedOf(nonsenseFrames),
  floods: deedOf(floods),
  envelopes: deedOf(envelopes),
  bodies,
  "bodies of pages": deedOf(pageBodies),
  unfinished,
};

export function fuzzTheWire({ rounds, laps }: Extent): void {
  let server: ServerUnderTest;
  const inUse: number[] = [];
  const most: Longest = new Map();

  test.before(async () => {
    server = await ServerUnderTest.start();
  });
  test.after(async () => {
    assert.is(await server.stop(), 0);
  });

  for (let lap = 1; lap <= (AGAIN === null ? laps : 1); lap++) {
    test(`nothing that a stranger sends ends or holds up a process: lap ${lap} of ${laps}`, async () => {
      const found: string[] = [];
      await server.signInAgain();
      for (const [index, kind] of Object.entries(kinds).entries()) {
        if (AGAIN !== null && AGAIN[1] !== kind[0]) continue;
        const drawn = { seed: seed + lap * 1_000 + index, numRuns: rounds };
        const repeated = AGAIN === null ? drawn : { seed: Number(AGAIN[2]), path: AGAIN[3] ?? "" };
        found.push(...(await tryKind(kind, repeated, { server, most })));
      }
      inUse.push(await server.inUse());
      assert.equal(found, []);
    });
  }

  if (laps >= 2 && AGAIN === null) {
    test("memory is back to what it was after the first lap", () => {
      for (const [kind, { loopMs, text }] of most) console.log(`${kind}: at most ${loopMs.toFixed(1)} ms, by ${text}`);
      assert.is(memoryWrong({ before: inUse[0] ?? 0, after: inUse.at(-1) ?? 0 }), undefined);
    });
  }

  test.run();
}

type Longest = Map<string, { loopMs: number; text: string }>;

/** @param most is told what held up an event loop for longest. @returns what was wrong */
async function tryKind(
  [kind, deeds]: [string, fc.Arbitrary<Deed>],
  parameters: fc.Parameters<[Deed]>,
  { server, most }: { server: ServerUnderTest; most: Longest },
): Promise<string[]> {
  const property = fc.asyncProperty(deeds, async (deed) => {
    const { wrong, loopMs } = await server.judge(deed);
    if (loopMs > (most.get(kind)?.loopMs ?? 0)) most.set(kind, { loopMs, text: deed.text.slice(0, 160) });
    if (wrong !== undefined) throw new Error(wrong);
  });
  const result = await fc.check(property, parameters);
  if (!result.failed) return [];
  const error = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  const again = `AGAIN="${kind}, seed ${result.seed}, path ${result.counterexamplePath}"`;
  return [
    `${kind}: ${error}: ${result.counterexample?.[0].text}\n  ${again} node test/support/run.ts test/fuzz/wire.slow.ts`,
  ];
}
