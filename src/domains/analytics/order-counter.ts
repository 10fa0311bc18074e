/** The repository of how many orders stand where: of those that were placed in a period, and on hold now. */
import type { Sequelize } from "sequelize";
import { one, runSql } from "../../platform/database/database.ts";
import { firstIdAt } from "../../platform/wire/uuid.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import type { Period } from "./intervals.ts";

export const orderStatuses = ["PENDING", "CONFIRMED", "REJECTED", "CANCELLED", "SHIPPED", "DELIVERED"] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** PostgreSQL's counts arrive as text. */
interface CountRow {
  status: OrderStatus;
  count: string;
}

/**
 * One look into the index orders_status for each store and status, which reads no order: an index by id alone would
 * read each order of the period for its status.
 */
const COUNTS = `
  SELECT s.status, sum(o.count) AS count
  FROM inventory.stores t CROSS JOIN unnest($2::text[]) AS s(status)
  CROSS JOIN LATERAL (
    SELECT count(*) FROM orders.orders o
    WHERE o.store_id = t.id AND o.status = s.status AND o.id >= $3::uuid AND o.id < $4::uuid
  ) o
  WHERE $1::uuid IS NULL OR t.id = $1 GROUP BY s.status`;

const HELD = "SELECT count(*) FROM orders.orders WHERE status = 'PENDING' AND ($1::uuid IS NULL OR store_id = $1)";

export interface OrderCounts {
  counts: { status: OrderStatus; count: bigint }[];
  held: bigint;
}

export interface OrderCountsQuery {
  period: Period;
  /** undefined: all. */
  storeId: string | undefined;
}

export class OrderCounter {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** Every status, also where no order has it. */
  async count(
    { period: { startMs, endMs }, storeId }: OrderCountsQuery,
    options: TransactionOptions,
  ): Promise<OrderCounts> {
    const bind = [storeId ?? null, orderStatuses, firstIdAt(startMs), firstIdAt(endMs)];
    return withTransaction(
      this.#database,
      async () => {
        const rows = await runSql<CountRow>(this.#database, COUNTS, bind);
        const held = await one<{ count: string }>(this.#database, HELD, [storeId ?? null]);
        const byStatus = new Map(rows.map(({ status, count }) => [status, BigInt(count)]));
        const counts = orderStatuses.map((status) => ({ status, count: byStatus.get(status) ?? 0n }));
        return { counts, held: BigInt(held.count) };
      },
      options,
    );
  }
}
