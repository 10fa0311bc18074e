/** What a failure of the mail server means: for the one message, or for all of them. Pure. */

/**
 * "refused": it will never take this message. "deferred": not now, this message (greylisting, a full mailbox).
 * "away": it takes none, because it cannot be reached, or wants no connection, no TLS, no password or no sender of ours.
 */
export type Verdict = "refused" | "deferred" | "away";

/** What nodemailer's errors have. */
interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  command?: string;
}

/** Of one message; a refusal of the sender (MAIL FROM) is one of all messages. */
const OF_MESSAGE = new Set(["RCPT TO", "DATA"]);
/** RFC 5321: "closing transmission channel", to whatever it answers; and "bad sequence of commands", the session's fault. */
const CLOSING = 421;
const OUT_OF_SEQUENCE = 503;
/** nodemailer's own: no address that SMTP could name, or larger than the server said that it takes. */
const UNSENDABLE = new Set(["EENVELOPE", "EMESSAGE"]);

export function verdictOf(error: unknown): Verdict {
  if (!(error instanceof Error)) return "away";
  const { code = "", responseCode, command = "" }: SmtpError = error;
  if (responseCode === undefined) return UNSENDABLE.has(code) ? "refused" : "away";
  if (!OF_MESSAGE.has(command) || responseCode === CLOSING || responseCode === OUT_OF_SEQUENCE) return "away";
  return responseCode >= 500 ? "refused" : "deferred";
}
