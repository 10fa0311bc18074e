/** Answers that are not older than the question, shared by all who ask at the same time. */

/**
 * Runs `work` one at a time. Who asks while it runs gets the result of the next run, together with all who ask
 * meanwhile: the one under way may have looked before he asked.
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;

  async function run(): Promise<T> {
    await running.catch(() => undefined);
    next = undefined;
    const result = work();
    running = result;
    return result;
  }

  return () => (next ??= run());
}
