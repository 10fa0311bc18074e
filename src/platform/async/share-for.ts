/** One piece of work for all who ask while it is done and for a moment after: a hundred who look cost one look. */

/** Who asks later than `keptMs` after it ended has it done anew, and so has who asks after it failed. */
export function shareFor<T>(keptMs: number, work: () => Promise<T>): () => Promise<T> {
  let shared: Promise<T> | undefined;
  let untilMs = Infinity;

  function begin(): Promise<T> {
    untilMs = Infinity;
    const begun = work();
    begun.then(
      () => (untilMs = performance.now() + keptMs),
      () => (untilMs = 0),
    );
    return begun;
  }

  return () => (shared = shared === undefined || performance.now() > untilMs ? begin() : shared);
}
