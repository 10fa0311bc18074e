/** The repository of an order's e-mails: to whom each goes, and what became of it. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";

export interface OrderEmail {
  id: string;
  /** Such as ORDER_CONFIRMED. */
  type: string;
  /** An e-mail address; "" when the account is deleted. */
  recipient: string;
  state: "WAITING" | "SENT" | "GIVEN_UP" | "SUPPRESSED";
  attempts: number;
  /** Of the last attempt; "" when none failed, or it was sent. */
  error: string;
  createdAt: Date;
  lastAttemptAt: Date | null;
  sentAt: Date | null;
}

export class OrderEmails {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** In the order of the changes that they tell of. */
  async of({ storeId, id, userId }: { storeId: string; id: string; userId: string }): Promise<OrderEmail[]> {
    return runSql<OrderEmail>(
      this.#database,
      `SELECT d.id, d.type, coalesce(u.email, '') AS recipient,
              CASE WHEN d.suppressed THEN 'SUPPRESSED' WHEN d.sent_at IS NOT NULL THEN 'SENT'
                   WHEN d.given_up_at IS NOT NULL THEN 'GIVEN_UP' ELSE 'WAITING' END AS state,
              d.attempts, coalesce(d.last_error, '') AS error, d.created_at AS "createdAt",
              d.last_attempt_at AS "lastAttemptAt", d.sent_at AS "sentAt"
       FROM email.deliveries d LEFT JOIN identity.users u ON u.id = $3
       WHERE d.store_id = $1 AND d.order_id = $2 ORDER BY d.sequence`,
      [storeId, id, userId],
    );
  }
}
