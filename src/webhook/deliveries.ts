/**
 * The repository of deliveries that are to be sent: what is due, who sends it now, what was answered.
 *
 * A worker takes a delivery for a short while; should it die, the delivery is due again when that is over. Its attempt
 * is counted when it is taken, so that a message that kills workers ends too; and an attempt that has been overtaken
 * writes nothing.
 */
import type { Sequelize } from "sequelize";
import { execute } from "../platform/database.ts";
import type { Outcome } from "./attempt.ts";
import { COLUMNS, type DeliveryStatus, type WebhookDelivery } from "./delivery-log.ts";
import { JITTER, PAUSES_SECONDS } from "./retries.ts";

/** A delivery in the hands of one worker. */
export interface TakenDelivery {
  id: string;
  webhookId: string;
  eventType: string;
  url: string;
  /** As it is stored: perhaps encrypted. */
  secret: string;
  payload: string;
  attempts: number;
  /** Attempts since it was made or last replayed. */
  tries: number;
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

/** What one webhook has in hand already, and may have at most. */
export interface Share {
  inHand: number;
  most: number;
}

/** An attempt takes ten seconds; the rest is for a slow machine. */
export const LEASE_SECONDS = 30;

export class WebhookDeliveries {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /**
   * Takes what is due for active webhooks, the longest due first; of many webhooks, those first that have the least in
   * hand. Those that may have one alone share a part of the room, so that any number of them leaves some for the others.
   */
  async take({ total, slow, shares }: Room): Promise<TakenDelivery[]> {
    const given = [...shares.values()];
    return execute<TakenDelivery>(
      this.#database,
      `WITH due AS MATERIALIZED (
         SELECT d.id, d.next_attempt_at, coalesce(h.most, 1) <= 1 AS slow,
                coalesce(h.count, 0) + row_number() OVER (PARTITION BY w.id ORDER BY d.next_attempt_at, d.id) AS turn
         FROM webhooks.webhooks w
         LEFT JOIN unnest($1::uuid[], $2::integer[], $3::integer[]) AS h(webhook_id, count, most) ON h.webhook_id = w.id
         CROSS JOIN LATERAL (
           SELECT id, next_attempt_at FROM webhooks.deliveries
           WHERE webhook_id = w.id AND status = 'PENDING' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
           ORDER BY next_attempt_at, id LIMIT greatest(coalesce(h.most, 1) - coalesce(h.count, 0), 0)
           FOR UPDATE SKIP LOCKED
         ) d
         WHERE w.active
       ), placed AS (
         SELECT *, row_number() OVER (PARTITION BY slow ORDER BY turn, next_attempt_at, id) AS place FROM due
       ), taken AS MATERIALIZED (
         SELECT id FROM placed WHERE NOT slow OR place <= $6 ORDER BY turn, next_attempt_at, id LIMIT $4
       )
       UPDATE webhooks.deliveries d
       SET attempts = attempts + 1, tries = tries + 1, last_attempt_at = now(), leased_until = now() + make_interval(secs => $5)
       FROM taken t, webhooks.webhooks w WHERE d.id = t.id AND w.id = d.webhook_id
       RETURNING d.id, d.webhook_id AS "webhookId", d.event_type AS "eventType", w.url, w.secret, d.payload, d.attempts, d.tries,
         d.request_id AS "requestId", d.traceparent`,
      [[...shares.keys()], given.map(({ inHand }) => inHand), given.map(({ most }) => most), total, LEASE_SECONDS, slow],
    );
  }

  /** Writes down what came of an attempt. @returns how the delivery stands now; undefined when another attempt overtook it */
  async note({ id, attempts }: Pick<TakenDelivery, "id" | "attempts">, outcome: Outcome): Promise<DeliveryStatus | undefined> {
    const [row] = await execute<{ status: DeliveryStatus }>(
      this.#database,
      `UPDATE webhooks.deliveries SET
         status = CASE WHEN $3 THEN 'SUCCEEDED' WHEN tries > cardinality($8::float8[]) THEN 'FAILED' ELSE 'PENDING' END,
         -- tries is 0 when it was replayed meanwhile: at once, then.
         next_attempt_at = CASE WHEN $3 OR tries > cardinality($8::float8[]) THEN NULL
           ELSE now() + make_interval(secs => coalesce(($8::float8[])[tries], 0) * (1 + $9::float8 * random())) END,
         leased_until = NULL, response_status = $4, response_body = $5, error = $6, response_ms = $7
       WHERE id = $1 AND attempts = $2 RETURNING status`,
      [id, attempts, ...columnsOf(outcome), PAUSES_SECONDS, JITTER],
    );
    return row?.status;
  }

  /** Writes down a test that has been sent. */
  async noteTest(test: { id: string; webhookId: string; payload: string; sentAt: Date }, outcome: Outcome): Promise<WebhookDelivery> {
    const [delivery] = await execute<WebhookDelivery>(
      this.#database,
      `INSERT INTO webhooks.deliveries AS d
         (id, webhook_id, event_type, payload, created_at, last_attempt_at, status, response_status, response_body, error, response_ms, attempts, tries, next_attempt_at)
       VALUES ($1, $2, 'test', $3, $4, $4, CASE WHEN $5 THEN 'SUCCEEDED' ELSE 'FAILED' END, $6, $7, $8, $9, 1, 1, NULL)
       RETURNING ${COLUMNS}`,
      [test.id, test.webhookId, test.payload, test.sentAt, ...columnsOf(outcome)],
    );
    if (delivery === undefined) throw new TypeError("a delivery was written and is not there");
    return delivery;
  }
}

/** In the order of both statements above. */
function columnsOf({ succeeded, status, body, error, durationMs }: Outcome): unknown[] {
  return [succeeded, status, body, error, durationMs];
}
