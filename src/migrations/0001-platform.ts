/** Schema `platform`: secrets that every process shares, and the request ids that were answered. */
import { randomBytes } from "node:crypto";
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA platform;

    CREATE TABLE platform.secrets (
      name text PRIMARY KEY,
      value bytea NOT NULL
    );

    CREATE TABLE platform.requests (
      caller text NOT NULL,
      rpc text NOT NULL,
      request_id uuid NOT NULL,
      fingerprint bytea NOT NULL,
      -- Exactly one of the two once the claim is decided.
      response bytea,
      failure jsonb,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (caller, rpc, request_id)
    );
    CREATE INDEX requests_created_at ON platform.requests (created_at);
  `);
  await database.query("INSERT INTO platform.secrets (name, value) VALUES ('page-tokens', $1)", {
    bind: [randomBytes(32)],
  });
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA platform CASCADE");
};
