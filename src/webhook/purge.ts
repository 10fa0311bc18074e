/** Forgets what webhooks were told long ago, and what those were told that are deleted. */
import type { Sequelize } from "sequelize";
import { execute } from "../platform/database.ts";
import { firstIdAt } from "../platform/identifier.ts";

/** For admins who ask what was told. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** Forgets at most `limit` deliveries. @returns how many */
export async function purgeWebhookDeliveries(database: Sequelize, limit: number): Promise<number> {
  const purged = await execute(
    database,
    // From one webhook to the next by the index: there are few webhooks, and many deliveries of each.
    `WITH RECURSIVE told AS (
       (SELECT webhook_id FROM webhooks.deliveries ORDER BY webhook_id LIMIT 1)
       UNION ALL
       SELECT (SELECT webhook_id FROM webhooks.deliveries WHERE webhook_id > t.webhook_id ORDER BY webhook_id LIMIT 1)
       FROM told t WHERE t.webhook_id IS NOT NULL
     ), deleted AS (
       SELECT webhook_id FROM told t WHERE NOT EXISTS (SELECT FROM webhooks.webhooks w WHERE w.id = t.webhook_id)
     )
     DELETE FROM webhooks.deliveries WHERE id IN (
       SELECT id FROM (SELECT id FROM webhooks.deliveries WHERE id < $2 ORDER BY id LIMIT $1) AS old
       UNION ALL
       SELECT id FROM (SELECT id FROM webhooks.deliveries WHERE webhook_id IN (SELECT webhook_id FROM deleted) LIMIT $1) AS ownerless
       LIMIT $1
     ) RETURNING id`,
    [limit, firstIdAt(Date.now() - KEPT_MS)],
  );
  return purged.length;
}
