/** Where events and e-mails come from: the request id and the trace of the call, so that jobs are found by either. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE orders.outbox ADD COLUMN request_id text, ADD COLUMN traceparent text;
    ALTER TABLE email.deliveries ADD COLUMN request_id text, ADD COLUMN traceparent text;
    COMMENT ON COLUMN orders.outbox.request_id IS 'x-request-id of the call; null for what nobody called for';
    COMMENT ON COLUMN orders.outbox.traceparent IS 'W3C Trace Context of the call; null where nothing was traced';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE orders.outbox DROP COLUMN request_id, DROP COLUMN traceparent;
    ALTER TABLE email.deliveries DROP COLUMN request_id, DROP COLUMN traceparent;
  `);
};
