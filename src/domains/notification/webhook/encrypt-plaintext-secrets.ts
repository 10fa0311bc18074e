/** Encrypts the secrets of webhooks that were made before there was a KEY_ENCRYPTION_KEY. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { encrypt } from "../../../platform/crypto/secret-encryption.ts";
import { SECRET_MARK } from "./signature.ts";

/** Encrypts at most `limit`. The secrets stay the same: receivers notice nothing. @returns how many there were */
export async function encryptPlaintextSecrets(database: Sequelize, key: Buffer, limit: number): Promise<number> {
  const open = await runSql<{ id: string; secret: string }>(
    database,
    "SELECT id, secret FROM webhooks.webhooks WHERE starts_with(secret, $1) LIMIT $2",
    [SECRET_MARK, limit],
  );
  for (const { id, secret } of open)
    await runSql(database, "UPDATE webhooks.webhooks SET secret = $2 WHERE id = $1", [
      id,
      encrypt(secret, { id, key }),
    ]);
  return open.length;
}
