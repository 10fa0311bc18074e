/** Racers that start at one signal. */

/** Runs `racer` n times at once; every one of them has begun before any is waited for. */
export async function race<T>(n: number, racer: (index: number) => Promise<T>): Promise<T[]> {
  const start = Promise.withResolvers<void>();
  const racers = Array.from({ length: n }, async (_, index) => {
    await start.promise;
    return racer(index);
  });
  start.resolve();
  return Promise.all(racers);
}

/**
 * A point that racers without a lock all reach before any of them goes on: what a crowd does sooner or later, they do
 * at once. Racers with a lock would wait for each other here for ever.
 */
export function meeting(n: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return async () => {
    arrived++;
    if (arrived === n) resolve();
    await promise;
  };
}

/** How often each word occurs. */
export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
