/**
 * Which faults strike, in which order and after which pauses: a function of the seed, so that a run that broke
 * something is drawn again.
 *
 * Pauses are counted from when orders go on: on a machine that starts a process in ten seconds, faults by the clock
 * would leave nothing to strike at.
 */
import { seededRandom } from "../support/seeded-random.ts";

export const faultKinds = [
  "an API process is killed",
  "an API process is frozen",
  "the API is killed",
  "a worker is killed",
  "the relay is killed",
  "Redis is killed",
  "PostgreSQL is killed",
  "Redis is silent",
  "PostgreSQL is silent",
  "the API is restarted",
  "connections to PostgreSQL are cut",
  "PostgreSQL answers late",
  "connections are cut after COMMIT",
  "callers are cut off",
  "a stock row is locked",
  "a promotion is locked",
  "a machine is lost in mid-batch",
] as const;

export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  kind: FaultKind;
  /** After the fault before has struck, or, unless it is hasty, after orders go on again. */
  pauseMs: number;
  hasty: boolean;
  /** How long what is killed is away, what is late stays so, and a third of how long what is silent does. */
  forMs: number;
  /** Which of several is meant. */
  pick: number;
}

const PAUSE_MS = { least: 800, more: 2_500 };
const AWAY_MS = { least: 200, more: 2_500 };
/** So often a fault strikes into what the one before has left. */
const HASTY = 0.3;
/** Another stream of chance than any customer's. */
const SALT = 0x5c4ed;

/** Every kind once in each round, the rounds in different orders; without an end. */
export function* scheduleOf(seed: number): Generator<Fault, never> {
  const chance = seededRandom(seed ^ SALT);
  for (let round: FaultKind[] = []; ;) {
    if (round.length === 0) round = [...faultKinds];
    for (const kind of round.splice(chance.upTo(round.length), 1)) {
      yield {
        kind,
        pauseMs: PAUSE_MS.least + chance.upTo(PAUSE_MS.more),
        hasty: chance.happens(HASTY),
        forMs: AWAY_MS.least + chance.upTo(AWAY_MS.more),
        pick: chance.upTo(1_000),
      };
    }
  }
}
