/** The repository of what orders are found by: written by the worker, behind the orders. */
import type { Sequelize } from "sequelize";
import type { OutboxEvent } from "../../../outbox/outbox.ts";
import { runSql } from "../../../platform/database/database.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import { PERSONAL, termsOf } from "./search-terms.ts";

/** Whose cursor says up to which event the orders have their rows. */
export const CONSUMER = "order-search";
const ALL_DONE = "00000000-0000-0000-0000-000000000000";

interface Key {
  storeId: string;
  orderId: string;
}

interface FoundRow {
  store_id: string;
  id: string;
  email: string;
  first_name: string;
  last_name: string;
  skus: string[];
}

export class SearchRows {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** Takes over a batch of the outbox: an order's first event brings its row. */
  async handle(events: readonly OutboxEvent[]): Promise<void> {
    await this.#write(events.filter(({ sequence }) => sequence === 1));
  }

  /**
   * Writes the rows of orders that were there before: the newest `limit` that have none.
   * @returns how many orders it looked at; fewer than `limit` when all have theirs
   */
  async writeOlder(limit: number): Promise<number> {
    return withTransaction(this.#database, async () => {
      // None without a cursor: the first events to come are not this consumer's yet.
      const [progress] = await runSql<{ from_id: string }>(this.#database, PROGRESS, [CONSUMER]);
      if (progress === undefined || progress.from_id === ALL_DONE) return 0;
      const keys = await runSql<{ storeId: string; orderId: string }>(
        this.#database,
        `SELECT store_id AS "storeId", id AS "orderId" FROM orders.orders WHERE id < $1 ORDER BY id DESC LIMIT $2`,
        [progress.from_id, limit],
      );
      await this.#write(keys);
      const reached = keys.length < limit ? ALL_DONE : keys.at(-1)?.orderId;
      await runSql(this.#database, "UPDATE orders.search_progress SET from_id = $1", [reached]);
      return keys.length;
    });
  }

  /** Leaves nothing of a person in the rows of a user's orders. Joins the transaction that deletes the account. */
  async forgetUser(userId: string): Promise<void> {
    await runSql(
      this.#database,
      `UPDATE orders.search s
       SET terms = ts_delete(terms, ARRAY(SELECT lexeme FROM unnest(s.terms) WHERE left(lexeme, 1) = ANY($2::text[])))
       FROM orders.orders o WHERE o.user_id = $1 AND s.store_id = o.store_id AND s.order_id = o.id`,
      [userId, PERSONAL],
    );
  }

  async #write(keys: readonly Key[]): Promise<void> {
    if (keys.length === 0) return;
    await withTransaction(this.#database, async () => {
      const rows = await runSql<FoundRow>(this.#database, FINDABLE, [
        keys.map(({ storeId }) => storeId),
        keys.map(({ orderId }) => orderId),
      ]);
      await runSql(this.#database, WRITE, [
        rows.map(({ store_id }) => store_id),
        rows.map(({ id }) => id),
        rows.map(({ id, email, first_name, last_name, skus }) =>
          termsOf({ id, email, name: `${first_name} ${last_name}`, skus }),
        ),
      ]);
    });
  }
}

/** $1 the consumer: its row, made with the first look, and locked. */
const PROGRESS = `
  INSERT INTO orders.search_progress AS p (consumer) SELECT name FROM orders.relay_cursor WHERE name = $1
  ON CONFLICT (consumer) DO UPDATE SET from_id = p.from_id RETURNING from_id`;

/**
 * $1 and $2 the orders. The users stay locked, in the order of their ids: whoever is deleted meanwhile is either seen as
 * deleted here, or his deletion waits and finds the row.
 */
const FINDABLE = `
  WITH wanted AS (
    SELECT o.store_id, o.id, o.user_id FROM unnest($1::uuid[], $2::uuid[]) AS k(store_id, id)
    JOIN orders.orders o ON o.store_id = k.store_id AND o.id = k.id
  ), buyers AS MATERIALIZED (
    SELECT id, email, first_name, last_name FROM identity.users
    WHERE id IN (SELECT user_id FROM wanted) ORDER BY id FOR SHARE
  )
  SELECT w.store_id, w.id, coalesce(b.email, '') AS email, coalesce(b.first_name, '') AS first_name,
         coalesce(b.last_name, '') AS last_name,
         ARRAY(SELECT i.sku FROM orders.items i WHERE i.store_id = w.store_id AND i.order_id = w.id) AS skus
  FROM wanted w LEFT JOIN buyers b ON b.id = w.user_id`;

const WRITE = `
  INSERT INTO orders.search (store_id, order_id, terms)
  SELECT store_id, order_id, terms::tsvector FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS n(store_id, order_id, terms)
  ON CONFLICT DO NOTHING`;
