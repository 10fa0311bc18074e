/**
 * The repository of changes: reads what happened to orders from the outbox, by position, with the orders as of then.
 *
 * An event needs no copy of its order. What was sold never changes, and a step changes the status, the version, the
 * time and the reason of a cancellation alone: the first three are in the event's own row, and a cancelled order is
 * changed no more. So placing an order writes nothing for those who watch.
 */
import type { Sequelize } from "sequelize";
import type { OutboxPosition } from "../../../outbox/outbox.ts";
import { purgedUpTo } from "../../../outbox/purge.ts";
import { runSql } from "../../../platform/database/database.ts";
import { HISTORY } from "../../../platform/database/history.ts";
import type { Currency } from "../../../platform/wire/money.ts";
import type { Orders } from "../orders.ts";
import { orderAsOf } from "../mapping.ts";
import { expired } from "./resume-tokens.ts";
import type { WatchFilter } from "./watch-filter.ts";
import type { OrderEvent, OrderChange } from "../order-change.ts";

export interface Range {
  after: OutboxPosition;
  /** Inclusive; undefined: to the newest. */
  upTo?: bigint | undefined;
  limit: number;
}

interface ChangeRow {
  position: string;
  store_id: string;
  order_id: string;
  user_id: string;
  sequence: number;
  type: string;
  created_at: Date;
}

type OfHistory<Row> = Row & { history: string | null };

interface NoChange {
  position: null;
}

/** Always a row, for the history. */
const READ = `
  SELECT always.history, change.*
  FROM (SELECT ${HISTORY} AS history) AS always LEFT JOIN LATERAL (
    SELECT e.position, e.store_id, e.order_id, o.user_id, e.sequence, e.type, e.created_at
    FROM orders.outbox e JOIN orders.orders o ON o.store_id = e.store_id AND o.id = e.order_id
    WHERE e.position > $1 AND ($2::bigint IS NULL OR e.position <= $2) AND ($3::uuid IS NULL OR o.user_id = $3)
      AND ($4::uuid IS NULL OR e.order_id = $4) AND ($5::uuid IS NULL OR e.store_id = $5)
    ORDER BY e.position LIMIT $6
  ) AS change ON true
  ORDER BY change.position`;

export class ChangeLog {
  readonly #database: Sequelize;
  readonly #orders: Orders;
  readonly #currency: Currency;

  constructor(database: Sequelize, { orders, currency }: { orders: Orders; currency: Currency }) {
    this.#database = database;
    this.#orders = orders;
    this.#currency = currency;
  }

  /**
   * In the order of their positions. PostgreSQL begins with the range or with the user's orders, whichever are fewer.
   * @throws Failure RESUME_TOKEN_EXPIRED when the database stands in another history
   */
  async read({ userId, orderId, storeId }: WatchFilter, { after, upTo, limit }: Range): Promise<OrderEvent[]> {
    const bind = [after.position, upTo ?? null, userId ?? null, orderId ?? null, storeId ?? null, limit];
    const rows = await runSql<OfHistory<ChangeRow | NoChange>>(this.#database, READ, bind);
    if (rows[0]?.history !== after.history) throw expired();
    return rows.flatMap((row) => (row.position === null ? [] : [toChange(row)]));
  }

  /**
   * The same of the past, where a purge may be at work meanwhile.
   * @throws Failure RESUME_TOKEN_EXPIRED when it has taken some of them
   */
  async readPast(scope: WatchFilter, range: Range): Promise<OrderEvent[]> {
    const changes = await this.read(scope, range);
    if ((await purgedUpTo(this.#database)) > range.after.position) throw expired();
    return changes;
  }

  /** All that happened to one order and is still kept, the first change first; also what has no position yet. */
  async ofOrder({ id, storeId, userId }: { id: string; storeId: string; userId: string }): Promise<OrderChange[]> {
    const rows = await runSql<ChangeRow>(
      this.#database,
      `SELECT coalesce(position, 0) AS position, store_id, order_id, $3::uuid AS user_id, sequence, type, created_at
       FROM orders.outbox WHERE store_id = $1 AND order_id = $2 ORDER BY sequence`,
      [storeId, id, userId],
    );
    return this.withOrders(rows.map(toChange));
  }

  /** The changes with their orders as of then, in the order in which they were given. */
  async withOrders(changes: readonly OrderEvent[]): Promise<OrderChange[]> {
    const orders = await this.#orders.all(changes.map(({ orderId, storeId }) => ({ id: orderId, storeId })));
    const byId = new Map(orders.map((found) => [found.order.id, found]));
    return changes.flatMap((change) => {
      const found = byId.get(change.orderId);
      return found === undefined ? [] : [{ change, order: orderAsOf(change, found, this.#currency) }];
    });
  }
}

function toChange(row: ChangeRow): OrderEvent {
  return {
    position: BigInt(row.position),
    storeId: row.store_id,
    orderId: row.order_id,
    userId: row.user_id,
    sequence: row.sequence,
    type: row.type,
    at: row.created_at,
  };
}
