/**
 * E-mails: which events deserve one, and how one is sent, at least once and as a rule once.
 *
 * A job that comes twice sends once, since an e-mail is taken in hand in PostgreSQL before it is sent.
 */
import type { Sequelize } from "sequelize";
import { makeAttempt, type Outcome } from "../delivery/attempt.ts";
import { retryUntilBack } from "../delivery/retry-until-back.ts";
import type { EventHandler } from "../../../outbox/outbox.ts";
import type { AccountLinks } from "../../../platform/config/account-links.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import type { Currency } from "../../../platform/wire/money.ts";
import { messageOf } from "../../../platform/telemetry/outage.ts";
import { inSpan } from "../../../platform/telemetry/tracing.ts";
import { afterCommit } from "../../../platform/database/transaction.ts";
import { renderEmail, type Message } from "./compose/render.ts";
import type { EmailAttempt, EmailDeliveries, EmailJob } from "./deliveries.ts";
import { emailContentFor } from "./compose/email-content.ts";
import type { MailServer } from "./mail-server.ts";
import type { Mailer } from "./mailer.ts";
import { loadTemplates, type Template } from "./compose/templates.ts";
import { maySend } from "./unverified-addresses.ts";
import { verdictOf } from "./smtp-verdict.ts";

export interface EmailDeps {
  database: Sequelize;
  deliveries: EmailDeliveries;
  mailer: Mailer;
  server: MailServer;
  currency: Currency;
  links: AccountLinks;
  log: Logger;
}

/** What the relay hands events to: those that deserve an e-mail are noted as due. `soon` is told after the commit. */
export function emailEventHandler(deliveries: EmailDeliveries, soon: () => void): EventHandler {
  const templates = loadTemplates();
  return async (events) => {
    const due = events.filter(({ type }) => templates.has(type));
    if (due.length === 0) return;
    await deliveries.expect(due);
    await afterCommit(async () => soon());
  };
}

/** What the queue runs for each job. */
export function emailHandler(parts: EmailDeps): (job: EmailJob) => Promise<void> {
  const templates = loadTemplates();
  return async (job) => {
    // Nothing is in hand while it waits for the mail server, and so nothing is lost when the worker dies meanwhile.
    if (!(await parts.server.enter())) return parts.deliveries.giveBack(job);
    try {
      await inSpan({ name: "e-mail", kind: "consumer", parent: job.traceparent }, () => handle(job, parts, templates));
    } finally {
      parts.server.leave();
    }
  };
}

async function handle(job: EmailJob, parts: EmailDeps, templates: ReadonlyMap<string, Template>): Promise<void> {
  const attempt = await retryUntilBack(() => parts.deliveries.claim(job), parts.server.stopping);
  if (attempt === undefined) return;
  const { type, subject } = attempt;
  const about = "event" in subject ? { order_id: subject.event.orderId } : { user_id: subject.userId };
  const log = parts.log.child({
    requestId: job.requestId,
    delivery_id: job.id,
    ...about,
    type,
    attempt: attempt.attempts,
  });
  await makeAttempt(attempt, () => send(attempt, { ...parts, template: templates.get(type), log }), {
    deliveries: parts.deliveries,
    log,
  });
}

/** @returns undefined when nothing is to be sent */
async function send(
  attempt: EmailAttempt,
  parts: EmailDeps & { template: Template | undefined },
): Promise<Outcome | undefined> {
  const { template, deliveries, mailer, log } = parts;
  if (template === undefined) return outcome("refused", `there is no template for ${attempt.type}`);
  const message = await composed(attempt, { ...parts, template });
  if (message === undefined) {
    log.debug("an e-mail is dropped: there is nobody to write to");
    await deliveries.drop(attempt);
    return undefined;
  }
  if (message instanceof Error) return outcome("failed", message.message);
  const { address } = message.to;
  if (!(await retryUntilBack(() => maySend(parts.database, { ...attempt, address })))) {
    log.debug("an e-mail is suppressed: enough went to this address today");
    return undefined;
  }
  return handOver(message, attempt, { mailer, server: parts.server });
}

/** An error is ours alone: a template asks for what is not there. */
async function composed(
  attempt: EmailAttempt,
  { database, currency, links, template, mailer }: EmailDeps & { template: Template },
): Promise<Message | Error | undefined> {
  const letter = await retryUntilBack(() => emailContentFor(attempt, { database, currency, links }));
  try {
    return letter === undefined ? undefined : renderEmail(letter, { template, domain: mailer.domain });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function handOver(
  message: Message,
  { id, secret }: EmailAttempt,
  { mailer, server }: Pick<EmailDeps, "mailer" | "server">,
): Promise<Outcome> {
  try {
    await inSpan({ name: "send", kind: "client" }, () => mailer.send(message));
    server.note(id, "sent", "");
    return { result: "sent", reason: "", notes: [null] };
  } catch (error) {
    // Some filters of spam repeat the link that they do not like.
    const reason = messageOf(error).replaceAll(secret?.token ?? NO_TOKEN, "…");
    const verdict = verdictOf(error);
    const pauseAtMostSeconds = server.note(id, verdict, reason);
    return { ...outcome(verdict === "refused" ? "refused" : "failed", reason), pauseAtMostSeconds };
  }
}

/** Stands in no message. */
const NO_TOKEN = "\0";

/** A server's complaint is a sentence; more is of no use. */
const MAX_ERROR_LENGTH = 1_000;

function outcome(result: "failed" | "refused", reason: string): Outcome {
  return { result, reason, notes: [reason.slice(0, MAX_ERROR_LENGTH)] };
}
