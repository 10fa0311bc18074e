/**
 * Lets work go on that nobody waits for. It catches what it expects; anything else is a bug, which is told on standard
 * error: a promise that is left to itself would end the process, and with it everybody's calls.
 */
export function unawaited(work: Promise<unknown>): void {
  work.catch((error: unknown) => console.error(error));
}
