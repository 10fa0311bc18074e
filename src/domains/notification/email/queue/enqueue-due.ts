/**
 * Brings e-mails that are due to the queue, and those again that have lost their job.
 *
 * They are taken and handed over in one transaction, so that what Redis does not take stays due; with Redis away they
 * wait in PostgreSQL, and nobody waits for them. Any number of workers may do it: each takes what no other has locked.
 */
import type { Sequelize } from "sequelize";
import type { Logger } from "../../../../platform/telemetry/log.ts";
import { startPollLoop } from "../../../../platform/polling/poll-loop.ts";
import { withTransaction } from "../../../../platform/database/transaction.ts";
import type { EmailDeliveries } from "../deliveries.ts";
import type { EmailQueue } from "./queue.ts";

export interface EnqueueDueOptions {
  database: Sequelize;
  deliveries: EmailDeliveries;
  queue: Pick<EmailQueue, "add" | "room">;
  log: Logger;
}

export interface EnqueueDue {
  /** There may be e-mails to hand over. */
  wake(): void;
  stop(): Promise<void>;
}

/** A dead worker's e-mails wait for their leases, and for this. */
const RECALL_EVERY_MS = 5_000;
/** Whoever causes an e-mail in another process is heard of by asking: the one statement of an idle second. */
const POLL_MS = 1_000;
const BATCH = 500;

export function startEnqueueDue({ database, deliveries, queue, log }: EnqueueDueOptions): EnqueueDue {
  const dispatching = startPollLoop({
    job: "e-mails",
    what: "e-mails are handed to the queue",
    work: () => enqueueDue({ database, deliveries, queue }),
    batch: BATCH,
    pauseMs: POLL_MS,
    told: false,
    log,
  });
  const recalling = startPollLoop({
    job: "lost e-mails",
    what: "e-mails that have lost their job are handed to the queue again",
    work: () => deliveries.recallLost(BATCH),
    batch: BATCH,
    pauseMs: RECALL_EVERY_MS,
    log,
  });
  return {
    wake: () => dispatching.wake(),
    async stop() {
      await Promise.all([dispatching.stop(), recalling.stop()]);
    },
  };
}

/** One round. @returns how many were handed over; none of them when it throws */
export async function enqueueDue({ database, deliveries, queue }: Omit<EnqueueDueOptions, "log">): Promise<number> {
  const room = Math.min(BATCH, await queue.room());
  if (room <= 0) return 0;
  return withTransaction(database, async () => {
    const jobs = await deliveries.takeDue(room);
    if (jobs.length > 0) await queue.add(jobs);
    return jobs.length;
  });
}
