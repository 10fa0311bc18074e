/**
 * Requests for a new password: written down for every address alike, and answered before anybody looks whose it is.
 *
 * An answer that depends on an account, or takes longer for one, would tell who has one. So the API does the same for
 * every address: it writes a row, by which it counts, too. A worker looks for the account, where nobody measures.
 * Requests that come at once share a statement, so that a flood of them takes one connection and not the pool. The bound
 * of a mailbox is a condition of that statement, so that no number of processes exceeds it.
 */
import { createHash } from "node:crypto";
import type { Sequelize } from "sequelize";
import { coalesce } from "../../../platform/async/coalesce.ts";
import { withoutCallerDeadline } from "../../../platform/context/caller-deadline.ts";
import { currentCause } from "../../../platform/context/cause.ts";
import { outsideTransaction, runSql } from "../../../platform/database/database.ts";

/** In an hour, to one address. */
export const MAX_RESET_MAILS = 3;
const RECENT = "ARRAY(SELECT at FROM unnest(r.asked_at) AS at WHERE at > now() - interval '1 hour')";

interface Request {
  mailbox: Buffer;
  email: string;
  requestId: string | null;
}

export class ResetRequests {
  readonly #database: Sequelize;
  /** Those that the next statement writes, by address: at once is once. */
  #waiting = new Map<string, Request>();
  readonly #write: () => Promise<void>;

  constructor(database: Sequelize) {
    this.#database = database;
    this.#write = coalesce(() => withoutCallerDeadline(() => outsideTransaction(() => this.#writeWaiting())));
  }

  /** Notes a request, unless enough were made for the address. */
  async add(email: string): Promise<void> {
    const key = email.toLowerCase();
    const mailbox = createHash("sha256").update(key).digest();
    this.#waiting.set(key, { mailbox, email: key, requestId: currentCause()?.requestId ?? null });
    await this.#write();
  }

  async #writeWaiting(): Promise<void> {
    // In one order, so that two processes never wait for each other in a circle.
    const requests = [...this.#waiting.values()].toSorted((one, other) => one.mailbox.compare(other.mailbox));
    this.#waiting = new Map();
    if (requests.length === 0) return;
    await runSql(
      this.#database,
      `INSERT INTO identity.reset_requests AS r (mailbox, email, request_id, asked_at)
       SELECT mailbox, email, request_id, ARRAY[now()] FROM unnest($1::bytea[], $2::text[], $3::text[]) AS asked(mailbox, email, request_id)
       ON CONFLICT (mailbox) DO UPDATE SET asked_at = ${RECENT} || now(), email = excluded.email, request_id = excluded.request_id
         WHERE cardinality(${RECENT}) < $4`,
      [
        requests.map(({ mailbox }) => mailbox),
        requests.map(({ email }) => email),
        requests.map(({ requestId }) => requestId),
        MAX_RESET_MAILS,
      ],
    );
  }
}

/** Forgets at most `limit` addresses for which nobody asked for an hour. @returns how many */
export async function purgeResetRequests(database: Sequelize, limit: number): Promise<number> {
  const purged = await runSql(
    database,
    `DELETE FROM identity.reset_requests WHERE mailbox IN (
       SELECT mailbox FROM identity.reset_requests
       WHERE email IS NULL AND asked_at[cardinality(asked_at)] < now() - interval '1 hour' LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING true AS purged`,
    [limit],
  );
  return purged.length;
}
