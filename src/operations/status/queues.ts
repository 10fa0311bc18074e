/** What waits to be handed on, sent or told, and what was given up. */
import type { Sequelize } from "sequelize";
import type { DeliveryBacklog } from "../../domains/notification/delivery/deliveries.ts";
import { one } from "../../platform/database/database.ts";
import type { Backlog } from "../../platform/telemetry/queue-metrics.ts";
import { EMAIL_LATE_SECONDS, EVENT_LATE_SECONDS } from "./limits.ts";
import { type Audience, counted, lengthOf, ok, problem } from "./part.ts";

/** Cursors of consumers that this release does not know are told of by no alert: the purge removes them. Pure. */
export function outboxState(queues: readonly Backlog[]) {
  const ours = queues.filter(({ queue }) => queue.startsWith("outbox"));
  const figures = Object.fromEntries(
    ours.flatMap(({ queue, waiting, oldestSeconds }) => [
      [`${queue}_waiting`, waiting],
      [`${queue}_oldest_seconds`, oldestSeconds],
    ]),
  );
  const stuck = ours.filter(({ oldestSeconds }) => oldestSeconds > EVENT_LATE_SECONDS);
  if (stuck.length === 0) {
    const waiting = Math.max(0, ...ours.map((queue) => queue.waiting));
    return ok(waiting === 0 ? "Every event is handed on." : `${counted(waiting, EVENTS)}, none for long.`, figures);
  }
  const sentences = stuck.map(
    ({ queue, waiting, oldestSeconds }) =>
      `${counted(waiting, EVENTS)} ${whereTo(queue)}, the oldest for ${lengthOf(oldestSeconds)}`,
  );
  return problem(
    `${sentences.join("; ")}.`,
    "The worker's log says which consumer fails and why. A queue that shrinks is a backlog after an outage, and needs nothing.",
    figures,
  );
}

const EVENTS = ["event waits", "events wait"] as const;

function whereTo(queue: string): string {
  return queue === "outbox" ? "for a position" : `for the consumer ${queue.replace(/^outbox_/, "")}`;
}

/** Pure. */
export function emailState(backlog: DeliveryBacklog, audience: Audience) {
  const { waiting, oldestSeconds } = backlog;
  const figures = { waiting, oldest_seconds: oldestSeconds };
  const text = `${waitingText(backlog, ["e-mail waits", "e-mails wait"])}${complaintFor(audience, backlog)}`;
  if (oldestSeconds <= EMAIL_LATE_SECONDS) return ok(text, figures);
  return problem(
    text,
    "Look whether the mail server and Redis answer; the worker's log has a line when the mail server takes nothing. Nothing is given up within a day.",
    figures,
  );
}

/** How many webhooks an admin has switched off. */
export async function inactiveWebhooks(database: Sequelize): Promise<number> {
  const { count } = await one<{ count: number }>(
    database,
    "SELECT count(*)::int AS count FROM webhooks.webhooks WHERE NOT active",
  );
  return count;
}

/** What waits for a receiver is the receiver's to mend: it is told, and no problem of the shop's. Pure. */
export function webhookState(backlog: DeliveryBacklog, inactive: number, audience: Audience) {
  const { waiting, oldestSeconds } = backlog;
  const off = inactive === 0 ? "" : ` ${counted(inactive, ["webhook is", "webhooks are"])} inactive.`;
  const text = `${waitingText(backlog, ["message waits", "messages wait"])}${complaintFor(audience, backlog)}`;
  return ok(`${text}${off}`, { waiting, oldest_seconds: oldestSeconds, inactive });
}

function waitingText({ waiting, oldestSeconds }: DeliveryBacklog, words: readonly [string, string]): string {
  if (waiting === 0) return "Nothing waits.";
  return `${counted(waiting, words)}, the oldest for ${lengthOf(oldestSeconds)}.`;
}

/** In the words of a server, which may name addresses. */
function complaintFor(audience: Audience, { waiting, lastError }: DeliveryBacklog): string {
  if (audience === "caller" || waiting === 0 || lastError === "") return "";
  return ` The last complaint: ${lastError.replace(/\s+/g, " ").trim()}`;
}

/** Pure. */
export function deadLetterState(emails: DeliveryBacklog, webhooks: DeliveryBacklog) {
  const figures = { email: emails.deadLetters, webhooks: webhooks.deadLetters };
  if (figures.email + figures.webhooks === 0) return ok("Nothing was given up.", figures);
  return problem(
    `${counted(figures.email, ["e-mail", "e-mails"])} and ${counted(figures.webhooks, ["message", "messages"])} to webhooks were given up.`,
    "ListDeadLetters and ListWebhookDeliveries say which and why. Mend the cause, then RetryDeadLetters or ReplayWebhookDelivery.",
    figures,
  );
}
