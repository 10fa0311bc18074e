/** What is started again whenever it ends: a server of others, or a command of the product. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf, signalTo } from "../support/processes.ts";

export interface Kept {
  /** The process id, or undefined while it is away. */
  pid(): number | undefined;
  /** SIGKILL to it and, where told, to its children; it is away for so long. Resolves when it has been started again: false when it was away already. */
  kill(options: { forMs: number; withChildren: boolean }): Promise<boolean>;
  stop(): Promise<void>;
}

/** A command, which may also stay away until something has come to pass. */
export interface KeptCommand extends Kept {
  kill(options: { forMs: number; withChildren: boolean; until?: Promise<void> }): Promise<boolean>;
}

interface Server {
  pid: number;
  exited: Promise<unknown>;
  stop(): Promise<void>;
}

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");
/** A command that ends because PostgreSQL is away would else be started without a pause. */
const RESTART_PAUSE_MS = 300;

/** @param start called with the dead one to start another in its place */
export async function keepServer<S extends Server>(start: (dead?: S) => Promise<S>): Promise<Kept & { first: S }> {
  const first = await start();
  let current: S | undefined = first;
  return {
    first,
    pid: () => current?.pid,
    async kill({ forMs, withChildren }) {
      const dead = current;
      if (dead === undefined) return false;
      current = undefined;
      killHard(dead.pid, withChildren);
      await dead.exited;
      await sleep(forMs);
      current = await start(dead);
      return true;
    },
    async stop() {
      await current?.stop();
    },
  };
}

/** `node src/main.ts <command>`. @param logFile gets what it logs, and why it does not start */
export function keepCommand(
  command: string,
  { environment, logFile }: { environment: Record<string, string>; logFile: string },
): KeptCommand {
  const log = openSync(logFile, "a", 0o600);
  let stopping = false;
  let awayMs = RESTART_PAUSE_MS;
  let awayUntil: Promise<void> | undefined;
  let current: ChildProcess | undefined;
  let restarted = Promise.withResolvers<void>();

  const kept = (async () => {
    while (!stopping) {
      current = spawn(process.execPath, [MAIN, command], {
        env: { ...process.env, ...environment },
        stdio: ["ignore", log, log],
      });
      restarted.resolve();
      restarted = Promise.withResolvers();
      await once(current, "exit");
      current = undefined;
      if (!stopping) await Promise.all([sleep(awayMs), awayUntil]);
      awayMs = RESTART_PAUSE_MS;
      awayUntil = undefined;
    }
  })();

  return {
    pid: () => current?.pid,
    async kill({ forMs, withChildren, until }) {
      if (current?.pid === undefined) return false;
      awayMs = forMs;
      awayUntil = until;
      const { promise } = restarted;
      killHard(current.pid, withChildren);
      await promise;
      return true;
    },
    async stop() {
      stopping = true;
      current?.kill("SIGTERM");
      await kept;
      closeSync(log);
    },
  };
}

function killHard(pid: number, withChildren: boolean): void {
  const children = withChildren ? childrenOf(pid) : [];
  for (const one of [pid, ...children]) signalTo(one, "SIGKILL");
}
