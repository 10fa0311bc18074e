/**
 * The repository of the ledger: every change of every quantity, newest first.
 *
 * Its indexes begin with the store, because every order writes them. A list over all stores therefore takes the
 * newest few of each store and merges them: a page costs some index steps a store, however long the ledger is, and
 * no further index costs every order. Ids are UUIDv7, so their order is that of time, and a time is a bound on ids.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { firstIdAt } from "../../platform/wire/uuid.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import { storeNotFound } from "./stores.ts";

export const movementKinds = ["RECEIPT", "ADJUSTMENT", "TRANSFER", "SALE", "HOLD", "RELEASE", "CANCELLATION"] as const;
export type MovementKind = (typeof movementKinds)[number];

export interface MovementRow {
  store_id: string;
  id: string;
  product_id: string;
  kind: MovementKind;
  delta: string;
  reserved_delta: string;
  order_id: string | null;
  reason: string;
  actor_id: string | null;
}

export interface MovementFilter {
  storeId: string | undefined;
  productId: string | undefined;
  kind: MovementKind | undefined;
  orderId: string | undefined;
  /** At or after it. */
  startMs: number | undefined;
  /** Before it. */
  endMs: number | undefined;
}

const COLUMNS = "m.store_id, m.id, m.product_id, m.kind, m.delta, m.reserved_delta, m.order_id, m.reason, m.actor_id";

/** Every store that has movements, by one index step each; stores that were deleted are among them. */
const LEDGERS = `
  WITH RECURSIVE ledgers(store_id) AS (
    (SELECT store_id FROM inventory.movements ORDER BY store_id LIMIT 1)
    UNION ALL
    SELECT (SELECT n.store_id FROM inventory.movements n WHERE n.store_id > l.store_id ORDER BY n.store_id LIMIT 1)
    FROM ledgers l WHERE l.store_id IS NOT NULL
  )`;

export class Ledger {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  /** @throws Failure STORE_NOT_FOUND for a store that never was; one that was deleted has its ledger still */
  async list(filter: MovementFilter, request: PageRequest): Promise<Page<MovementRow>> {
    const reading = this.#pageTokens.begin(request, ["movements", filter]);
    const [before] = reading.cursor;
    const { sql, bind } = movementsStatement(filter, { before, limit: reading.limit });
    const rows = await runSql<MovementRow>(this.#database, sql, bind);
    if (rows.length === 0 && filter.storeId !== undefined) await this.#requireLedger(filter.storeId);
    return reading.page(rows, ({ id }) => [id]);
  }

  async #requireLedger(storeId: string): Promise<void> {
    const [known] = await runSql<{ exists: boolean }>(
      this.#database,
      `SELECT EXISTS (SELECT FROM inventory.stores WHERE id = $1) OR EXISTS (SELECT FROM inventory.movements WHERE store_id = $1) AS exists`,
      [storeId],
    );
    if (known?.exists !== true) throw storeNotFound(storeId);
  }
}

/** @param page the id of the last row that was shown, and how many are wanted */
export function movementsStatement(
  filter: MovementFilter,
  page: { before: string | undefined; limit: number },
): { sql: string; bind: unknown[] } {
  const bind: unknown[] = [];
  const conditions: string[] = [];
  const add = (condition: string, value: unknown) => {
    if (value === undefined) return;
    bind.push(value);
    conditions.push(condition.replace("?", `$${bind.length}`));
  };
  add("m.product_id = ?", filter.productId);
  add("m.kind = ?", filter.kind);
  add("m.order_id = ?", filter.orderId);
  add("m.id >= ?::uuid", filter.startMs === undefined ? undefined : firstIdAt(filter.startMs));
  add("m.id < ?::uuid", filter.endMs === undefined ? undefined : firstIdAt(filter.endMs));
  add("m.id < ?::uuid", page.before);
  add("m.store_id = ?", filter.storeId);
  const newest = `ORDER BY m.id DESC LIMIT ${page.limit}`;
  if (filter.storeId !== undefined || filter.orderId !== undefined) {
    return { sql: `SELECT ${COLUMNS} FROM inventory.movements m WHERE ${conditions.join(" AND ")} ${newest}`, bind };
  }
  const where = ["m.store_id = l.store_id", ...conditions].join(" AND ");
  return {
    sql: `${LEDGERS}
      SELECT m.* FROM ledgers l
      CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM inventory.movements m WHERE ${where} ${newest}) m
      WHERE l.store_id IS NOT NULL ${newest}`,
    bind,
  };
}
