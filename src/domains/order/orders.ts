/** The repository of orders that exist: one of them, and pages of them. Placing is in place/. */
import { col, Op, type Sequelize, type WhereOptions } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { Failure } from "../../platform/errors/failure.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import { firstIdAt } from "../../platform/wire/uuid.ts";
import { foundIds } from "./find/found-orders.ts";
import { storeNotFound } from "../inventory/stores.ts";
import type { OrderFilter, Owner } from "./order-filter.ts";
import { type ItemRow, type OrderModels, orderModels, type OrderRow, type OrderStatus } from "./model.ts";

export interface OrderWithItems {
  order: OrderRow;
  items: ItemRow[];
}

/** An id tells when it was made, by the clock of an API process; when it was placed is PostgreSQL's time. */
const CLOCKS_DIFFER_MS = 600_000;

export class Orders {
  readonly #database: Sequelize;
  readonly #models: OrderModels;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#models = orderModels(database);
    this.#pageTokens = pageTokens;
  }

  /** @throws Failure ORDER_NOT_FOUND, also for another's order */
  async get(id: string, { ownedBy }: { ownedBy: Owner }): Promise<OrderWithItems> {
    const order = await this.#models.orders.findOne({ where: { [Op.and]: [{ id }, ownership(ownedBy)] } });
    if (order === null) throw orderNotFound(id);
    const [found] = await this.#withItems([order]);
    if (found === undefined) throw new TypeError("an order lost itself");
    return found;
  }

  /** Orders by their keys, whoever's, with their items; in no order. */
  async all(keys: readonly { storeId: string; id: string }[]): Promise<OrderWithItems[]> {
    const where = {
      storeId: [...new Set(keys.map(({ storeId }) => storeId))],
      id: [...new Set(keys.map(({ id }) => id))],
    };
    return this.#withItems(keys.length === 0 ? [] : await this.#models.orders.findAll({ where }));
  }

  /** Newest first, with their items. */
  async list(filter: OrderFilter, page: PageRequest, { ownedBy }: { ownedBy: Owner }): Promise<Page<OrderWithItems>> {
    const { rows, nextPageToken } = await this.#page(filter, page, ownedBy);
    return { rows: await this.#withItems(rows), nextPageToken };
  }

  /** A store's orders, newest first, without their items. @throws Failure STORE_NOT_FOUND */
  async listOfStore(filter: OrderFilter & { storeId: string }, page: PageRequest): Promise<Page<OrderRow>> {
    const result = await this.#page(filter, page, "anybody");
    if (result.rows.length === 0) await this.#requireStore(filter.storeId);
    return result;
  }

  async #requireStore(storeId: string): Promise<void> {
    const found = await runSql(this.#database, "SELECT FROM inventory.stores WHERE id = $1", [storeId]);
    if (found.length === 0) throw storeNotFound(storeId);
  }

  async #page(filter: OrderFilter, request: PageRequest, ownedBy: Owner): Promise<Page<OrderRow>> {
    const reading = this.#pageTokens.begin(request, ["orders", filter, ownedBy]);
    const [last] = reading.cursor;
    const conditions: WhereOptions<OrderRow>[] = [present(filter), ...placedBetween(filter), ownership(ownedBy)];
    if (last !== undefined) conditions.push({ id: { [Op.lt]: last } });
    if (hasQuery(filter))
      conditions.push({ id: await foundIds(this.#database, filter, { ownedBy, before: last, limit: reading.limit }) });
    if (ownedBy === "anybody" && isByStatusAlone(filter))
      conditions.push({ id: await this.#newestOf(filter.status, last, reading.limit) });
    const rows = await this.#models.orders.findAll({
      where: { [Op.and]: conditions },
      order: [["id", "DESC"]],
      limit: reading.limit,
    });
    return reading.page(rows, (row) => [row.id]);
  }

  /**
   * Of all stores: the newest few of each, merged. The index by status begins with the store, and one more for this
   * rare question would cost every order.
   */
  async #newestOf(status: OrderStatus, before: string | undefined, limit: number): Promise<string[]> {
    const rows = await runSql<{ id: string }>(
      this.#database,
      `SELECT o.id FROM inventory.stores s CROSS JOIN LATERAL (
         SELECT id FROM orders.orders
         WHERE store_id = s.id AND status = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
       ) o ORDER BY o.id DESC LIMIT $3`,
      [status, before ?? null, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** One statement for the items of all orders, so that a page of twenty costs two statements and not twenty-one. */
  async #withItems(orders: OrderRow[]): Promise<OrderWithItems[]> {
    if (orders.length === 0) return [];
    const storeId = [...new Set(orders.map((order) => order.storeId))];
    const where = { storeId, orderId: orders.map((order) => order.id) };
    const items = await this.#models.items.findAll({ where, order: ["line"] });
    const byOrder = Map.groupBy(items, (item) => item.orderId);
    return orders.map((order) => ({ order, items: byOrder.get(order.id) ?? [] }));
  }
}

function isByStatusAlone(filter: OrderFilter): filter is OrderFilter & { status: OrderStatus } {
  const { status, ...others } = filter;
  return status !== undefined && Object.values(others).every((value) => value === undefined);
}

export function orderNotFound(id: string): Failure {
  return new Failure("ORDER_NOT_FOUND", `There is no order ${id} of yours.`);
}

function ownership(owner: Owner): WhereOptions<OrderRow> {
  if (owner === "anybody") return {};
  if ("user" in owner) return { userId: owner.user };
  // No service is the user it places for; said, because the index of what services placed holds nothing else.
  return { placedBy: { [Op.eq]: owner.service, [Op.ne]: col("user_id") } };
}

function hasQuery(filter: OrderFilter): filter is OrderFilter & { query: string } {
  return filter.query !== undefined;
}

/** By the id too, which has an index. */
function placedBetween({ startMs, endMs }: OrderFilter): WhereOptions<OrderRow>[] {
  const conditions: WhereOptions<OrderRow>[] = [];
  if (startMs !== undefined) {
    const id = { [Op.gte]: firstIdAt(startMs - CLOCKS_DIFFER_MS) };
    conditions.push({ createdAt: { [Op.gte]: new Date(startMs) }, id });
  }
  if (endMs !== undefined) {
    const id = { [Op.lt]: firstIdAt(endMs + CLOCKS_DIFFER_MS) };
    conditions.push({ createdAt: { [Op.lt]: new Date(endMs) }, id });
  }
  return conditions;
}

function present({ userId, storeId, status }: OrderFilter): WhereOptions<OrderRow> {
  return Object.fromEntries(Object.entries({ userId, storeId, status }).filter(([, value]) => value !== undefined));
}
