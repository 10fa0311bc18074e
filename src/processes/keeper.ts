/**
 * Keeps child processes: waits until each is ready, starts another when one dies, stops them all.
 *
 * A child that dies again and again is started ever more slowly, at most every few seconds: whatever kills it may
 * pass, such as a database that is being restarted.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../platform/log.ts";
import { metrics, type ProcessKind } from "../platform/metrics.ts";
import { StartupProblem } from "../platform/startup-problem.ts";
import type { ChildNews } from "./child.ts";

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;
/** A child that lived this long was healthy: its death starts a new count. */
const HEALTHY_MS = 30_000;
/** Longer than a child's own bound for stopping. */
const STOP_TIMEOUT_MS = 15_000;

export type Ready = Extract<ChildNews, { kind: "ready" }>;

export interface KeptChild {
  /** What the first one told. @throws StartupProblem (rejects) when it could not start */
  ready: Promise<Ready>;
  stop(): Promise<void>;
}

export interface KeepOptions {
  kind: ProcessKind;
  /** For the log: "api 1". */
  name: string;
  spawn: () => ChildProcess;
  log: Logger;
}

export function keepChild({ kind, name, spawn, log }: KeepOptions): KeptChild {
  const first = Promise.withResolvers<Ready>();
  first.promise.catch(() => undefined);
  let stopping = false;
  let child = spawn();
  const ended = keep();

  async function keep(): Promise<void> {
    let deaths = 0;
    for (;;) {
      const startedMs = performance.now();
      listen(child, first);
      const exit = await exitOf(child);
      first.reject(new StartupProblem(`${name} ended at its start (${exit}). Its log says why.`));
      if (stopping) return;
      deaths = performance.now() - startedMs > HEALTHY_MS ? 1 : deaths + 1;
      metrics.restarts.inc({ kind });
      log.warn({ child: name, exit }, "a process ended; starting another");
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (deaths - 1), MAX_PAUSE_MS));
      if (stopping) return;
      child = spawn();
    }
  }

  return {
    ready: first.promise,
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      const timeout = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timeout);
    },
  };
}

function listen(child: ChildProcess, first: PromiseWithResolvers<Ready>): void {
  child.on("message", (news: ChildNews) => {
    if (news.kind === "ready") first.resolve(news);
    if (news.kind === "problem") first.reject(new StartupProblem(news.message));
  });
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve(`code ${child.exitCode}`);
    if (child.signalCode !== null) return resolve(child.signalCode);
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
  });
}
