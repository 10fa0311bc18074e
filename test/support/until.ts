/** Waits for a condition, with a limit that only something broken reaches. */
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 30_000;
const POLL_MS = 20;

/** @throws when the condition has not come true in half a minute */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not yet: ${what}`);
    await sleep(POLL_MS);
  }
}
