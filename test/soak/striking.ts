/** Strikes by a schedule, and sees to it that orders go on after each fault. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Scene } from "./people.ts";
import { type Fault, faultKinds } from "./schedule.ts";

export interface Struck extends Fault {
  /** Since the start of the run. */
  atMs: number;
  /** Whether there was something to strike at: what one fault has killed, the next one may not find. */
  met: boolean;
  /** When what was struck was back by itself, or was given up; undefined while it is struck. */
  endedMs: number | undefined;
  /** What was to come back by itself and did not. */
  isLost: boolean;
  /** From the strike until orders went on; undefined for one that did not wait for that. */
  backAfterMs: number | undefined;
}

export type Outcome = boolean | "lost";

export interface Striking {
  struck: Struck[];
  /** As sentences: after which faults orders did not go on. */
  outages: string[];
}

export interface StrikingParts {
  /** Resolves when what was struck is back: whether there was something to strike at; "lost" when it does not come back. */
  strike(fault: Fault): Promise<Outcome>;
  scene: Pick<Scene, "acknowledged" | "now">;
  /** Asked before each fault. */
  enough(struck: readonly Struck[]): boolean;
  log: (line: string) => void;
}

/** Orders go on when so many have been acknowledged since what was struck is back: fewer may be answers from before. */
const GO_ON = 8;
/** A process starts in ten seconds on a machine that is very busy; it may take two attempts. */
const BACK_WITHIN_MS = 90_000;
const POLL_MS = 20;

/** One after the other; a hasty one does not wait for what the one before has struck. */
export async function strikeAll(
  schedule: Iterator<Fault, never>,
  { strike, scene, enough, log }: StrikingParts,
): Promise<Striking> {
  const struck: Struck[] = [];
  const outages: string[] = [];
  const under: Promise<void>[] = [];
  const secondsOf = (ms: number) => `${Math.round(ms / 1_000)} s`;

  async function goesOn(): Promise<boolean> {
    const endMs = scene.now() + BACK_WITHIN_MS;
    await Promise.all(under);
    const before = scene.acknowledged.length;
    while (scene.acknowledged.length < before + GO_ON && scene.now() < endMs) await sleep(POLL_MS);
    return scene.acknowledged.length >= before + GO_ON;
  }

  /** What came of the last one. */
  async function overcome(last: Struck | undefined): Promise<void> {
    if (last === undefined) return;
    if (await goesOn()) last.backAfterMs = scene.now() - last.atMs;
    else
      outages.push(`at ${secondsOf(last.atMs)} ${last.kind}, and after ${secondsOf(BACK_WITHIN_MS)} no orders went on`);
  }

  while (!enough(struck)) {
    const fault = schedule.next().value;
    if (!fault.hasty) await overcome(struck.at(-1));
    await sleep(fault.pauseMs);
    log(`${secondsOf(scene.now())}: ${fault.kind}`);
    const one: Struck = {
      ...fault,
      atMs: scene.now(),
      met: false,
      endedMs: undefined,
      isLost: false,
      backAfterMs: undefined,
    };
    struck.push(one);
    const striking = strike(fault).then(
      (outcome) =>
        void Object.assign(one, { met: outcome !== false, isLost: outcome === "lost", endedMs: scene.now() }),
    );
    // Whoever waits for it hears of its failure, perhaps later.
    striking.catch(() => undefined);
    under.push(striking);
  }
  await overcome(struck.at(-1));
  return { struck, outages };
}

/** The kinds of fault of which none found anything to strike at. */
export function unmet(struck: readonly Struck[]): string[] {
  return faultKinds.filter((kind) => !struck.some((one) => one.kind === kind && one.met));
}
