/**
 * The repository of deliveries: which e-mails are due, who sends them now, what became of them.
 *
 * PostgreSQL keeps this and not Redis, so that an e-mail that was sent is not sent again and one that cannot be sent
 * is not tried for ever, whatever Redis forgets. A row that is not handed to the queue yet is the e-mail's outbox: it
 * is written in the transaction of what causes the e-mail.
 */
import type { Sequelize } from "sequelize";
import { execute, select } from "../platform/database.ts";
import { newId } from "../platform/identifier.ts";
import { currentOrigin, type Origin } from "../platform/origin.ts";
import type { Values } from "./templates.ts";

/** The event of an order that an e-mail tells of. */
export interface OrderEvent {
  storeId: string;
  orderId: string;
  sequence: number;
}

/** What is in the queue; with the call that caused the e-mail, where there was one. */
export interface EmailJob extends Partial<Origin> {
  /** The delivery's. */
  id: string;
}

export interface Delivery {
  id: string;
  /** Such as ORDER_CONFIRMED: which template. */
  type: string;
  /** Whom or what it is about. */
  subject: { event: OrderEvent } | { userId: string };
  /** For the template, where it cannot be read again later. */
  details: Values;
}

/** Counted from 1; as no two attempts at one e-mail have the same number, it also says whose the claim is. */
export interface Attempt extends Delivery {
  number: number;
}

/** "settled": sent, given up or dropped. "busy": another worker is at it. */
export type Claim = "settled" | "busy" | Attempt;

/**
 * How long a worker that died keeps its e-mail from the others. One that lives renews its claim, three times before it
 * would end; one that stands still for longer risks that the e-mail is sent twice.
 */
const CLAIM_SECONDS = 15;
export const RENEW_CLAIM_MS = 4_000;
/** An open delivery that nobody touched for this long has lost its job: the queue's longest pause is shorter. */
const FORGOTTEN_SECONDS = 180;
/** A server's complaint is a sentence; more is of no use. */
const MAX_ERROR_LENGTH = 1_000;
const IS_OPEN = "sent_at IS NULL AND given_up_at IS NULL";
/**
 * The same for rows that are looked up by a key. The partial indexes of open rows are no use there, and look cheaper
 * than the key as long as the statistics know of no backlog: each e-mail then reads all of it (3.1 ms of CPU, not 1.4).
 */
const isOpen = (row: string) => `coalesce(${row}.sent_at, ${row}.given_up_at) IS NULL`;

export class Deliveries {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** Notes that e-mails about orders' events are due. Those that are known stay as they are. */
  async expect(events: readonly (OrderEvent & Partial<Origin> & { type: string })[]): Promise<void> {
    await execute(
      this.#database,
      `INSERT INTO email.deliveries (id, store_id, order_id, sequence, type, request_id, traceparent, handed_at)
       SELECT *, NULL FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[])
       ON CONFLICT (store_id, order_id, sequence) DO NOTHING`,
      [
        events.map(() => newId()),
        events.map((event) => event.storeId),
        events.map((event) => event.orderId),
        events.map((event) => event.sequence),
        events.map((event) => event.type),
        events.map((event) => event.requestId ?? null),
        events.map((event) => event.traceparent ?? null),
      ],
    );
  }

  /** Notes, in the transaction of its cause, that an e-mail to a user is due. */
  async expectFor(userId: string, type: string, details: Values = {}): Promise<void> {
    const { requestId = null, traceparent = null } = currentOrigin() ?? {};
    await execute(
      this.#database,
      `INSERT INTO email.deliveries (id, user_id, type, details, request_id, traceparent, handed_at)
       VALUES ($1, $2, $3, $4, $5, $6, NULL)`,
      [newId(), userId, type, JSON.stringify(details), requestId, traceparent],
    );
  }

  /**
   * Takes what is to be handed to the queue, inside the transaction of whoever hands it over. Of one order's e-mails
   * the next is taken when the one before is sent or given up, so that none overtakes another.
   */
  async takeWaiting(limit: number): Promise<EmailJob[]> {
    const rows = await execute<{ id: string; request_id: string | null; traceparent: string | null }>(
      this.#database,
      `UPDATE email.deliveries SET handed_at = now() WHERE id IN (
         SELECT id FROM email.deliveries d
         WHERE handed_at IS NULL AND ${IS_OPEN} AND NOT EXISTS (
           SELECT FROM email.deliveries before
           WHERE (before.store_id, before.order_id) = (d.store_id, d.order_id) AND before.sequence < d.sequence
             AND ${isOpen("before")}
         )
         ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
       ) RETURNING id, request_id, traceparent`,
      [limit],
    );
    return rows.map(({ id, request_id, traceparent }) => ({ id, requestId: request_id ?? undefined, traceparent: traceparent ?? undefined }));
  }

  /** Lets open deliveries whose job must be lost be taken again. @returns how many there were */
  async recallForgotten(limit: number): Promise<number> {
    const recalled = await execute(
      this.#database,
      `UPDATE email.deliveries SET handed_at = NULL WHERE id IN (
         SELECT id FROM email.deliveries
         WHERE ${IS_OPEN} AND handed_at < now() - make_interval(secs => $1)
         ORDER BY handed_at LIMIT $2 FOR UPDATE SKIP LOCKED
       ) RETURNING id`,
      [FORGOTTEN_SECONDS, limit],
    );
    return recalled.length;
  }

  /** Counts the attempt before it is made, so that an e-mail that kills its worker is counted too. */
  async claim({ id }: EmailJob): Promise<Claim> {
    const [row] = await execute<AttemptRow>(
      this.#database,
      `UPDATE email.deliveries d
       SET attempts = attempts + 1, claimed_until = now() + make_interval(secs => $2), handed_at = now(), last_attempt_at = now()
       WHERE id = $1 AND ${isOpen("d")} AND (claimed_until IS NULL OR claimed_until < now())
       RETURNING id, type, store_id, order_id, sequence, user_id, details, attempts`,
      [id, CLAIM_SECONDS],
    );
    if (row !== undefined) return toAttempt(row);
    const open = await select(this.#database, `SELECT FROM email.deliveries d WHERE id = $1 AND ${isOpen("d")}`, [id]);
    return open.length === 0 ? "settled" : "busy";
  }

  /** Keeps the claim of an attempt that goes on. */
  async renew({ id, number }: Attempt): Promise<void> {
    await execute(
      this.#database,
      `UPDATE email.deliveries d SET claimed_until = now() + make_interval(secs => $3), handed_at = now()
       WHERE id = $1 AND attempts = $2 AND ${isOpen("d")}`,
      [id, number, CLAIM_SECONDS],
    );
  }

  async markSent({ id }: EmailJob): Promise<void> {
    await execute(
      this.#database,
      "UPDATE email.deliveries SET sent_at = now(), given_up_at = NULL, claimed_until = NULL, last_error = NULL WHERE id = $1",
      [id],
    );
  }

  /** Frees the attempt's claim, unless it ended and another made the next; with `giveUp` it was the last. */
  async markFailed({ id, number }: Attempt, { error, giveUp }: { error: string; giveUp: boolean }): Promise<void> {
    await execute(
      this.#database,
      `UPDATE email.deliveries
       SET last_error = $3, claimed_until = NULL, given_up_at = CASE WHEN $4 THEN now() END
       WHERE id = $1 AND attempts = $2 AND sent_at IS NULL`,
      [id, number, error.slice(0, MAX_ERROR_LENGTH), giveUp],
    );
  }

  /** Forgets an e-mail that has nobody to go to. */
  async drop({ id }: EmailJob): Promise<void> {
    await execute(this.#database, "DELETE FROM email.deliveries WHERE id = $1", [id]);
  }

  /** Forgets what was still to be written to a user; a job that comes for it finds it settled. */
  async dropFor(userId: string): Promise<void> {
    await execute(
      this.#database,
      `DELETE FROM email.deliveries WHERE sent_at IS NULL AND id IN (
         SELECT id FROM email.deliveries WHERE user_id = $1
         UNION ALL
         SELECT d.id FROM orders.orders o JOIN email.deliveries d ON (d.store_id, d.order_id) = (o.store_id, o.id)
         WHERE o.user_id = $1
       )`,
      [userId],
    );
  }
}

interface AttemptRow {
  id: string;
  type: string;
  store_id: string | null;
  order_id: string | null;
  sequence: number | null;
  user_id: string | null;
  details: Values;
  attempts: number;
}

function toAttempt({ id, type, details, attempts, ...row }: AttemptRow): Attempt {
  return { id, type, details, number: attempts, subject: subjectOf(row) };
}

function subjectOf({ store_id, order_id, sequence, user_id }: Pick<AttemptRow, "store_id" | "order_id" | "sequence" | "user_id">): Delivery["subject"] {
  if (user_id !== null) return { userId: user_id };
  if (store_id === null || order_id === null || sequence === null) throw new TypeError("a delivery has no subject");
  return { event: { storeId: store_id, orderId: order_id, sequence } };
}
