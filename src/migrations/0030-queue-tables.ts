/**
 * VACUUM comes by often where rows wait, are done and are purged.
 *
 * Whatever asks for the next piece of work reads an index from its left end, where the dead entries of all that has
 * passed lie until VACUUM takes them. By PostgreSQL's defaults it comes when a fifth of the table is dead: of events
 * that are kept for seven days, every seventeen hours.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

/** Those that are worked off in an order, or purged from their oldest row on. */
const TABLES = [
  "orders.outbox",
  "orders.orders",
  "email.deliveries",
  "webhooks.deliveries",
  "platform.requests",
  "identity.refresh_tokens",
  "identity.revocations",
  "carts.carts",
  "carts.items",
];

export const up: Migration = async ({ context: database }) => {
  for (const table of TABLES) {
    await database.query(
      `ALTER TABLE ${table} SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)`,
    );
  }
  await database.query(`
    -- contract: no release ever wrote or read it
    ALTER TABLE orders.outbox DROP COLUMN payload;
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("ALTER TABLE orders.outbox ADD COLUMN payload jsonb NOT NULL DEFAULT '{}'");
  for (const table of TABLES) {
    await database.query(`ALTER TABLE ${table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)`);
  }
};
