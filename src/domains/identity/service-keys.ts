/**
 * The repository of service keys: what internal callers sign in with, instead of a user's tokens.
 *
 * Of a secret only its SHA-256 is kept: it is random, so nothing slower is needed. A key that was seen is remembered
 * for a minute, which is also how exact its last use is told; that it was revoked comes through Revocations.
 */
import { createHash, randomBytes } from "node:crypto";
import { type ModelStatic, Op, type Sequelize, type WhereOptions } from "sequelize";
import type { SignedIn } from "../../platform/auth/caller.ts";
import { BoundedMap } from "../../platform/cache/bounded-map.ts";
import { noteChange } from "../../platform/context/audit-notes.ts";
import { runSql } from "../../platform/database/database.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { newId } from "../../platform/wire/uuid.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { serviceKeyModel, type ServiceKeyRow } from "./model.ts";
import { revoke } from "./session/revocations.ts";
import { invalidToken } from "./session/access-tokens.ts";

/** What secret scanners look for. */
const MARK = "bodega_sk_";
const SECRET_BYTES = 32;
const SECRET = new RegExp(`^${MARK}[A-Za-z0-9_-]{43}$`);
/** The mark and eight characters: enough to tell keys apart, and 210 bits stay unknown. */
const PREFIX_LENGTH = MARK.length + 8;
const REMEMBERED_MS = 60_000;
/** Far more keys than an installation has callers. */
const MAX_REMEMBERED = 1_000;

export function isServiceKey(token: string): boolean {
  return token.startsWith(MARK);
}

export class ServiceKeys {
  readonly #database: Sequelize;
  readonly #model: ModelStatic<ServiceKeyRow>;
  readonly #pageTokens: PageTokens;
  readonly #remembered = new BoundedMap<string, { caller: SignedIn; untilMs: number }>({ maxEntries: MAX_REMEMBERED });

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#model = serviceKeyModel(database);
    this.#pageTokens = pageTokens;
  }

  /** @returns the key, and its secret, which nobody can tell again */
  async create(key: {
    name: string;
    callsPerSecond: number | null;
    creatorId: string;
  }): Promise<{ key: ServiceKeyRow; secret: string }> {
    const secret = `${MARK}${randomBytes(SECRET_BYTES).toString("base64url")}`;
    const row = await this.#model.create({
      id: newId(),
      ...key,
      prefix: secret.slice(0, PREFIX_LENGTH),
      secretHash: hashOf(secret),
    });
    return { key: row, secret };
  }

  /** Newest first, revoked ones too unless told. */
  async list({ revoked }: { revoked: boolean | undefined }, request: PageRequest): Promise<Page<ServiceKeyRow>> {
    const reading = this.#pageTokens.begin(request, ["service-keys", revoked]);
    const [before] = reading.cursor;
    const conditions: WhereOptions<ServiceKeyRow>[] = [];
    if (revoked !== undefined) conditions.push({ revokedAt: revoked ? { [Op.ne]: null } : null });
    if (before !== undefined) conditions.push({ id: { [Op.lt]: before } });
    const rows = await this.#model.findAll({
      where: { [Op.and]: conditions },
      order: [["id", "DESC"]],
      limit: reading.limit,
    });
    return reading.page(rows, (row) => [row.id]);
  }

  /** Ends a key; one that has ended stays as it is. @throws Failure SERVICE_KEY_NOT_FOUND */
  async revoke(id: string, options?: TransactionOptions): Promise<ServiceKeyRow> {
    const change = async () => {
      const key = await this.#model.findByPk(id, { lock: true });
      if (key === null) throw new Failure("SERVICE_KEY_NOT_FOUND", `There is no service key ${id}.`);
      if (key.revokedAt != null) return key;
      const revokedAt = new Date();
      noteChange({ path: "revoke_time", oldValue: "", newValue: revokedAt.toISOString() });
      await key.update({ revokedAt });
      await revoke(this.#database, { subject: key.id });
      return key;
    };
    return withTransaction(this.#database, change, options);
  }

  /** The service whose secret this is. @throws Failure INVALID_TOKEN */
  async verify(secret: string): Promise<SignedIn> {
    const remembered = this.#remembered.get(secret);
    if (remembered !== undefined && remembered.untilMs > Date.now()) return remembered.caller;
    this.#remembered.delete(secret);
    if (!SECRET.test(secret)) throw invalidToken();
    const [key] = await runSql<{ id: string; name: string; calls_per_second: number | null }>(this.#database, USE, [
      hashOf(secret),
    ]);
    if (key === undefined) throw invalidToken();
    const caller: SignedIn = {
      id: key.id,
      role: "SERVICE",
      name: key.name,
      callsPerSecond: key.calls_per_second ?? undefined,
    };
    this.#remembered.set(secret, { caller, untilMs: Date.now() + REMEMBERED_MS });
    return caller;
  }
}

/** Finds a key, and notes its use at most once a minute, whatever the number of processes. */
const USE = `
  WITH key AS (
    SELECT id, name, calls_per_second, last_used_at FROM identity.service_keys WHERE secret_hash = $1 AND revoked_at IS NULL
  ), used AS (
    UPDATE identity.service_keys SET last_used_at = now()
    WHERE id IN (SELECT id FROM key WHERE last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
  )
  SELECT id, name, calls_per_second FROM key`;

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
