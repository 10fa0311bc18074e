/** The repository of deliveries that are to be sent to webhooks: which of those that are due a worker takes in hand. */
import type { Sequelize } from "sequelize";
import type { Share } from "../delivery/circuit-breaker.ts";
import { type Attempt, ATTEMPT, Deliveries, free, taken } from "../delivery/deliveries.ts";
import { runSql } from "../../../platform/database/database.ts";
import type { Outcome } from "./http-attempt.ts";
import { webhookChannel } from "./channel.ts";
import { COLUMNS, type WebhookDelivery } from "./delivery-log.ts";

/** A delivery in the hands of one worker. */
export interface TakenDelivery extends Attempt {
  webhookId: string;
  eventType: string;
  url: string;
  /** As it is stored: perhaps encrypted. */
  secret: string;
  payload: string;
  /** Of the call that caused it; null: nobody called, or nothing was traced. */
  requestId: string | null;
  traceparent: string | null;
}

export interface Room {
  /** Deliveries that may be taken. */
  total: number;
  /** Of these, for webhooks that may have one alone. */
  slow: number;
  /** Every other webhook has nothing in hand and may have one. */
  shares: ReadonlyMap<string, Share>;
}

export class WebhookDeliveries extends Deliveries {
  constructor(database: Sequelize) {
    super(database, webhookChannel);
  }

  /**
   * Takes what is due for active webhooks, the longest due first; of many webhooks, those first that have the least in
   * hand. Those that may have one alone share a part of the room, so that any number of them leaves some for the others.
   */
  async take({ total, slow, shares }: Room): Promise<TakenDelivery[]> {
    const given = [...shares.values()];
    return runSql<TakenDelivery>(
      this.database,
      `WITH due AS MATERIALIZED (
         SELECT d.id, d.next_attempt_at, coalesce(h.most, 1) <= 1 AS slow,
                coalesce(h.count, 0) + row_number() OVER (PARTITION BY w.id ORDER BY d.next_attempt_at, d.id) AS turn
         FROM webhooks.webhooks w
         LEFT JOIN unnest($1::uuid[], $2::integer[], $3::integer[]) AS h(webhook_id, count, most) ON h.webhook_id = w.id
         CROSS JOIN LATERAL (
           SELECT id, next_attempt_at FROM webhooks.deliveries d
           WHERE webhook_id = w.id AND ${webhookChannel.open} AND next_attempt_at <= now() AND ${free(webhookChannel)}
           ORDER BY next_attempt_at, id LIMIT greatest(coalesce(h.most, 1) - coalesce(h.count, 0), 0)
           FOR UPDATE SKIP LOCKED
         ) d
         WHERE w.active
       ), placed AS (
         SELECT *, row_number() OVER (PARTITION BY slow ORDER BY turn, next_attempt_at, id) AS place FROM due
       ), chosen AS MATERIALIZED (
         SELECT id FROM placed WHERE NOT slow OR place <= $5 ORDER BY turn, next_attempt_at, id LIMIT $4
       )
       UPDATE webhooks.deliveries d SET ${taken(webhookChannel)}
       FROM chosen c, webhooks.webhooks w WHERE d.id = c.id AND w.id = d.webhook_id
       RETURNING ${ATTEMPT}, d.webhook_id AS "webhookId", d.event_type AS "eventType", w.url, w.secret, d.payload,
         d.request_id AS "requestId", d.traceparent`,
      [[...shares.keys()], given.map(({ inHand }) => inHand), given.map(({ most }) => most), total, slow],
    );
  }

  /** Writes down a test that has been sent. */
  async noteTest(
    test: { id: string; webhookId: string; payload: string; sentAt: Date },
    { succeeded, status, body, error, durationMs }: Outcome,
  ): Promise<WebhookDelivery> {
    const [delivery] = await runSql<WebhookDelivery>(
      this.database,
      `INSERT INTO webhooks.deliveries AS d
         (id, webhook_id, event_type, payload, created_at, last_attempt_at, status, response_status, response_body, error, response_ms, attempts, tries, next_attempt_at)
       VALUES ($1, $2, 'test', $3, $4, $4, CASE WHEN $5 THEN 'SUCCEEDED' ELSE 'FAILED' END, $6, $7, $8, $9, 1, 1, NULL)
       RETURNING ${COLUMNS}`,
      [test.id, test.webhookId, test.payload, test.sentAt, succeeded, status, body, error, durationMs],
    );
    if (delivery === undefined) throw new TypeError("a delivery was written and is not there");
    return delivery;
  }
}
