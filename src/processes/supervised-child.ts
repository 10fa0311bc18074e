/**
 * Supervises a child process: waits until it is ready, starts another when it dies or is silent, puts another in its
 * place when it is told to, stops it.
 *
 * A child that dies again and again is started ever more slowly, at most every few seconds: whatever kills it may
 * pass, such as a database that is being restarted.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { withTimeout } from "../platform/async/with-timeout.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { metrics, type ProcessKind } from "../platform/telemetry/metrics.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import { unawaited } from "../platform/async/unawaited.ts";
import { type FromChild, STOP_TIMEOUT_MS } from "./child-process.ts";
import { trackHandOvers } from "./hand-overs.ts";
import { startHeartbeat } from "./heartbeat.ts";

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;
/** A child that lived this long was healthy: its death starts a new count. */
const HEALTHY_MS = 30_000;
/** Longer than a child's own bound for stopping. */
export const KILL_AFTER_MS = STOP_TIMEOUT_MS + 3_000;

export type Ready = Extract<FromChild, { kind: "ready" }>;

export interface SuperviseOptions {
  kind: ProcessKind;
  /** For the log: "api 1". */
  name: string;
  spawn: () => ChildProcess;
  log: Logger;
}

export class SupervisedChild {
  /** What the first one told. @throws StartupError (rejects) when it could not start */
  readonly ready: Promise<Ready>;
  readonly #options: SuperviseOptions;
  /** Usually one: its successor and those that still stop count too. */
  readonly #alive = new Set<ChildProcess>();
  readonly #deaf = new WeakSet<ChildProcess>();
  #kept: ChildProcess;
  #stopping = false;

  constructor(options: SuperviseOptions) {
    this.#options = options;
    this.#kept = this.#begin();
    this.ready = this.#readyOf(this.#kept);
    unawaited(this.#keep());
  }

  /**
   * Starts another one, and ends this one when that is ready; there are two meanwhile. Resolves when this one has ended.
   * @throws StartupError when the other one does not start; this one goes on then
   */
  async replace(): Promise<void> {
    if (this.#stopping) return;
    const { name, log } = this.#options;
    const next = this.#begin();
    try {
      await this.#readyOf(next);
    } catch (error) {
      next.kill("SIGKILL");
      throw error;
    }
    if (this.#stopping) return;
    const before = this.#kept;
    this.#kept = next;
    log.info(
      { child: name, pid: next.pid, replaced: before.pid, exit: await ended(before) },
      "a process took another's place",
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(Array.from(this.#alive, ended));
  }

  #begin(): ChildProcess {
    const { kind, spawn, log } = this.#options;
    const child = spawn();
    this.#alive.add(child);
    startHeartbeat(child, { kind, log });
    trackHandOvers(child, () => unawaited(this.#renew(child)));
    unawaited(exitOf(child).then(() => this.#alive.delete(child)));
    return child;
  }

  #readyOf(child: ChildProcess): Promise<Ready> {
    const ready = untilReady(this.#options.name, child);
    ready.catch(() => undefined);
    return ready;
  }

  async #keep(): Promise<void> {
    const { kind, name, log } = this.#options;
    let deaths = 0;
    for (;;) {
      const child = this.#kept;
      const startedMs = performance.now();
      const exit = await exitOf(child);
      if (this.#stopping) return;
      if (child !== this.#kept) continue;
      deaths = performance.now() - startedMs > HEALTHY_MS ? 1 : deaths + 1;
      metrics.restarts.inc({ kind });
      log.warn({ child: name, exit }, "a process ended; starting another");
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (deaths - 1), MAX_PAUSE_MS));
      if (this.#stopping) return;
      if (child !== this.#kept) continue;
      this.#kept = this.#begin();
      unawaited(this.#tellReady(this.#kept));
    }
  }

  /** From its log one reads when service was whole again. */
  async #tellReady(child: ChildProcess): Promise<void> {
    const { name, log } = this.#options;
    const isReady = await this.#readyOf(child).then(
      () => true,
      () => false,
    );
    if (isReady) log.info({ child: name, pid: child.pid }, "a process serves in the place of the one that ended");
  }

  /** One that gets no connections any more serves those that it has until another one is ready. */
  async #renew(child: ChildProcess): Promise<void> {
    if (this.#deaf.has(child)) return;
    this.#deaf.add(child);
    const { kind, name, log } = this.#options;
    metrics.restarts.inc({ kind });
    log.warn({ child: name, pid: child.pid }, "a process had no descriptor for a connection and is replaced");
    while (child === this.#kept && !this.#stopping) await this.replace().catch(() => sleep(MAX_PAUSE_MS));
  }
}

/** @throws StartupError when it tells of one, or ends before it is ready */
async function untilReady(name: string, child: ChildProcess): Promise<Ready> {
  const { promise, resolve, reject } = Promise.withResolvers<Ready>();
  child.on("message", (news: FromChild) => {
    if (news.kind === "ready") resolve(news);
    if (news.kind === "problem") reject(new StartupError(news.message));
  });
  unawaited(
    exitOf(child).then((exit) => reject(new StartupError(`${name} ended at its start (${exit}). Its log says why.`))),
  );
  return promise;
}

/** Tells it to end, and sees to it. @returns how it ended */
async function ended(child: ChildProcess): Promise<string> {
  child.kill("SIGTERM");
  const exit = exitOf(child);
  await withTimeout(KILL_AFTER_MS, exit, () => child.kill("SIGKILL"));
  return exit;
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve(`code ${child.exitCode}`);
    if (child.signalCode !== null) return resolve(child.signalCode);
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
  });
}
