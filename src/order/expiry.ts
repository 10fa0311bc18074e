/**
 * The job that ends holds: orders that nobody confirmed in time are cancelled, and their stock is for sale again.
 *
 * Any number of workers may run it: each takes the orders that no other has locked. It asks once a second, by an index
 * that holds pending orders only, because a notification could be lost and a hold that ends is announced by nobody.
 */
import type { Sequelize } from "sequelize";
import { databaseFailure, select } from "../platform/database.ts";
import { steadily } from "../platform/jobs.ts";
import type { Logger } from "../platform/log.ts";
import { startPeriodic } from "../platform/periodic.ts";
import { withTransaction } from "../platform/transaction.ts";
import { LOCK_EXPIRED } from "./change-sql.ts";
import type { ChangeWriter, LockedOrder } from "./change-writer.ts";
import { ruleFor } from "./state.ts";

export interface ExpiryOptions {
  database: Sequelize;
  writer: ChangeWriter;
  log: Logger;
  /** How long to wait when no hold has ended. Default: 1 s. */
  pollMs?: number;
}

const POLL_MS = 1_000;
/** A transaction that holds this many orders' stock rows still ends within tens of milliseconds. */
const BATCH = 100;

export function startExpiry({ pollMs = POLL_MS, ...parts }: ExpiryOptions): { stop(): Promise<void> } {
  const what = "holds are ended; their stock is for sale again";
  return startPeriodic({ job: "holds", what, work: steadily(parts.database, "holds", () => endHolds(parts)), batch: BATCH, pauseMs: pollMs, log: parts.log });
}

/**
 * Ends holds that are over, at most `limit`, by the database's clock. If they cannot be ended together, each is tried
 * alone, so that one whose books are wrong keeps its own hold and no other. @returns how many were ended
 */
export async function endHolds(options: Pick<ExpiryOptions, "database" | "writer" | "log">, limit = BATCH): Promise<number> {
  const ids = await expired(options.database, limit);
  if (ids.length === 0) return 0;
  try {
    return await endTogether(options, limit, undefined);
  } catch (error) {
    if (databaseFailure(error) !== undefined) throw error;
    return endEachAlone(options, ids);
  }
}

/** The one statement of an idle second. */
async function expired(database: Sequelize, limit: number): Promise<string[]> {
  const rows = await select<{ id: string }>(
    database,
    "SELECT id FROM orders.orders WHERE status = 'PENDING' AND hold_expires_at <= now() ORDER BY hold_expires_at LIMIT $1",
    [limit],
  );
  return rows.map(({ id }) => id);
}

async function endTogether({ database, writer }: Pick<ExpiryOptions, "database" | "writer">, limit: number, id: string | undefined): Promise<number> {
  return withTransaction(database, async () => {
    const orders = await select<LockedOrder>(database, LOCK_EXPIRED, [limit, id ?? null]);
    const ruled = orders.map((order) => ({ order, rule: ruleFor("expire", { ...order, holdExpired: true }) }));
    if (ruled.length > 0) await writer.write(ruled, undefined);
    return ruled.length;
  });
}

async function endEachAlone(options: Pick<ExpiryOptions, "database" | "writer" | "log">, ids: string[]): Promise<number> {
  let ended = 0;
  for (const id of ids) {
    try {
      ended += await endTogether(options, 1, id);
    } catch (error) {
      options.log.error({ err: error, order_id: id }, "a hold cannot be ended; its stock stays reserved");
    }
  }
  return ended;
}
