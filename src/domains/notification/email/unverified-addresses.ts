/**
 * What may be written to an address that nobody has shown to be his: anybody can register with a stranger's address,
 * and must not be able to fill the stranger's mailbox in the shop's name.
 *
 * A few mails a day of those kinds that cost their cause nothing. Counted by address, whichever accounts have it, and
 * before the mail is sent, so that workers that send at the same time do not exceed it together.
 */
import { createHash } from "node:crypto";
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";

/** Whoever confirms an order has paid for it in some way, and what admins ask for is theirs. */
const BOUNDED = new Set(["ORDER_REJECTED", "WELCOME"]);
/** In 24 hours. */
export const MAX_TO_UNVERIFIED = 5;

const RECENT = "ARRAY(SELECT at FROM unnest(u.sent_at) AS at WHERE at > now() - interval '24 hours')";

/**
 * Whether the e-mail may go out. One that may not is noted as suppressed, and is no dead letter; one that may is counted
 * once, however often it is tried. No address is verified yet.
 */
export async function maySend(
  database: Sequelize,
  { id, type, address }: { id: string; type: string; address: string },
): Promise<boolean> {
  if (!BOUNDED.has(type)) return true;
  const [row] = await runSql<{ suppressed: boolean }>(
    database,
    `WITH asking AS (
       SELECT id FROM email.deliveries WHERE id = $1 AND NOT admitted
     ), counted AS (
       INSERT INTO email.unverified AS u (address, sent_at) SELECT $2::bytea, ARRAY[now()] FROM asking
       ON CONFLICT (address) DO UPDATE SET sent_at = ${RECENT} || now() WHERE cardinality(${RECENT}) < $3
       RETURNING 1
     )
     UPDATE email.deliveries d SET claimed_until = CASE WHEN admission.granted THEN d.claimed_until END, admitted = admission.granted,
       suppressed = NOT admission.granted, given_up_at = CASE WHEN admission.granted THEN NULL ELSE now() END
     FROM asking, (SELECT EXISTS (SELECT FROM counted) AS granted) AS admission
     WHERE d.id = asking.id RETURNING d.suppressed`,
    [id, addressHash(address), MAX_TO_UNVERIFIED],
  );
  return row?.suppressed !== true;
}

/** Forgets at most `limit` addresses to which nothing was sent for a day. @returns how many */
export async function purgeUnverified(database: Sequelize, limit: number): Promise<number> {
  const purged = await runSql(
    database,
    `DELETE FROM email.unverified WHERE address IN (
       SELECT address FROM email.unverified WHERE sent_at[cardinality(sent_at)] < now() - interval '24 hours' LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING 1`,
    [limit],
  );
  return purged.length;
}

/** The address itself is nowhere, so that a deleted account leaves none behind. Its case is the same mailbox's. */
function addressHash(address: string): Buffer {
  return createHash("sha256").update(address.toLowerCase()).digest();
}
