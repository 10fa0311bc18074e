/**
 * Hands over again what Redis has forgotten: e-mails that are due and of which nothing was heard for minutes.
 *
 * Redis keeps all but the last second over a crash, and nothing at all over a lost disk; PostgreSQL knows what is due.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import type { Logger } from "../platform/log.ts";
import { noteRound } from "../platform/periodic.ts";
import { withTransaction } from "../platform/transaction.ts";
import type { Deliveries, EmailJob } from "./deliveries.ts";

export interface ForgottenOptions {
  database: Sequelize;
  deliveries: Deliveries;
  add: (jobs: readonly EmailJob[]) => Promise<void>;
  log: Logger;
}

const JOB = "forgotten e-mails";
const EVERY_MS = 30_000;
const BATCH = 500;

export function startHandingForgotten(options: ForgottenOptions): { stop(): Promise<void> } {
  const ending = new AbortController();
  const running = run(options, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

/** One round. @returns how many were handed over again; none of them when it throws */
export async function handForgotten({ database, deliveries, add }: Omit<ForgottenOptions, "log">): Promise<number> {
  return withTransaction(database, async () => {
    const jobs = await deliveries.takeForgotten(BATCH);
    if (jobs.length > 0) await add(jobs);
    return jobs.length;
  });
}

async function run(options: ForgottenOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const count = await handForgotten(options);
      noteRound(JOB, "done");
      if (count > 0) options.log.warn({ count }, "e-mails that were forgotten are handed over again");
    } catch (error) {
      noteRound(JOB, "failed");
      // The relay, which asks far more often, tells people that a part is away.
      options.log.debug({ err: error }, "forgotten e-mails cannot be handed over now");
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
