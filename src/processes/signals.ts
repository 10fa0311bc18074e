/** The signals to the process that keeps the others: when to stop, and when to put new processes in the old ones' place. */

/** What a shell tells of a program that Ctrl-C ended. */
const EXIT_FORCED = 130;

/**
 * Resolves at the first Ctrl-C or SIGTERM, or when the terminal has gone away. Stopping is bounded; whoever sends
 * another one will not wait for it: this process ends at once, and its children with it (see child.ts).
 */
export function untilSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let told = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (told) process.exit(EXIT_FORCED);
      told = true;
      resolve();
    });
  }
  // A terminal that closes tells everybody, some of them twice: it does not insist.
  process.on("SIGHUP", resolve);
  return promise;
}

/** Calls `restart` at each SIGHUP. From a terminal it means that the terminal has gone away, and changes nothing here. */
export function onRestartSignal(restart: () => void): void {
  if (process.stdin.isTTY) return;
  process.removeAllListeners("SIGHUP");
  process.on("SIGHUP", restart);
}
