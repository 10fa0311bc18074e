/** Deliveries to webhooks as the delivery engine sees them. */
import type { Channel } from "../delivery/channel.ts";
import { firstIdAt } from "../../../platform/wire/uuid.ts";

const HOUR = 3_600;
/** For admins who ask what was told. */
const KEPT_MS = 30 * 24 * HOUR * 1_000;
const IS_OPEN = "d.status = 'PENDING'";

export const webhookChannel: Channel = {
  queue: "webhooks",
  one: "a delivery to a webhook",
  sentLevel: "debug",
  table: "webhooks.deliveries",
  schedule: {
    // 24 hours and 18 minutes in all. The first few bear with a restart, the later ones with a night until somebody
    // comes to work.
    pausesSeconds: [5, 30, 120, 900, HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR, 8 * HOUR],
    lastsSeconds: 24 * HOUR,
    jitter: 0.2,
  },
  lease: "leased_until",
  // An attempt takes ten; the rest is for a slow machine.
  leaseSeconds: 30,
  open: IS_OPEN,
  openByKey: IS_OPEN,
  givenUp: "d.status = 'FAILED'",
  since: "d.created_at",
  error: "d.error",
  sendable: "JOIN webhooks.webhooks w ON w.id = d.webhook_id AND w.active",
  noted: ["error", "response_status", "response_body", "response_ms"],
  unanswered: (reason) => [reason, 0, "", 0],
  ended: ({ sent, givenUp, nextAttempt }) =>
    `status = CASE WHEN ${sent} THEN 'SUCCEEDED' WHEN ${givenUp} THEN 'FAILED' ELSE 'PENDING' END,
     next_attempt_at = CASE WHEN ${sent} OR ${givenUp} THEN NULL ELSE ${nextAttempt} END`,
  reopened: "status = 'PENDING'",
  old: () => [
    `SELECT id FROM webhooks.deliveries WHERE id < '${firstIdAt(Date.now() - KEPT_MS)}' ORDER BY id LIMIT $1`,
    `SELECT id FROM webhooks.deliveries WHERE webhook_id IN (${DELETED_WEBHOOKS}) LIMIT $1`,
  ],
};

/** From one webhook to the next by the index: there are few webhooks, and many deliveries of each. */
const DELETED_WEBHOOKS = `
  WITH RECURSIVE told AS (
    (SELECT webhook_id FROM webhooks.deliveries ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT (SELECT webhook_id FROM webhooks.deliveries WHERE webhook_id > t.webhook_id ORDER BY webhook_id LIMIT 1)
    FROM told t WHERE t.webhook_id IS NOT NULL
  )
  SELECT webhook_id FROM told t WHERE NOT EXISTS (SELECT FROM webhooks.webhooks w WHERE w.id = t.webhook_id)`;
