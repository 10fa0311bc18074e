/**
 * The job that ends holds: orders that nobody confirmed in time are cancelled, and their stock is for sale again.
 *
 * Any number of workers may run it: each takes the orders that no other has locked. It asks once a second, by an index
 * that holds pending orders only, because a notification could be lost and a hold that ends is announced by nobody.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { databaseFailure, isLockTimeout } from "../../../platform/errors/database-errors.ts";
import { steadily } from "../../../platform/jobs/scheduler.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { startPollLoop } from "../../../platform/polling/poll-loop.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import { LOCK_EXPIRED } from "./change-sql.ts";
import type { ChangeWriter, LockedOrder } from "./change-writer.ts";
import { ruleFor } from "./state-machine.ts";

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
/** One that could not be ended is left in peace for so long: the next ones have their turn meanwhile. */
const SPARED_MS = 30_000;
/** Nobody waits for this job: where somebody has a row for longer, the others' holds end first. */
const LOCK_TIMEOUT_MS = 500;

export function startExpiry({ pollMs = POLL_MS, ...parts }: ExpiryOptions): { stop(): Promise<void> } {
  const what = "holds are ended; their stock is for sale again";
  const spared: Spared = new Map();
  const work = steadily(parts.database, "holds", () => endHolds({ ...parts, spared }));
  return startPollLoop({ job: "holds", what, work, batch: BATCH, pauseMs: pollMs, log: parts.log });
}

/** Orders whose holds could not be ended, and until when they are left in peace (performance.now()). */
export type Spared = Map<string, number>;

type Parts = Pick<ExpiryOptions, "database" | "writer" | "log"> & { spared?: Spared };

/**
 * Ends holds that are over, at most `limit`, by the database's clock. If they cannot be ended together, each is tried
 * alone, so that one whose books are wrong, or whose stock somebody has locked, keeps its own hold and no other.
 * @returns how many were ended
 */
export async function endHolds({ spared = new Map(), ...options }: Parts, limit = BATCH): Promise<number> {
  for (const [id, untilMs] of spared) if (untilMs <= performance.now()) spared.delete(id);
  const ids = await expired(options.database, { limit, spared });
  if (ids.length === 0) return 0;
  try {
    return await end(options, { limit, only: undefined, spared });
  } catch (error) {
    if (isOfDatabase(error)) throw error;
    return endEachAlone(options, ids, spared);
  }
}

/** The one statement of an idle second. */
async function expired(database: Sequelize, { limit, spared }: { limit: number; spared: Spared }): Promise<string[]> {
  const rows = await runSql<{ id: string }>(
    database,
    `SELECT id FROM orders.orders WHERE status = 'PENDING' AND hold_expires_at <= now() AND NOT id = ANY($2::uuid[])
     ORDER BY hold_expires_at LIMIT $1`,
    [limit, [...spared.keys()]],
  );
  return rows.map(({ id }) => id);
}

interface Which {
  limit: number;
  only: string | undefined;
  spared: Spared;
}

async function end({ database, writer }: Parts, { limit, only, spared }: Which): Promise<number> {
  const work = async () => {
    const orders = await runSql<LockedOrder>(database, LOCK_EXPIRED, [limit, only ?? null, [...spared.keys()]]);
    const ruled = orders.map((order) => ({ order, rule: ruleFor("expire", { ...order, holdExpired: true }) }));
    if (ruled.length > 0) await writer.write(ruled, undefined);
    return ruled.length;
  };
  return withTransaction(database, work, { lockTimeoutMs: LOCK_TIMEOUT_MS });
}

async function endEachAlone(options: Parts, ids: string[], spared: Spared): Promise<number> {
  let ended = 0;
  for (const id of ids) {
    try {
      ended += await end(options, { limit: 1, only: id, spared });
    } catch (error) {
      if (isOfDatabase(error)) throw error;
      spared.set(id, performance.now() + SPARED_MS);
      // A lock is somebody's and passes; anything else is a bug.
      if (isLockTimeout(error))
        options.log.warn({ order_id: id }, "a hold ends later: somebody keeps a row locked that it needs");
      else options.log.error({ err: error, order_id: id }, "a hold cannot be ended now; its stock stays reserved");
    }
  }
  return ended;
}

/** Whether it would befall any other hold as well. */
function isOfDatabase(error: unknown): boolean {
  return databaseFailure(error) !== undefined && !isLockTimeout(error);
}
