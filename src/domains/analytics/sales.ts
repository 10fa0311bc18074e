/** The repository of sales over time: how many orders each interval has, and what they brought. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { firstIdAt } from "../../platform/wire/uuid.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { ALL_STORES, QUARTER_MS, SOLD } from "./rollup-increments-sql.ts";
import { PERIOD, periodBind } from "./rollup-sql.ts";
import type { Period } from "./intervals.ts";

/** PostgreSQL's sums arrive as text; revenue is in minor units. */
interface IntervalRow {
  /** Counts from 1. */
  number: number;
  confirmed: string;
  rejected: string;
  revenue: string;
}

export interface SalesInterval {
  startMs: number;
  confirmed: bigint;
  rejected: bigint;
  revenue: bigint;
}

/** $6 the scope; $7 and $8 the starts of the intervals, as ids and as times. */
const statement = (ofStore: string) => `
  WITH ${PERIOD}, parts AS (
    SELECT width_bucket(q.start_at, $8::timestamptz[]) AS number, q.confirmed, q.rejected, q.revenue
    FROM summed s JOIN analytics.sales_of_quarters q ON q.scope = $6::uuid AND q.start_at >= s.first AND q.start_at < s.until
    UNION ALL
    SELECT width_bucket(order_id, $7::uuid[]), sold, rejected, sold * total FROM differences
    UNION ALL
    SELECT width_bucket(o.id, $7::uuid[]), count(*) FILTER (WHERE ${SOLD}), count(*) FILTER (WHERE o.status = 'REJECTED'),
           coalesce(sum(o.total) FILTER (WHERE ${SOLD}), 0)
    FROM ranges r JOIN orders.orders o ON o.id >= r.from_id AND o.id < r.to_id ${ofStore}
    GROUP BY 1
  )
  SELECT number, sum(confirmed) AS confirmed, sum(rejected) AS rejected, sum(revenue) AS revenue FROM parts GROUP BY number`;
const OF_ALL_STORES = statement("");
const OF_A_STORE = statement("AND o.store_id = $1");

export interface SalesQuery {
  period: Period;
  /** When the intervals begin, milliseconds since 1970. */
  starts: number[];
  /** undefined: all. */
  storeId: string | undefined;
}

export class Sales {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** All intervals in their order, also those in which nothing was sold. */
  async overTime(
    { period: { endMs }, starts, storeId }: SalesQuery,
    options: TransactionOptions,
  ): Promise<SalesInterval[]> {
    // The first interval is counted whole.
    const startMs = Math.min(...starts);
    const unitMs = starts.every((ms) => ms % QUARTER_MS === 0) ? QUARTER_MS : undefined;
    const bind = [
      ...periodBind({ startMs, endMs }, storeId, unitMs),
      storeId ?? ALL_STORES,
      starts.map(firstIdAt),
      starts.map((ms) => new Date(ms)),
    ];
    const sql = storeId === undefined ? OF_ALL_STORES : OF_A_STORE;
    const rows = await withTransaction(this.#database, () => runSql<IntervalRow>(this.#database, sql, bind), options);
    const byInterval = new Map(rows.map((row) => [row.number, row]));
    return starts.map((ms, index) => {
      const { confirmed = 0, rejected = 0, revenue = 0 } = byInterval.get(index + 1) ?? {};
      return { startMs: ms, confirmed: BigInt(confirmed), rejected: BigInt(rejected), revenue: BigInt(revenue) };
    });
  }
}
