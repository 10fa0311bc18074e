/**
 * How much waits in the queues, and for how long, for the metrics: asked at each scrape, and only then.
 *
 * Queues that cannot be looked at are left out of the scrape: a 0 would say that all is well.
 */
import { withTimeout } from "../async/with-timeout.ts";
import { metrics, onScrape } from "./metrics.ts";

export interface Backlog {
  queue: string;
  waiting: number;
  /** 0 when nothing waits. */
  oldestSeconds: number;
  /** Left out where nothing is ever given up. */
  deadLetters?: number;
}

/** Of a scrape that others wait for. */
const LOOK_TIMEOUT_MS = 1_000;

/** @returns ends it */
export function watchQueues(look: () => Promise<Backlog[]>): () => void {
  const gauges = [metrics.queueWaiting, metrics.queueAge, metrics.deadLetters];
  const end = onScrape(async () => {
    const found = await inTime(look());
    for (const gauge of gauges) gauge.reset();
    for (const { queue, waiting, oldestSeconds, deadLetters } of found) {
      metrics.queueWaiting.set({ queue }, waiting);
      metrics.queueAge.set({ queue }, oldestSeconds);
      if (deadLetters !== undefined) metrics.deadLetters.set({ queue }, deadLetters);
    }
  });
  return () => {
    end();
    for (const gauge of gauges) gauge.reset();
  };
}

/** Nothing, when it fails or takes too long. */
function inTime(look: Promise<Backlog[]>): Promise<Backlog[]> {
  return withTimeout(
    LOOK_TIMEOUT_MS,
    look.catch(() => []),
    () => [],
  );
}
