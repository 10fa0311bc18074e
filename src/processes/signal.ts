/** Waits for the signal that ends a command: Ctrl-C, SIGTERM, or the terminal that went away. */

/** Resolves at the first one. A second Ctrl-C while stopping changes nothing: stopping is bounded anyway. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}
