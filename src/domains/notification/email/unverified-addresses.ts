/**
 * What may be written to an address that nobody has shown to be his: anybody can register with a stranger's address,
 * and must not be able to fill the stranger's mailbox in the shop's name.
 *
 * A few mails of those kinds that cost their cause nothing, each kind with a bound of its own. Counted by address,
 * whichever accounts have it, and before the mail is sent, so that workers that send at the same time do not exceed it
 * together. A mail with a token is counted before the token is made, or it would void one that did arrive.
 */
import { createHash } from "node:crypto";
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";

/** No bound counts further back, or what it counts would be forgotten. */
const DAY = 24;
/** In 24 hours. */
export const MAX_TO_UNVERIFIED = 5;
/** In 24 hours: whoever has so much happen to the account knows. */
const MAX_NOTICES = 20;

interface Bound {
  /** Kinds of one group count together. */
  group: string;
  atMost: number;
  hours: number;
}

/** Whoever confirms an order has paid for it in some way, and what admins ask for is theirs. */
const BOUNDED: ReadonlyMap<string, Bound> = new Map(
  Object.entries({
    ORDER_REJECTED: { group: "", atMost: MAX_TO_UNVERIFIED, hours: DAY },
    WELCOME: { group: "", atMost: MAX_TO_UNVERIFIED, hours: DAY },
    PASSWORD_CHANGED: { group: "notices", atMost: MAX_NOTICES, hours: DAY },
    EMAIL_CHANGING: { group: "notices", atMost: MAX_NOTICES, hours: DAY },
  }),
);

const RECENT = "ARRAY(SELECT at FROM unnest(u.sent_at) AS at WHERE at > now() - make_interval(hours => $3::integer))";
/** $1 the address, $2 how many, $3 in how many hours: gives a row if one more is let through. */
const COUNT = `ON CONFLICT (address) DO UPDATE SET sent_at = ${RECENT} || now() WHERE cardinality(${RECENT}) < $2 RETURNING 1`;
const COUNTED = `INSERT INTO email.unverified AS u (address, sent_at) VALUES ($1, ARRAY[now()]) ${COUNT}`;

/**
 * Whether the e-mail may go out. One that may not is noted as suppressed, and is no dead letter; one that may is counted
 * once, however often it is tried.
 */
export async function maySend(
  database: Sequelize,
  { id, type, address }: { id: string; type: string; address: string },
): Promise<boolean> {
  const bound = BOUNDED.get(type);
  if (bound === undefined) return true;
  const [row] = await runSql<{ suppressed: boolean }>(
    database,
    `WITH asking AS (
       SELECT id FROM email.deliveries WHERE id = $4 AND NOT admitted
     ), counted AS (
       INSERT INTO email.unverified AS u (address, sent_at) SELECT $1::bytea, ARRAY[now()] FROM asking ${COUNT}
     )
     UPDATE email.deliveries d SET claimed_until = CASE WHEN admission.granted THEN d.claimed_until END, admitted = admission.granted,
       suppressed = NOT admission.granted, given_up_at = CASE WHEN admission.granted THEN NULL ELSE now() END
     FROM asking, (SELECT EXISTS (SELECT FROM counted) AS granted) AS admission
     WHERE d.id = asking.id RETURNING d.suppressed`,
    [addressHash(address, bound.group), bound.atMost, bound.hours, id],
  );
  return row?.suppressed !== true;
}

/** Counts a mail that is about to be made, in the transaction that makes it. @returns whether it may be */
export async function mayWrite(
  database: Sequelize,
  { address, group, atMost, hours }: Bound & { address: string },
): Promise<boolean> {
  const counted = await runSql(database, COUNTED, [addressHash(address, group), atMost, hours]);
  return counted.length > 0;
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
function addressHash(address: string, group: string): Buffer {
  return createHash("sha256")
    .update(`${group === "" ? "" : `${group} `}${address.toLowerCase()}`)
    .digest();
}
