/** The repository of sales over time: how many orders each stretch has, and what they brought. */
import type { Sequelize } from "sequelize";
import { select } from "../platform/database.ts";
import { firstIdAt } from "../platform/identifier.ts";
import { type TransactionOptions, withTransaction } from "../platform/transaction.ts";
import { ALL_STORES, PERIOD, periodBind, SOLD } from "./period-sql.ts";
import type { Period } from "./stretches.ts";

/** What is kept of a day that is over; every time zone's hours and days begin with one. */
export const QUARTER_MS = 900_000;

/** PostgreSQL's sums arrive as text; revenue is in minor units. */
interface StretchRow {
  /** Counts from 1. */
  stretch: number;
  confirmed: string;
  rejected: string;
  revenue: string;
}

export interface StretchOfSales {
  startMs: number;
  confirmed: bigint;
  rejected: bigint;
  revenue: bigint;
}

/** $7 the scope; $8 and $9 the starts of the stretches, as ids and as times. */
const statement = (ofStore: string) => `
  WITH ${PERIOD}, of_days AS (
    SELECT width_bucket(q.start_at, $9::timestamptz[]) AS stretch, q.confirmed, q.rejected, q.revenue
    FROM summed s JOIN analytics.sales q ON q.scope = $7::uuid
      AND q.start_at >= s.first::timestamp AT TIME ZONE 'UTC' AND q.start_at < s.until::timestamp AT TIME ZONE 'UTC'
    WHERE (q.start_at AT TIME ZONE 'UTC')::date NOT IN (SELECT day FROM changed)
  ), of_orders AS (
    SELECT width_bucket(o.id, $8::uuid[]) AS stretch, count(*) FILTER (WHERE ${SOLD}) AS confirmed,
           count(*) FILTER (WHERE o.status = 'REJECTED') AS rejected, coalesce(sum(o.total) FILTER (WHERE ${SOLD}), 0) AS revenue
    FROM ranges r JOIN orders.orders o ON o.id >= r.from_id AND o.id < r.to_id ${ofStore}
    GROUP BY 1
  )
  SELECT stretch, sum(confirmed) AS confirmed, sum(rejected) AS rejected, sum(revenue) AS revenue
  FROM (SELECT * FROM of_days UNION ALL SELECT * FROM of_orders) AS parts GROUP BY stretch`;
const OF_ALL_STORES = statement("");
const OF_A_STORE = statement("AND o.store_id = $1");

export interface SalesQuery {
  period: Period;
  /** When the stretches begin, milliseconds since 1970. */
  starts: number[];
  /** undefined: all. */
  storeId: string | undefined;
}

export class Sales {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** All stretches in their order, also those in which nothing was sold. */
  async overTime({ period: { endMs }, starts, storeId }: SalesQuery, options: TransactionOptions): Promise<StretchOfSales[]> {
    // The first stretch is counted whole.
    const startMs = Math.min(...starts);
    const sums = starts.every((ms) => ms % QUARTER_MS === 0);
    const bind = [
      ...periodBind({ startMs, endMs }, storeId, { sums }),
      storeId ?? ALL_STORES,
      starts.map(firstIdAt),
      starts.map((ms) => new Date(ms)),
    ];
    const sql = storeId === undefined ? OF_ALL_STORES : OF_A_STORE;
    const rows = await withTransaction(this.#database, () => select<StretchRow>(this.#database, sql, bind), options);
    const byStretch = new Map(rows.map((row) => [row.stretch, row]));
    return starts.map((ms, index) => {
      const { confirmed = 0, rejected = 0, revenue = 0 } = byStretch.get(index + 1) ?? {};
      return { startMs: ms, confirmed: BigInt(confirmed), rejected: BigInt(rejected), revenue: BigInt(revenue) };
    });
  }
}
