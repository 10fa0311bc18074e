/** Forgets what became of e-mails long ago: those that arrived soon, those that were given up later. */
import type { Sequelize } from "sequelize";
import { execute } from "../platform/database.ts";

/** As long as the events that caused them. */
const SENT_KEPT = "7 days";
/** For admins, who may have been away. */
const GIVEN_UP_KEPT = "30 days";

/** Forgets at most `limit` deliveries. @returns how many */
export async function purgeDeliveries(database: Sequelize, limit: number): Promise<number> {
  const purged = await execute(
    database,
    `DELETE FROM email.deliveries WHERE id IN (
       SELECT id FROM (${older("sent_at", SENT_KEPT)}) AS sent
       UNION ALL
       SELECT id FROM (${older("given_up_at", GIVEN_UP_KEPT)}) AS given_up
       LIMIT $1
     ) RETURNING id`,
    [limit],
  );
  return purged.length;
}

function older(since: "sent_at" | "given_up_at", kept: string): string {
  return `SELECT id FROM email.deliveries WHERE ${since} < now() - interval '${kept}' ORDER BY ${since} LIMIT $1 FOR UPDATE SKIP LOCKED`;
}
