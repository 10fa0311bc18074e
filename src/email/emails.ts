/**
 * E-mails: which events deserve one, and how one is sent, at least once and as a rule once.
 *
 * The attempt is claimed and counted in PostgreSQL first, so that a job that comes twice sends once, and one that
 * kills its worker ends. Only between the server's "accepted" and our own note of it does a death send it twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import type { Hand } from "../outbox/outbox.ts";
import type { Logger } from "../platform/log.ts";
import { metrics } from "../platform/metrics.ts";
import type { Currency } from "../platform/money.ts";
import { inSpan } from "../platform/tracing.ts";
import { afterCommit } from "../platform/transaction.ts";
import { compose } from "./compose.ts";
import { type Attempt, type Deliveries, type EmailJob, RENEW_CLAIM_MS } from "./deliveries.ts";
import { letterFor } from "./letter.ts";
import type { Mailer } from "./mailer.ts";
import { loadTemplates, type Template } from "./templates.ts";

export interface EmailParts {
  database: Sequelize;
  deliveries: Deliveries;
  mailer: Mailer;
  currency: Currency;
  log: Logger;
}

/** After these an e-mail is given up; with the queue's pauses between them they take about two minutes. */
export const MAX_ATTEMPTS = 8;
/**
 * For a database that is away when a message is out. The queue knows that the job is in hand for all that time, so that
 * nobody else sends it.
 */
const NOTE_PATIENCE_MS = 600_000;
const FIRST_NOTE_PAUSE_MS = 500;
const MAX_NOTE_PAUSE_MS = 5_000;

/** What the relay hands events to: those that deserve an e-mail are noted as due. `soon` is told after the commit. */
export function emailHand(deliveries: Deliveries, soon: () => void): Hand {
  const templates = loadTemplates();
  return async (events) => {
    const due = events.filter(({ type }) => templates.has(type));
    if (due.length === 0) return;
    await deliveries.expect(due);
    await afterCommit(async () => soon());
  };
}

/** What the queue runs for each job. It throws when the job is to come again. */
export function emailHandler(parts: EmailParts): (job: EmailJob) => Promise<void> {
  const templates = loadTemplates();
  const handle = async (job: EmailJob) => {
    const attempt = await parts.deliveries.claim(job);
    if (attempt === "settled") return;
    if (attempt === "busy") throw new Error("another worker sends this e-mail now, or died over it a moment ago");
    const subject = "event" in attempt.subject ? { order_id: attempt.subject.event.orderId } : { user_id: attempt.subject.userId };
    const log = parts.log.child({ requestId: job.requestId, delivery_id: job.id, ...subject, type: attempt.type, attempt: attempt.number });
    // More than ever fail: the workers that made the attempts before did not live to tell.
    if (attempt.number > MAX_ATTEMPTS) return giveUp(parts, attempt, "the last attempts ended with their workers", log);
    const template = templates.get(attempt.type);
    if (template === undefined) return giveUp(parts, attempt, `there is no template for ${attempt.type}`, log);
    await whileClaimed(parts.deliveries, attempt, () => make(parts, attempt, { template, log }));
  };
  return (job) => inSpan({ name: "e-mail", kind: "consumer", parent: job.traceparent }, () => handle(job));
}

async function make(parts: EmailParts, attempt: Attempt, { template, log }: { template: Template; log: Logger }): Promise<void> {
  try {
    const letter = await letterFor(attempt, parts);
    if (letter === undefined) {
      log.debug("an e-mail is dropped: there is nobody to write to");
      return await parts.deliveries.drop(attempt);
    }
    const message = compose(letter, { template, domain: parts.mailer.domain });
    await inSpan({ name: "send", kind: "client" }, () => parts.mailer.send(message));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (attempt.number === MAX_ATTEMPTS) return giveUp(parts, attempt, reason, log);
    metrics.emails.inc({ outcome: "failed" });
    log.warn({ err: error }, "an e-mail could not be sent; it is tried again");
    await parts.deliveries.markFailed(attempt, { error: reason, giveUp: false });
    throw error;
  }
  await noteSent(parts.deliveries, attempt);
  metrics.emails.inc({ outcome: "sent" });
  log.info("an e-mail was sent");
}

/** Keeps the claim for as long as the work takes, so that a dead worker's can be short. */
async function whileClaimed(deliveries: Deliveries, attempt: Attempt, work: () => Promise<void>): Promise<void> {
  // A renewal that fails is no reason to stop: the database may be back before the claim ends.
  const renewing = setInterval(() => {
    deliveries.renew(attempt).catch(() => undefined);
  }, RENEW_CLAIM_MS);
  try {
    await work();
  } finally {
    clearInterval(renewing);
  }
}

async function giveUp(parts: EmailParts, attempt: Attempt, error: string, log: Logger): Promise<void> {
  metrics.emails.inc({ outcome: "given up" });
  log.error({ reason: error }, "an e-mail is given up");
  await parts.deliveries.markFailed(attempt, { error, giveUp: true });
}

/** The message is out, so a database that is away for minutes must not send it again. */
async function noteSent(deliveries: Deliveries, job: EmailJob): Promise<void> {
  const endMs = performance.now() + NOTE_PATIENCE_MS;
  for (let pauseMs = FIRST_NOTE_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_NOTE_PAUSE_MS)) {
    try {
      return await deliveries.markSent(job);
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await sleep(pauseMs);
    }
  }
}
