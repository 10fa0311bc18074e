/**
 * The repository of dead letters: e-mails that were given up, why, and how one is tried again.
 *
 * A dead letter is a delivery with `given_up_at`; tried again it is an open one with all its attempts before it.
 */
import type { Sequelize } from "sequelize";
import { noteChange } from "../../../platform/context/audit-notes.ts";
import { runSql } from "../../../platform/database/database.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { Page, PageRequest, PageTokens } from "../../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../../platform/database/transaction.ts";
import { emailChannel } from "./channel.ts";
import { EmailDeliveries } from "./deliveries.ts";

export interface DeadLetter {
  id: string;
  /** Such as ORDER_CONFIRMED. */
  type: string;
  /** An e-mail address; "" when the account is deleted. */
  recipient: string;
  /** null: it is about no order. */
  orderId: string | null;
  attempts: number;
  reason: string;
  createdAt: Date;
  lastAttemptAt: Date | null;
  retriedAt: Date | null;
}

interface DeadLetterRow extends DeadLetter {
  /** With microseconds, which a Date would lose. */
  givenUpAt: string;
}

export class DeadLetters {
  readonly #database: Sequelize;
  readonly #deliveries: EmailDeliveries;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#deliveries = new EmailDeliveries(database);
    this.#pageTokens = pageTokens;
  }

  /** The latest to be given up first. */
  async list(request: PageRequest): Promise<Page<DeadLetter>> {
    const reading = this.#pageTokens.begin(request, ["dead letters"]);
    const [givenUpAt = "infinity", id = LAST_ID] = reading.cursor;
    const rows = await runSql<DeadLetterRow>(
      this.#database,
      `${SELECT} WHERE ${emailChannel.givenUp} AND (d.given_up_at, d.id) < ($1::timestamptz, $2::uuid)
       ORDER BY d.given_up_at DESC, d.id DESC LIMIT $3`,
      [givenUpAt, id, reading.limit],
    );
    return reading.page(rows, (row) => [row.givenUpAt, row.id]);
  }

  /** Once more is no error: it is in the queue, or sent. @throws Failure DEAD_LETTER_NOT_FOUND */
  async retry(id: string, options: TransactionOptions): Promise<DeadLetter> {
    const retry = async () => {
      await this.#deliveries.reopen([id]);
      const [letter] = await runSql<DeadLetterRow>(
        this.#database,
        `${SELECT} WHERE d.id = $1 AND d.retried_at IS NOT NULL`,
        [id],
      );
      if (letter === undefined) throw new Failure("DEAD_LETTER_NOT_FOUND", `There is no dead letter ${id}.`);
      if (letter.retriedAt !== null)
        noteChange({ path: "retry_time", oldValue: "", newValue: letter.retriedAt.toISOString() });
      return letter;
    };
    return withTransaction(this.#database, retry, options);
  }

  /** Those of `ids`, of which unknown ones are skipped; or all. @returns how many */
  async retryMany(ids: readonly string[] | undefined, options: TransactionOptions): Promise<number> {
    const retry = async () => {
      const count = await this.#deliveries.reopen(ids);
      noteChange({ path: "retried_count", oldValue: "", newValue: String(count) });
      return count;
    };
    return withTransaction(this.#database, retry, options);
  }
}

const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

const SELECT = `
  SELECT d.id, d.type, coalesce(d.recipient, u.email, '') AS recipient, d.order_id AS "orderId", d.attempts,
         coalesce(d.last_error, '') AS reason, d.created_at AS "createdAt", d.last_attempt_at AS "lastAttemptAt",
         d.retried_at AS "retriedAt", d.given_up_at::text AS "givenUpAt"
  FROM email.deliveries d
  LEFT JOIN orders.orders o ON (o.store_id, o.id) = (d.store_id, d.order_id)
  LEFT JOIN identity.users u ON u.id = coalesce(d.user_id, o.user_id)`;
