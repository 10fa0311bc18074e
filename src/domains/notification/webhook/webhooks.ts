/**
 * The repository of webhooks: who is told of orders, of which, and by which secret the messages are signed.
 *
 * The secret is kept, and not only a hash of it, because every message needs it; encrypted like the signing keys.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { checkEtag } from "../../../platform/wire/etag.ts";
import { newId } from "../../../platform/wire/uuid.ts";
import { encrypt, decrypt } from "../../../platform/crypto/secret-encryption.ts";
import type { Page, PageRequest, PageTokens } from "../../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../../platform/database/transaction.ts";
import type { AddressGuard } from "./address-guard.ts";
import { newSecret } from "./signature.ts";

/** What an admin says of a webhook. */
export interface WebhookTerms {
  url: string;
  /** Such as order.confirmed; empty: all. */
  eventTypes: string[];
  description: string;
  active: boolean;
}

export interface Webhook extends WebhookTerms {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface WebhooksDeps {
  pageTokens: PageTokens;
  guard: AddressGuard;
  /** 32 bytes; undefined: secrets are stored as they are. */
  encryptionKey: Buffer | undefined;
  /** Told of a webhook that is about to be changed, as it was. Nobody unless told. */
  onChange?: (webhook: Webhook) => void;
}

export interface WebhookChange extends TransactionOptions {
  /** The version that was read; "" for any. */
  etag: string;
}

export class Webhooks {
  readonly #database: Sequelize;
  readonly #parts: WebhooksDeps;

  constructor(database: Sequelize, parts: WebhooksDeps) {
    this.#database = database;
    this.#parts = parts;
  }

  /** @returns the webhook, and its secret. @throws Failure INVALID_FIELDS for an address that may not be called */
  async create(terms: WebhookTerms): Promise<{ webhook: Webhook; secret: string }> {
    const { guard, encryptionKey: key } = this.#parts;
    guard.requireCallable(terms.url, "webhook.url");
    const id = newId();
    const secret = newSecret();
    const webhook = await this.#write(
      `INSERT INTO webhooks.webhooks (id, url, event_types, description, active, secret)
       VALUES ($1, $2, $3::text[], $4, $5, $6) RETURNING ${COLUMNS}`,
      [id, ...columnsOf(terms), key === undefined ? secret : encrypt(secret, { id, key })],
    );
    return { webhook, secret };
  }

  /** The webhook's secret; "" when the webhook is gone. For what must not be shown again, the caller sees to it. */
  async secretOf(id: string): Promise<string> {
    const [row] = await runSql<{ secret: string }>(
      this.#database,
      "SELECT secret FROM webhooks.webhooks WHERE id = $1",
      [id],
    );
    return row === undefined ? "" : decrypt(row.secret, { id, key: this.#parts.encryptionKey });
  }

  /** @throws Failure WEBHOOK_NOT_FOUND */
  async get(id: string): Promise<Webhook> {
    return this.#read(id, "");
  }

  /** Newest first. */
  async list({ active }: { active: boolean | undefined }, request: PageRequest): Promise<Page<Webhook>> {
    const reading = this.#parts.pageTokens.begin(request, ["webhooks", active]);
    const [last] = reading.cursor;
    const rows = await runSql<Webhook>(
      this.#database,
      `SELECT ${COLUMNS} FROM webhooks.webhooks
       WHERE ($1::boolean IS NULL OR active = $1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [active ?? null, last ?? null, reading.limit],
    );
    return reading.page(rows, ({ id }) => [id]);
  }

  /** @throws Failure WEBHOOK_NOT_FOUND, STALE_ETAG; INVALID_FIELDS for an address that may not be called */
  async update(id: string, changes: Partial<WebhookTerms>, { etag, ...options }: WebhookChange): Promise<Webhook> {
    if (changes.url !== undefined) this.#parts.guard.requireCallable(changes.url, "webhook.url");
    return withTransaction(
      this.#database,
      async () => {
        const before = await this.#lock(id, etag);
        if (Object.keys(changes).length === 0) return before;
        return this.#write(
          `UPDATE webhooks.webhooks
           SET (url, event_types, description, active) = ($2, $3::text[], $4, $5), version = version + 1, updated_at = now()
           WHERE id = $1 RETURNING ${COLUMNS}`,
          [id, ...columnsOf({ ...before, ...changes })],
        );
      },
      options,
    );
  }

  /** What is waiting for it is not sent any more. @throws Failure WEBHOOK_NOT_FOUND, STALE_ETAG */
  async delete(id: string, { etag, ...options }: WebhookChange): Promise<void> {
    await withTransaction(
      this.#database,
      async () => {
        await this.#lock(id, etag);
        await runSql(this.#database, "DELETE FROM webhooks.webhooks WHERE id = $1", [id]);
      },
      options,
    );
  }

  async #lock(id: string, etag: string): Promise<Webhook> {
    const webhook = await this.#read(id, "FOR UPDATE");
    checkEtag(etag, webhook.version);
    this.#parts.onChange?.(webhook);
    return webhook;
  }

  async #read(id: string, lock: "" | "FOR UPDATE"): Promise<Webhook> {
    const [webhook] = await runSql<Webhook>(
      this.#database,
      `SELECT ${COLUMNS} FROM webhooks.webhooks WHERE id = $1 ${lock}`,
      [id],
    );
    if (webhook === undefined) throw new Failure("WEBHOOK_NOT_FOUND", `There is no webhook ${id}.`);
    return webhook;
  }

  async #write(sql: string, values: unknown[]): Promise<Webhook> {
    const [webhook] = await runSql<Webhook>(this.#database, sql, values);
    if (webhook === undefined) throw new TypeError("a webhook was written and is not there");
    return webhook;
  }
}

const COLUMNS = `id, url, event_types AS "eventTypes", description, active, version, created_at AS "createdAt", updated_at AS "updatedAt"`;

/** In the order of both statements above. */
function columnsOf({ url, eventTypes, description, active }: WebhookTerms): unknown[] {
  return [url, eventTypes, description, active];
}
