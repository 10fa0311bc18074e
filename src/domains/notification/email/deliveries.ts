/**
 * The repository of e-mails that are to be sent: which are due, which of them the queue has, who sends one now.
 *
 * A row is the e-mail's outbox: it is written in the transaction of what causes the e-mail. The queue is told its id and
 * nothing else, so that whatever Redis forgets, an e-mail that was sent is not sent again and one that is due goes out.
 */
import type { Sequelize } from "sequelize";
import { type Attempt, ATTEMPT, Deliveries, free, taken } from "../delivery/deliveries.ts";
import { runSql } from "../../../platform/database/database.ts";
import { decrypt, encrypt } from "../../../platform/crypto/secret-encryption.ts";
import { newId } from "../../../platform/wire/uuid.ts";
import { currentCause, type Cause } from "../../../platform/context/cause.ts";
import { emailChannel, IS_OPEN } from "./channel.ts";
import type { Values } from "./compose/templates.ts";

/** The event of an order that an e-mail tells of. */
export interface OrderEvent {
  storeId: string;
  orderId: string;
  sequence: number;
}

/** What is in the queue; with the call that caused the e-mail, where there was one. */
export interface EmailJob extends Partial<Cause> {
  /** The delivery's. */
  id: string;
}

/** A job of an attempt that nobody has made yet. */
export interface DueEmail extends EmailJob {
  /** How many were made before. */
  attempts: number;
}

/** What an e-mail is about. */
export interface Delivery {
  id: string;
  /** Such as ORDER_CONFIRMED: which template. */
  type: string;
  /** Whom or what it is about. */
  subject: { event: OrderEvent } | { userId: string };
  /** For the template, where it cannot be read again later. */
  details: Values;
  /** undefined: the account's, or that of the order's buyer. */
  recipient?: string | undefined;
  /** Of a mail that brings a token: undefined when it was given up, or the token's time is over. */
  secret?: { token: string | undefined };
}

/** What only some e-mails to a user have. */
export interface EmailExtras {
  details?: Values;
  recipient?: string;
  /** It lies encrypted in the row until the mail is sent, and the mail is not sent after its end. */
  secret?: { token: string; endsAt: Date };
}

export interface EmailDeliveriesOptions {
  /** 32 bytes; undefined: tokens are stored as they are. */
  encryptionKey?: Buffer | undefined;
}

export type EmailAttempt = Attempt & Delivery;

/** One that was handed to the queue so long ago, and that no worker took in hand since, has lost its job. */
const FORGOTTEN = "180 seconds";

export class EmailDeliveries extends Deliveries {
  readonly #encryptionKey: Buffer | undefined;

  constructor(database: Sequelize, { encryptionKey }: EmailDeliveriesOptions = {}) {
    super(database, emailChannel);
    this.#encryptionKey = encryptionKey;
  }

  /** Notes that e-mails about orders' events are due. Those that are known stay as they are. */
  async expect(events: readonly (OrderEvent & Partial<Cause> & { type: string })[]): Promise<void> {
    await runSql(
      this.database,
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
  async expectFor(userId: string, type: string, { details = {}, recipient, secret }: EmailExtras = {}): Promise<void> {
    const { requestId = null, traceparent = null } = currentCause() ?? {};
    const id = newId();
    const token = secret === undefined ? null : this.#encrypted(secret.token, id);
    await runSql(
      this.database,
      `INSERT INTO email.deliveries (id, user_id, type, details, request_id, traceparent, recipient, token, token_ends_at, handed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)`,
      [
        id,
        userId,
        type,
        JSON.stringify(details),
        requestId,
        traceparent,
        recipient ?? null,
        token,
        secret?.endsAt ?? null,
      ],
    );
  }

  #encrypted(token: string, id: string): string {
    return this.#encryptionKey === undefined ? token : encrypt(token, { id, key: this.#encryptionKey });
  }

  /**
   * Takes what is to be handed to the queue, inside the transaction of whoever hands it over, the longest due first. Of
   * one order's e-mails the next is taken when the one before is sent or given up, so that none overtakes another.
   */
  async takeDue(limit: number): Promise<DueEmail[]> {
    const rows = await runSql<{ id: string; attempts: number; request_id: string | null; traceparent: string | null }>(
      this.database,
      `UPDATE email.deliveries SET handed_at = now() WHERE id IN (
         SELECT id FROM email.deliveries d
         WHERE handed_at IS NULL AND ${IS_OPEN} AND next_attempt_at <= now() AND NOT EXISTS (
           SELECT FROM email.deliveries before
           WHERE (before.store_id, before.order_id) = (d.store_id, d.order_id) AND before.sequence < d.sequence
             AND coalesce(before.sent_at, before.given_up_at) IS NULL
         )
         ORDER BY next_attempt_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
       ) RETURNING id, attempts, request_id, traceparent`,
      [limit],
    );
    return rows.map(({ request_id, traceparent, ...row }) => ({
      ...row,
      requestId: request_id ?? undefined,
      traceparent: traceparent ?? undefined,
    }));
  }

  /**
   * Lets be handed over again what has no job any more: those of workers that died, and those that the queue has
   * forgotten. @returns how many there were
   */
  async recallLost(limit: number): Promise<number> {
    const recalled = await runSql(
      this.database,
      `UPDATE email.deliveries SET handed_at = NULL WHERE id IN (
         SELECT id FROM email.deliveries d
         WHERE ${IS_OPEN} AND (claimed_until < now() OR claimed_until IS NULL AND handed_at < now() - interval '${FORGOTTEN}')
           AND handed_at IS NOT NULL
         LIMIT $1 FOR UPDATE SKIP LOCKED
       ) RETURNING id`,
      [limit],
    );
    return recalled.length;
  }

  /** Lets be handed over again what was not taken in hand. */
  async giveBack({ id }: EmailJob): Promise<void> {
    await runSql(
      this.database,
      "UPDATE email.deliveries SET handed_at = NULL WHERE id = $1 AND claimed_until IS NULL",
      [id],
    );
  }

  /** Takes it in hand. @returns undefined when it ended, is not due yet, or another worker has it */
  async claim({ id }: EmailJob): Promise<EmailAttempt | undefined> {
    const [row] = await runSql<AttemptRow>(
      this.database,
      `UPDATE email.deliveries d SET ${taken(emailChannel)}
       WHERE id = $1 AND ${emailChannel.openByKey} AND ${free(emailChannel)} AND next_attempt_at <= now()
       RETURNING ${ATTEMPT}, d.type, d.store_id AS "storeId", d.order_id AS "orderId", d.sequence, d.user_id AS "userId", d.details,
         d.recipient, CASE WHEN d.token_ends_at > now() THEN d.token END AS token, d.token_ends_at IS NOT NULL AS "bringsToken"`,
      [id],
    );
    if (row === undefined) return undefined;
    const { recipient, token, bringsToken, ...attempt } = row;
    return {
      ...attempt,
      subject: subjectOf(row),
      recipient: recipient ?? undefined,
      ...(bringsToken ? { secret: { token: token === null ? undefined : this.#decrypted(token, id) } } : {}),
    };
  }

  #decrypted(token: string, id: string): string {
    return decrypt(token, { id, key: this.#encryptionKey });
  }

  /** Forgets an e-mail that has nobody to go to. */
  async drop({ id }: EmailJob): Promise<void> {
    await runSql(this.database, "DELETE FROM email.deliveries WHERE id = $1", [id]);
  }

  /** Forgets what was still to be written to a user; a job that comes for it finds nothing to do. */
  async dropFor(userId: string): Promise<void> {
    await runSql(
      this.database,
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

interface AttemptRow extends Attempt {
  type: string;
  storeId: string | null;
  orderId: string | null;
  sequence: number | null;
  userId: string | null;
  details: Values;
  recipient: string | null;
  token: string | null;
  bringsToken: boolean;
}

function subjectOf({
  storeId,
  orderId,
  sequence,
  userId,
}: Pick<AttemptRow, "storeId" | "orderId" | "sequence" | "userId">): Delivery["subject"] {
  if (userId !== null) return { userId };
  if (storeId === null || orderId === null || sequence === null) throw new TypeError("a delivery has no subject");
  return { event: { storeId, orderId, sequence } };
}
