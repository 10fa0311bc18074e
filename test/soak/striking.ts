/** Strikes by a schedule, and sees to it that orders go on after each fault. */
import { setTimeout as sleep } from "node:timers/promises";
import { strike } from "./faults.ts";
import type { Scene } from "./people.ts";
import type { Fault } from "./schedule.ts";
import type { Stage } from "./stage.ts";

export interface Struck extends Fault {
  /** Since the start of the run. */
  atMs: number;
  /** From the strike until orders went on; undefined for one that did not wait for that. */
  backAfterMs: number | undefined;
}

export interface Striking {
  struck: Struck[];
  /** As sentences: after which faults orders did not go on. */
  broken: string[];
}

export interface StrikingParts {
  stage: Stage;
  scene: Scene;
  /** Asked before each fault. */
  enough(struck: number): boolean;
  log: (line: string) => void;
}

/** Orders go on when so many have been acknowledged since what was struck is back: fewer may be answers from before. */
const GO_ON = 8;
/** A process starts in ten seconds on a machine that is very busy; it may take two attempts. */
const BACK_WITHIN_MS = 90_000;
const POLL_MS = 20;

/** One after the other; a hasty one does not wait for what the one before has struck. */
export async function strikeAll(schedule: Iterator<Fault, never>, { stage, scene, enough, log }: StrikingParts): Promise<Striking> {
  const struck: Struck[] = [];
  const broken: string[] = [];
  const under: Promise<void>[] = [];
  const secondsOf = (ms: number) => `${Math.round(ms / 1_000)} s`;

  async function goesOn(): Promise<boolean> {
    const endMs = scene.now() + BACK_WITHIN_MS;
    await Promise.all(under);
    const before = scene.acknowledged.length;
    while (scene.acknowledged.length < before + GO_ON && scene.now() < endMs) await sleep(POLL_MS);
    return scene.acknowledged.length >= before + GO_ON;
  }

  while (!enough(struck.length)) {
    const fault = schedule.next().value;
    const last = struck.at(-1);
    if (last !== undefined && !fault.hasty) {
      if (await goesOn()) last.backAfterMs = scene.now() - last.atMs;
      else broken.push(`at ${secondsOf(last.atMs)} ${last.kind}, and after ${secondsOf(BACK_WITHIN_MS)} no orders went on`);
    }
    await sleep(fault.pauseMs);
    log(`${secondsOf(scene.now())}: ${fault.kind}`);
    struck.push({ ...fault, atMs: scene.now(), backAfterMs: undefined });
    const striking = strike(fault, stage);
    // Whoever waits for it hears of its failure, perhaps later.
    striking.catch(() => undefined);
    under.push(striking);
  }
  if (!(await goesOn())) broken.push("after the last fault no orders went on");
  return { struck, broken };
}
