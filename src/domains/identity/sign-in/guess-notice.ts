/**
 * Tells an account's owner that somebody guesses at its password from everywhere: once a day, however long it goes on.
 *
 * Nobody waits for it: an answer that takes longer would tell whoever guesses that there is an owner.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";

export interface GuessNoticeDeps {
  database: Sequelize;
  /** Writes the e-mail, in the transaction that is open. */
  guessedAt: (userId: string) => Promise<void>;
  log: Logger;
}

/** @returns what is called whenever strangers have failed as often as they may */
export function guessNotice({ database, guessedAt, log }: GuessNoticeDeps): (userId: string) => void {
  async function tell(userId: string): Promise<void> {
    const isDue = await runSql(
      database,
      `UPDATE identity.users SET guesses_told_at = now()
       WHERE id = $1 AND NOT disabled AND deleted_at IS NULL AND coalesce(guesses_told_at < now() - interval '1 day', true) RETURNING id`,
      [userId],
    );
    if (isDue.length > 0) await guessedAt(userId);
  }
  return (userId) => {
    withTransaction(database, () => tell(userId)).catch((error: unknown) => {
      log.warn({ err: error, account: userId }, "an owner could not be told of guesses at the password");
    });
  };
}
