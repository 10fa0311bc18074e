/**
 * Where accounts signed in lately: there the owner gets in whatever strangers do elsewhere.
 *
 * An address is personal, and only asked for again by whoever comes from it. So what is kept is a mark that tells no
 * address without the installation's keys, of which one is not in the database, and that is another one for each
 * account, so that nobody reads from it who lives together. An IPv6 address counts as its /64.
 */
import { createHmac } from "node:crypto";
import type { Sequelize } from "sequelize";
import { networkOf } from "../../../platform/auth/client-address.ts";
import { runSql } from "../../../platform/database/database.ts";
import { sharedSecret } from "../../../platform/database/shared-secrets.ts";

/** How long an address is known after a sign-in there. */
const KNOWN_FOR = "interval '30 days'";

/** What stands for an address in SQL, before it is an account's. */
export type AddressMark = Buffer;

/** @param encryptionKey KEY_ENCRYPTION_KEY; with another one no address is known, until its owner signs in there again */
export async function addressMarks(
  database: Sequelize,
  encryptionKey: Buffer | undefined,
): Promise<(address: string) => AddressMark> {
  const stored = await sharedSecret(database, "known-addresses");
  const key = createHmac("sha256", stored)
    .update(encryptionKey ?? "")
    .digest();
  return (address) => createHmac("sha256", key).update(networkOf(address)).digest();
}

/** SQL for an account's own mark. */
export function markOf(userId: string, mark: string): string {
  return `sha256(uuid_send(${userId}) || ${mark})`;
}

/** SQL for whether an account signed in lately where a mark says. */
export function isKnownAt(userId: string, mark: string): string {
  return `EXISTS (SELECT FROM identity.known_addresses k
                  WHERE k.user_id = ${userId} AND k.mark = ${markOf(userId, mark)} AND k.signed_in_at > now() - ${KNOWN_FOR})`;
}

/** Forgets where nobody signed in for long, at most `limit`. @returns how many */
export async function purgeKnownAddresses(database: Sequelize, limit: number): Promise<number> {
  const purged = await runSql(
    database,
    `DELETE FROM identity.known_addresses WHERE (user_id, mark) IN (
       SELECT user_id, mark FROM identity.known_addresses WHERE signed_in_at <= now() - ${KNOWN_FOR}
       ORDER BY signed_in_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING true AS purged`,
    [limit],
  );
  return purged.length;
}
