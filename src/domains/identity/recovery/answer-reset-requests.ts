/**
 * The job that looks whose address somebody asked a new password for: an account that can sign in gets a mail with a
 * token, and of every other address nothing is left but that it was asked for.
 *
 * Any number of workers may run it: each takes the requests that no other has locked.
 */
import type { Sequelize } from "sequelize";
import { withCause } from "../../../platform/context/cause.ts";
import { runSql } from "../../../platform/database/database.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import { steadily } from "../../../platform/jobs/scheduler.ts";
import { startPollLoop } from "../../../platform/polling/poll-loop.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { issueToken, type MailedToken } from "./account-tokens.ts";

export interface ResetAnswerDeps {
  database: Sequelize;
  /** Writes the mail, in the transaction that is open. */
  sendReset: (userId: string, token: MailedToken) => Promise<void>;
  log: Logger;
}

/** Whoever waits for the mail does not notice it. */
const POLL_MS = 1_000;
/** Most are no account's: such a batch is one statement, of a few milliseconds. */
const BATCH = 500;

export function startResetAnswers({ log, ...deps }: ResetAnswerDeps): { stop(): Promise<void> } {
  const work = steadily(deps.database, "password resets", () => answerResetRequests(deps, BATCH));
  const what = "requests for new passwords are answered";
  return startPollLoop({ job: "password resets", what, work, batch: BATCH, pauseMs: POLL_MS, told: false, log });
}

interface Asked {
  requestId: string | null;
  /** null: no account that can sign in has the address. */
  id: string | null;
  email: string;
  tokenGeneration: number;
}

/** @returns how many requests there were, at most `limit` */
export async function answerResetRequests(
  { database, sendReset }: Omit<ResetAnswerDeps, "log">,
  limit: number,
): Promise<number> {
  return withTransaction(database, async () => {
    const asked = await runSql<Asked>(database, TAKE, [limit]);
    for (const { id, requestId, ...account } of asked) {
      if (id === null) continue;
      const token = await issueToken(database, { ...account, id }, { purpose: "RESET", email: account.email });
      const send = () => sendReset(id, token);
      await (requestId === null ? send() : withCause({ requestId }, send));
    }
    return asked.length;
  });
}

const TAKE = `
  WITH due AS (
    SELECT mailbox, email, request_id FROM identity.reset_requests WHERE email IS NOT NULL LIMIT $1 FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE identity.reset_requests r SET email = NULL, request_id = NULL FROM due WHERE r.mailbox = due.mailbox
  )
  SELECT due.request_id AS "requestId", u.id, u.email, u.token_generation AS "tokenGeneration"
  FROM due LEFT JOIN identity.users u ON lower(u.email) = due.email AND u.deleted_at IS NULL AND NOT u.disabled
  ORDER BY u.id`;
