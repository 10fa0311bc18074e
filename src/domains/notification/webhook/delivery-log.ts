/** The repository of what webhooks were told: pages of it, and one that is told once more. */
import type { Sequelize } from "sequelize";
import { putBack } from "../delivery/deliveries.ts";
import { runSql } from "../../../platform/database/database.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { Page, PageRequest, PageTokens } from "../../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../../platform/database/transaction.ts";
import { webhookChannel } from "./channel.ts";

export const deliveryStatuses = ["PENDING", "SUCCEEDED", "FAILED"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface WebhookDelivery {
  id: string;
  webhookId: string;
  eventType: string;
  /** null: a test. */
  orderId: string | null;
  status: DeliveryStatus;
  attempts: number;
  responseStatus: number;
  responseBody: string;
  error: string;
  /** null: it was not tried yet. */
  responseMs: number | null;
  payload: string;
  createdAt: Date;
  lastAttemptAt: Date | null;
  nextAttemptAt: Date | null;
}

export interface DeliveryFilter {
  webhookId: string | undefined;
  status: DeliveryStatus | undefined;
}

export const COLUMNS = `
  d.id, d.webhook_id AS "webhookId", d.event_type AS "eventType", d.order_id AS "orderId", d.status, d.attempts,
  d.response_status AS "responseStatus", d.response_body AS "responseBody", d.error, d.response_ms AS "responseMs", d.payload,
  d.created_at AS "createdAt", d.last_attempt_at AS "lastAttemptAt", d.next_attempt_at AS "nextAttemptAt"`;

/** The deliveries of a deleted webhook are gone for everybody, and soon from the table. */
const OF_A_WEBHOOK = "EXISTS (SELECT FROM webhooks.webhooks w WHERE w.id = d.webhook_id)";

export class DeliveryLog {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  /** Newest first. */
  async list({ webhookId, status }: DeliveryFilter, request: PageRequest): Promise<Page<WebhookDelivery>> {
    const reading = this.#pageTokens.begin(request, ["webhook deliveries", webhookId, status]);
    const [last] = reading.cursor;
    const rows = await runSql<WebhookDelivery>(
      this.#database,
      `SELECT ${COLUMNS} FROM webhooks.deliveries d
       WHERE ($1::uuid IS NULL OR d.webhook_id = $1) AND ($2::text IS NULL OR d.status = $2) AND ($3::uuid IS NULL OR d.id < $3)
         AND ${OF_A_WEBHOOK}
       ORDER BY d.id DESC LIMIT $4`,
      [webhookId ?? null, status ?? null, last ?? null, reading.limit],
    );
    return reading.page(rows, ({ id }) => [id]);
  }

  /** Puts one back, with all its attempts before it. @throws Failure WEBHOOK_DELIVERY_NOT_FOUND */
  async replay(id: string, options: TransactionOptions): Promise<WebhookDelivery> {
    const replay = async () => {
      const [delivery] = await runSql<WebhookDelivery>(
        this.#database,
        `UPDATE webhooks.deliveries d SET ${putBack(webhookChannel)}
         WHERE id = $1 AND ${OF_A_WEBHOOK} RETURNING ${COLUMNS}`,
        [id],
      );
      if (delivery === undefined) throw new Failure("WEBHOOK_DELIVERY_NOT_FOUND", `There is no delivery ${id}.`);
      return delivery;
    };
    return withTransaction(this.#database, replay, options);
  }
}
