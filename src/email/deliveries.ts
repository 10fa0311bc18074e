/**
 * The repository of deliveries: which e-mails are due, who sends them now, what became of them.
 *
 * PostgreSQL keeps this and not Redis, so that an e-mail that was sent is not sent again and one that cannot be sent
 * is not tried for ever, whatever Redis forgets.
 */
import type { Sequelize } from "sequelize";
import { execute, select } from "../platform/database.ts";
import type { Backlog } from "../platform/queue-metrics.ts";

/** The event that an e-mail tells of. */
export interface EmailJob {
  storeId: string;
  orderId: string;
  sequence: number;
  /** Such as ORDER_CONFIRMED. */
  type: string;
}

/** "settled": sent, or given up. "busy": another worker is at it. Otherwise the how-manieth attempt is ours, from 1. */
export type Claim = "settled" | "busy" | number;

/** Longer than sending and noting it may take together; after a crash the e-mail waits for its end. */
const CLAIM_SECONDS = 90;
/** An open delivery that nobody touched for this long has lost its job: the queue's longest pause is shorter. */
const FORGOTTEN_SECONDS = 180;
const KEY = "store_id = $1 AND order_id = $2 AND sequence = $3";
/** A server's complaint is a sentence; more is of no use. */
const MAX_ERROR_LENGTH = 1_000;
/** More are told as this many. */
const MAX_COUNTED = 100_000;

export class Deliveries {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** Notes that these are due. Those that are known stay as they are. */
  async expect(jobs: readonly EmailJob[]): Promise<void> {
    await execute(
      this.#database,
      `INSERT INTO email.deliveries (store_id, order_id, sequence, type)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[])
       ON CONFLICT DO NOTHING`,
      [
        jobs.map((job) => job.storeId),
        jobs.map((job) => job.orderId),
        jobs.map((job) => job.sequence),
        jobs.map((job) => job.type),
      ],
    );
  }

  /** Counts the attempt before it is made, so that an e-mail that kills its worker is counted too. */
  async claim(job: EmailJob): Promise<Claim> {
    const [claimed] = await execute<{ attempts: number }>(
      this.#database,
      `INSERT INTO email.deliveries AS d (store_id, order_id, sequence, type, attempts, claimed_until)
       VALUES ($1, $2, $3, $4, 1, now() + make_interval(secs => $5))
       ON CONFLICT (store_id, order_id, sequence) DO UPDATE
         SET attempts = d.attempts + 1, claimed_until = EXCLUDED.claimed_until, handed_at = now()
         WHERE d.sent_at IS NULL AND d.given_up_at IS NULL AND (d.claimed_until IS NULL OR d.claimed_until < now())
       RETURNING attempts`,
      [...keyOf(job), job.type, CLAIM_SECONDS],
    );
    if (claimed !== undefined) return claimed.attempts;
    const [row] = await select<{ settled: boolean }>(
      this.#database,
      `SELECT sent_at IS NOT NULL OR given_up_at IS NOT NULL AS settled FROM email.deliveries WHERE ${KEY}`,
      keyOf(job),
    );
    return row?.settled === true ? "settled" : "busy";
  }

  async markSent(job: EmailJob): Promise<void> {
    await execute(
      this.#database,
      `UPDATE email.deliveries SET sent_at = now(), claimed_until = NULL, last_error = NULL WHERE ${KEY}`,
      keyOf(job),
    );
  }

  /** Frees the claim; with `giveUp` it was the last attempt. */
  async markFailed(job: EmailJob, { error, giveUp }: { error: string; giveUp: boolean }): Promise<void> {
    await execute(
      this.#database,
      `UPDATE email.deliveries
       SET last_error = $4, claimed_until = NULL, given_up_at = CASE WHEN $5 THEN now() END
       WHERE ${KEY} AND sent_at IS NULL`,
      [...keyOf(job), error.slice(0, MAX_ERROR_LENGTH), giveUp],
    );
  }

  /** Gives up what was still to be written about a user's orders; a job that comes for it finds it settled. */
  async dropFor(userId: string): Promise<void> {
    await execute(
      this.#database,
      `UPDATE email.deliveries d SET given_up_at = now(), claimed_until = NULL, last_error = 'the account was deleted'
       FROM orders.orders o
       WHERE o.user_id = $1 AND o.store_id = d.store_id AND o.id = d.order_id
         AND d.sent_at IS NULL AND d.given_up_at IS NULL`,
      [userId],
    );
  }

  /** How many are due, since when, and how many were given up. */
  async backlog(): Promise<Backlog> {
    const [row] = await select<Omit<Backlog, "queue">>(
      this.#database,
      `SELECT count(*)::integer AS waiting,
              coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS "oldestSeconds",
              (SELECT count(*)::integer FROM (
                 SELECT FROM email.deliveries WHERE given_up_at IS NOT NULL LIMIT $1
               ) AS given_up) AS "deadLetters"
       FROM (SELECT created_at FROM email.deliveries WHERE sent_at IS NULL AND given_up_at IS NULL LIMIT $1) AS open`,
      [MAX_COUNTED],
    );
    return { queue: "email", waiting: 0, oldestSeconds: 0, ...row };
  }

  /** Open deliveries whose job must be lost; they count as handed over now. */
  async takeForgotten(limit: number): Promise<EmailJob[]> {
    const rows = await execute<{ store_id: string; order_id: string; sequence: number; type: string }>(
      this.#database,
      `UPDATE email.deliveries SET handed_at = now() WHERE (store_id, order_id, sequence) IN (
         SELECT store_id, order_id, sequence FROM email.deliveries
         WHERE sent_at IS NULL AND given_up_at IS NULL AND handed_at < now() - make_interval(secs => $1)
         ORDER BY handed_at LIMIT $2 FOR UPDATE SKIP LOCKED
       ) RETURNING store_id, order_id, sequence, type`,
      [FORGOTTEN_SECONDS, limit],
    );
    return rows.map(({ store_id, order_id, ...event }) => ({ storeId: store_id, orderId: order_id, ...event }));
  }
}

function keyOf({ storeId, orderId, sequence }: EmailJob): unknown[] {
  return [storeId, orderId, sequence];
}
