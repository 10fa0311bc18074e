/** Rows that a transaction of the test's own keeps locked while something is tried. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { until } from "./until.ts";

export interface RowLock {
  /** A SELECT … FOR UPDATE. */
  sql: string;
  bind: unknown[];
}

export function stockRow(shop: { storeId: string }, productId: string): RowLock {
  return {
    sql: "SELECT FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE",
    bind: [shop.storeId, productId],
  };
}

/** Locks rows, runs `work` while they are locked, and lets them go unchanged. */
export async function whileLocked(holder: Sequelize, { sql, bind }: RowLock, work: () => Promise<void>): Promise<void> {
  const transaction = await holder.transaction();
  try {
    await holder.query(sql, { bind, transaction });
    await work();
  } finally {
    await transaction.rollback();
  }
}

/** How many sessions of the file's database wait for a lock. */
export async function lockWaits(database: Sequelize): Promise<number> {
  const [row] = await runSql<{ count: string }>(
    database,
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
  );
  return Number(row?.count);
}

/** Waits until the database's own clock has passed a moment. */
export async function untilClockPasses(database: Sequelize, moment: Date): Promise<void> {
  await until(`the database's clock passes ${moment.toISOString()}`, async () => {
    const [row] = await runSql<{ passed: boolean }>(database, "SELECT clock_timestamp() > $1 AS passed", [moment]);
    return row?.passed === true;
  });
}

export async function databaseClock(database: Sequelize): Promise<Date> {
  const [row] = await runSql<{ now: Date }>(database, "SELECT clock_timestamp() AS now");
  if (row === undefined) throw new TypeError("the database told no time");
  return row.now;
}
