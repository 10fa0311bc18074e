/**
 * The keys that sign access tokens: ES256 pairs in PostgreSQL, so that every process of every machine signs and
 * verifies with the same ones.
 *
 * A rotation logs nobody out: the new key is known to every process, and stands in the JWKS, before it signs, and the
 * old one verifies until the last token that it signed has ended. Processes notice both in the rhythm in which they
 * ask for revocations.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { isEncrypted, encrypt, decrypt } from "../../../platform/crypto/secret-encryption.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import { SIGNING_KEYS_LOCK } from "../../../platform/database/advisory-locks.ts";

/** P-256, as ES256 wants it (RFC 7518, 3.4). */
const CURVE = "P-256";
/** Several polls of every process fit in; how long a new key is known before it signs. */
const KNOWN_BEFORE_SECONDS = 2;
/** A token's life of 15 minutes, and one more for clocks that differ. */
const VERIFIES_AFTER_SECONDS = 16 * 60;

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
}

interface KeyRow {
  kid: string;
  private_key: string;
  public_jwk: JsonWebKey;
}

interface KeyState {
  kid: string;
  signs: boolean;
}

const LIVE = `retired_at IS NULL OR retired_at > now() - interval '${VERIFIES_AFTER_SECONDS} seconds'`;

export class SigningKeys {
  readonly #database: Sequelize;
  readonly #encryptionKey: Buffer | undefined;
  #keys = new Map<string, { privateKey: KeyObject; publicKey: KeyObject; jwk: object }>();
  #signing: SigningKey | undefined;

  private constructor(database: Sequelize, encryptionKey: Buffer | undefined) {
    this.#database = database;
    this.#encryptionKey = encryptionKey;
  }

  /**
   * Loads the keys; the first process of an installation makes the first one. With an encryption key, keys that were
   * stored without one are encrypted.
   * @throws StartupError when stored keys are encrypted with another key
   */
  static async open(database: Sequelize, encryptionKey?: Buffer): Promise<SigningKeys> {
    const keys = new SigningKeys(database, encryptionKey);
    await inTurn(database, async () => {
      await sealPlainKeys(database, encryptionKey);
      const [any] = await runSql(database, "SELECT FROM identity.signing_keys WHERE retired_at IS NULL LIMIT 1");
      if (any === undefined) await insertKey(database, { encryptionKey, knownBeforeSeconds: 0 });
    });
    await keys.refresh();
    return keys;
  }

  get signing(): SigningKey {
    if (this.#signing === undefined) throw new TypeError("there is no signing key");
    return this.#signing;
  }

  /** The public key with this id, or undefined when it is none of ours, or no longer. */
  verifying(kid: string): KeyObject | undefined {
    return this.#keys.get(kid)?.publicKey;
  }

  /** A JSON Web Key Set (RFC 7517, 5). */
  jwks(): { keys: object[] } {
    return { keys: [...this.#keys.values()].map(({ jwk }) => jwk) };
  }

  /** Asks which keys live and which one signs; loads them only when there are others than before. */
  async refresh(): Promise<void> {
    const states = await runSql<KeyState>(
      this.#database,
      `SELECT kid, signs_from <= now() AS signs FROM identity.signing_keys WHERE ${LIVE} ORDER BY signs_from DESC, kid`,
    );
    if (states.length !== this.#keys.size || states.some(({ kid }) => !this.#keys.has(kid))) await this.#load();
    const kid = states.find(({ signs }) => signs)?.kid ?? "";
    const key = this.#keys.get(kid);
    this.#signing = key === undefined ? this.#signing : { kid, privateKey: key.privateKey };
  }

  async #load(): Promise<void> {
    const rows = await runSql<KeyRow>(
      this.#database,
      `SELECT kid, private_key, public_jwk FROM identity.signing_keys WHERE ${LIVE} ORDER BY signs_from DESC, kid`,
    );
    this.#keys = new Map(
      rows.map(({ kid, private_key, public_jwk }) => [
        kid,
        {
          privateKey: createPrivateKey(decrypt(private_key, { id: kid, key: this.#encryptionKey })),
          publicKey: createPublicKey({ key: public_jwk, format: "jwk" }),
          jwk: { ...public_jwk, kid, alg: "ES256", use: "sig" },
        },
      ]),
    );
  }
}

/** Makes a new key that signs from two seconds on, retires the others, and takes away those whose tokens have ended. */
export async function rotateKeys(
  database: Sequelize,
  encryptionKey?: Buffer,
): Promise<{ kid: string; removed: number }> {
  return inTurn(database, async () => {
    await sealPlainKeys(database, encryptionKey);
    await runSql(
      database,
      `UPDATE identity.signing_keys SET retired_at = greatest(now(), signs_from) + interval '${KNOWN_BEFORE_SECONDS} seconds'
       WHERE retired_at IS NULL`,
    );
    const kid = await insertKey(database, { encryptionKey, knownBeforeSeconds: KNOWN_BEFORE_SECONDS });
    const removed = await runSql(database, `DELETE FROM identity.signing_keys WHERE NOT (${LIVE}) RETURNING kid`);
    return { kid, removed: removed.length };
  });
}

/** Removes keys whose last token has ended. */
export async function removeDeadKeys(database: Sequelize): Promise<void> {
  await runSql(database, `DELETE FROM identity.signing_keys WHERE NOT (${LIVE})`);
}

/** One at a time, of all processes that start or rotate. */
function inTurn<T>(database: Sequelize, work: () => Promise<T>): Promise<T> {
  return withTransaction(database, async () => {
    await runSql(database, "SELECT pg_advisory_xact_lock($1)", [SIGNING_KEYS_LOCK]);
    return work();
  });
}

async function sealPlainKeys(database: Sequelize, key: Buffer | undefined): Promise<void> {
  if (key === undefined) return;
  const rows = await runSql<KeyRow>(database, "SELECT kid, private_key, public_jwk FROM identity.signing_keys");
  for (const { kid, private_key } of rows.filter(({ private_key }) => !isEncrypted(private_key))) {
    await runSql(database, "UPDATE identity.signing_keys SET private_key = $2 WHERE kid = $1", [
      kid,
      encrypt(private_key, { id: kid, key }),
    ]);
  }
}

interface NewKey {
  encryptionKey: Buffer | undefined;
  knownBeforeSeconds: number;
}

async function insertKey(database: Sequelize, { encryptionKey, knownBeforeSeconds }: NewKey): Promise<string> {
  const kid = randomUUID();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: CURVE });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const stored = encryptionKey === undefined ? pem : encrypt(pem, { id: kid, key: encryptionKey });
  await runSql(
    database,
    `INSERT INTO identity.signing_keys (kid, private_key, public_jwk, signs_from)
     VALUES ($1, $2, $3::jsonb, now() + make_interval(secs => $4))`,
    [kid, stored, JSON.stringify(publicKey.export({ format: "jwk" })), knownBeforeSeconds],
  );
  return kid;
}
