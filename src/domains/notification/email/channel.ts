/** E-mails as the delivery engine sees them. */
import type { Channel } from "../delivery/channel.ts";

const MINUTE = 60;
const DAY = 86_400;

/** As long as the events that caused them. */
const SENT_KEPT = "7 days";
/** For admins, who may have been away. */
const GIVEN_UP_KEPT = "30 days";

/** The condition of the table's partial indexes. */
export const IS_OPEN = "d.sent_at IS NULL AND d.given_up_at IS NULL";

export const emailChannel: Channel = {
  queue: "email",
  one: "an e-mail",
  sentLevel: "info",
  table: "email.deliveries",
  schedule: {
    // RFC 5321, 4.5.4.1, and quicker at first: most trouble of a mail server is over soon.
    pausesSeconds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 15 * MINUTE],
    lastsSeconds: DAY,
    jitter: 0,
  },
  lease: "claimed_until",
  leaseSeconds: 15,
  open: IS_OPEN,
  // The partial indexes look cheaper than the key as long as the statistics know of no backlog: each e-mail then reads
  // all of it (3.1 ms of CPU, not 1.4).
  openByKey: "coalesce(d.sent_at, d.given_up_at) IS NULL",
  givenUp: "d.given_up_at IS NOT NULL AND NOT d.suppressed",
  since: "coalesce(d.retried_at, d.created_at)",
  error: "d.last_error",
  sendable: "",
  noted: ["last_error"],
  unanswered: (reason) => [reason],
  ended: ({ sent, givenUp, nextAttempt }) =>
    `sent_at = CASE WHEN ${sent} THEN now() END, given_up_at = CASE WHEN ${givenUp} THEN now() END,
     next_attempt_at = ${nextAttempt}, handed_at = NULL, token = CASE WHEN ${sent} OR ${givenUp} THEN NULL ELSE d.token END,
     recipient = CASE WHEN ${sent} THEN NULL ELSE d.recipient END`,
  reopened: "given_up_at = NULL, handed_at = NULL, attempts = 0, retried_at = now()",
  old: () => [older("sent_at", SENT_KEPT), older("given_up_at", GIVEN_UP_KEPT)],
};

function older(since: "sent_at" | "given_up_at", kept: string): string {
  return `SELECT id FROM email.deliveries WHERE ${since} < now() - interval '${kept}' ORDER BY ${since} LIMIT $1 FOR UPDATE SKIP LOCKED`;
}
