/** Waits for a condition or an answer, with a limit that only something broken reaches. */
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 30_000;
const POLL_MS = 20;

/** @throws when the condition has not come true in half a minute */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(what, async () => (await condition()) || undefined);
}

/** Asks again and again until there is an answer. @throws when there is none in half a minute, or in `patienceMs` */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`not yet, after ${patienceMs / 1_000} s: ${what}`);
    await sleep(POLL_MS);
  }
}
