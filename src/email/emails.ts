/**
 * E-mails: which events deserve one, and how one is sent, at least once and as a rule once.
 *
 * The attempt is claimed and counted in PostgreSQL first, so that a job that comes twice sends once, and one that
 * kills its worker ends. Only between the server's "accepted" and our own note of it does a death send it twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import type { Logger } from "../platform/log.ts";
import { metrics } from "../platform/metrics.ts";
import type { Currency } from "../platform/money.ts";
import type { Hand } from "../outbox/outbox.ts";
import { compose } from "./compose.ts";
import type { Deliveries, EmailJob } from "./deliveries.ts";
import type { Mailer } from "./mailer.ts";
import { orderDetails } from "./order-details.ts";
import { loadTemplates, type Template } from "./templates.ts";

export interface EmailParts {
  database: Sequelize;
  deliveries: Deliveries;
  mailer: Mailer;
  currency: Currency;
  log: Logger;
}

interface Attempt {
  template: Template | undefined;
  isLast: boolean;
  log: Logger;
}

/** After these an e-mail is given up; with the queue's pauses between them they take about two minutes. */
export const MAX_ATTEMPTS = 8;
const NOTE_TRIES = 6;
/** Doubles each time: six tries take 15 s, well inside the claim. */
const NOTE_PAUSE_MS = 500;

/** What the relay hands events to: those that deserve an e-mail are noted as due, then queued. */
export function emailHand(deliveries: Deliveries, add: (jobs: readonly EmailJob[]) => Promise<void>): Hand {
  const templates = loadTemplates();
  return async (events) => {
    const jobs = events.filter(({ type }) => templates.has(type));
    if (jobs.length === 0) return;
    await deliveries.expect(jobs);
    await add(jobs);
  };
}

/** What the queue runs for each job. It throws when the job is to come again. */
export function emailHandler(parts: EmailParts): (job: EmailJob) => Promise<void> {
  const templates = loadTemplates();
  return async (job) => {
    const claim = await parts.deliveries.claim(job);
    if (claim === "settled") return;
    if (claim === "busy") throw new Error("another worker sends this e-mail now, or died over it a moment ago");
    const log = parts.log.child({ order_id: job.orderId, sequence: job.sequence, type: job.type, attempt: claim });
    // More than ever fail: the workers that made the attempts before did not live to tell.
    if (claim > MAX_ATTEMPTS) return giveUp(parts, job, "the last attempts ended with their workers", log);
    await attempt(parts, job, { template: templates.get(job.type), isLast: claim === MAX_ATTEMPTS, log });
  };
}

async function attempt(parts: EmailParts, job: EmailJob, { template, isLast, log }: Attempt): Promise<void> {
  if (template === undefined) return giveUp(parts, job, `there is no template for ${job.type}`, log);
  try {
    const details = await orderDetails(parts.database, job);
    if (details === undefined) return await giveUp(parts, job, "there is nobody to write to", log);
    await parts.mailer.send(compose(job, details, { template, currency: parts.currency, domain: parts.mailer.domain }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (isLast) return giveUp(parts, job, reason, log);
    metrics.emails.inc({ outcome: "failed" });
    log.warn({ err: error }, "an e-mail could not be sent; it is tried again");
    await parts.deliveries.markFailed(job, { error: reason, giveUp: false });
    throw error;
  }
  await noteSent(parts.deliveries, job);
  metrics.emails.inc({ outcome: "sent" });
  log.info("an e-mail was sent");
}

async function giveUp(parts: EmailParts, job: EmailJob, error: string, log: Logger): Promise<void> {
  metrics.emails.inc({ outcome: "given up" });
  log.error({ reason: error }, "an e-mail is given up");
  await parts.deliveries.markFailed(job, { error, giveUp: true });
}

/** The message is out, so a database that is away for a moment must not send it again. */
async function noteSent(deliveries: Deliveries, job: EmailJob): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await deliveries.markSent(job);
    } catch (error) {
      if (tries === NOTE_TRIES) throw error;
      await sleep(NOTE_PAUSE_MS * 2 ** (tries - 1));
    }
  }
}
