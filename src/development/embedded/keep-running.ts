/**
 * Starts a server again when it dies by itself, at the same URL, so that everybody who knows it only has to reconnect.
 *
 * Bounded: a server that dies again and again has a reason that starting does not cure, and a person should see it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Exit } from "./server-process.ts";

interface Server {
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
}

export interface KeptServer<S extends Server> {
  first: S;
  stop(): Promise<void>;
}

export interface KeepOptions<S extends Server> {
  name: string;
  /** Called with the dead one to start another in its place. */
  start: (dead?: S) => Promise<S>;
  log: (line: string) => void;
  /** It will not be started again. */
  onGivenUp: () => void;
}

/** A death after a minute of health is a new one, not the same again. */
const FORGET_AFTER_MS = 60_000;
const MAX_RESTARTS = 6;
/** Doubles each time: 0.1, 0.2 … 3.2 s. */
const FIRST_PAUSE_MS = 100;

export async function keepRunning<S extends Server>(options: KeepOptions<S>): Promise<KeptServer<S>> {
  const { name, start, log, onGivenUp } = options;
  const ending = new AbortController();
  const first = await start();
  const watching = watch(first);

  async function watch(server: S): Promise<void> {
    let current = server;
    let restarts = 0;
    while (true) {
      const startedAt = performance.now();
      const exit = await Promise.race([current.exited, aborted(ending.signal)]);
      if (exit === undefined) return current.stop();
      if (performance.now() - startedAt > FORGET_AFTER_MS) restarts = 0;
      log(`${name} (process ${current.pid}) ended: ${exit.signal ?? `code ${exit.code}`}. Starting it again.`);
      const next = await restart(current);
      if (next === undefined) return;
      current = next;
    }

    async function restart(dead: S): Promise<S | undefined> {
      while (!ending.signal.aborted && restarts < MAX_RESTARTS) {
        await sleep(FIRST_PAUSE_MS * 2 ** restarts++);
        try {
          return await start(dead);
        } catch (error) {
          log(`${name} does not start: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      if (!ending.signal.aborted) onGivenUp();
      return undefined;
    }
  }

  return {
    first,
    async stop() {
      ending.abort();
      await watching;
    },
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
