/** Where messages to webhooks come from: the request id and the trace of the call, as events and e-mails have them. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query("ALTER TABLE webhooks.deliveries ADD COLUMN request_id text, ADD COLUMN traceparent text");
};

export const down: Migration = async ({ context: database }) => {
  await database.query("ALTER TABLE webhooks.deliveries DROP COLUMN request_id, DROP COLUMN traceparent");
};
