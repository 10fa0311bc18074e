/**
 * The repository of changes of stock by hand: set, adjust, transfer.
 *
 * Whoever changes a quantity locks its row first and writes the movement in the same transaction, so that the sum of
 * the movements is the stock at every commit. Rows are locked in the order of (store, product), as everywhere, so that
 * crossed transfers wait for each other and never in a circle.
 */
import type { Sequelize } from "sequelize";
import { noteChange, noteObjectName } from "../../platform/context/audit-notes.ts";
import { runSql } from "../../platform/database/database.ts";
import { Failure, invalidField } from "../../platform/errors/failure.ts";
import { newId } from "../../platform/wire/uuid.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { requireProduct, type StoreQuantity, storeQuantities } from "./stock.ts";
import { storeNotFound } from "./stores.ts";

export interface StockKey {
  storeId: string;
  productId: string;
}

export interface Setting extends StockKey {
  quantity: bigint;
  /** What the caller thinks is stored; undefined for whatever it is. */
  expected: bigint | undefined;
}

export interface StockChange {
  actorId: string;
  /** Why, in the actor's words. */
  reason: string;
}

export interface Transfer {
  fromStoreId: string;
  toStoreId: string;
  productId: string;
  quantity: bigint;
}

type Kind = "RECEIPT" | "ADJUSTMENT" | "TRANSFER";

interface Movement extends StockKey {
  delta: bigint;
}

export class StockChanges {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /**
   * Makes the sellable quantity what was counted; what holds keep stays reserved.
   * @throws Failure STORE_NOT_FOUND, PRODUCT_NOT_FOUND; STALE_QUANTITY where another one is stored than was expected
   */
  async set(
    { quantity, expected, ...key }: Setting,
    change: StockChange,
    options: TransactionOptions,
  ): Promise<StoreQuantity> {
    return withTransaction(
      this.#database,
      async () => {
        const { title, quantities } = await this.#lock([key]);
        const [locked = 0n] = quantities;
        if (expected !== undefined && expected !== locked) throw staleQuantity(key, { expected, locked });
        if (quantity !== locked) await this.#move("ADJUSTMENT", [{ ...key, delta: quantity - locked }], change);
        return this.#noted(key, { title, before: locked });
      },
      options,
    );
  }

  /**
   * Adds to the sellable quantity, or takes from it.
   * @throws Failure INSUFFICIENT_STOCK, STORE_NOT_FOUND, PRODUCT_NOT_FOUND
   */
  async adjust(
    { kind, delta, ...key }: StockKey & { kind: "RECEIPT" | "ADJUSTMENT"; delta: bigint },
    change: StockChange,
    options: TransactionOptions,
  ): Promise<StoreQuantity> {
    if (kind === "RECEIPT" && delta < 0n) throw invalidField("delta", "must be above 0 for a RECEIPT");
    return withTransaction(
      this.#database,
      async () => {
        const { title, quantities } = await this.#lock([key]);
        const [available = 0n] = quantities;
        if (available + delta < 0n) throw insufficientStock(key, { wanted: -delta, available });
        await this.#move(kind, [{ ...key, delta }], change);
        return this.#noted(key, { title, before: available });
      },
      options,
    );
  }

  /**
   * Moves stock from one store to another: both or neither.
   * @throws Failure INSUFFICIENT_STOCK, STORE_NOT_FOUND, PRODUCT_NOT_FOUND
   */
  async transfer(
    { fromStoreId, toStoreId, productId, quantity }: Transfer,
    change: StockChange,
    options: TransactionOptions,
  ): Promise<{ from: StoreQuantity; to: StoreQuantity }> {
    const from = { storeId: fromStoreId, productId };
    const to = { storeId: toStoreId, productId };
    return withTransaction(
      this.#database,
      async () => {
        const { title, quantities } = await this.#lock([from, to]);
        const [available = 0n, there = 0n] = quantities;
        if (available < quantity) throw insufficientStock(from, { wanted: quantity, available });
        await this.#move(
          "TRANSFER",
          [
            { ...from, delta: -quantity },
            { ...to, delta: quantity },
          ],
          change,
        );
        const moved = { from: await this.#one(from), to: await this.#one(to) };
        noteObjectName(`${title}, ${moved.from.store_name} → ${moved.to.store_name}`);
        noteQuantity("from_stock.quantity", available, moved.from);
        noteQuantity("to_stock.quantity", there, moved.to);
        return moved;
      },
      options,
    );
  }

  /**
   * The product's title, and the sellable quantities, in the order of the keys; until the transaction ends nobody else changes them. Rows that
   * are not there are made first. @throws Failure STORE_NOT_FOUND, PRODUCT_NOT_FOUND
   */
  async #lock(keys: [StockKey, ...StockKey[]]): Promise<{ title: string; quantities: bigint[] }> {
    const title = await requireProduct(this.#database, keys[0].productId);
    const columns = [keys.map(({ storeId }) => storeId), keys.map(({ productId }) => productId)];
    // Joined to the stores, so that a store that is not there shows as a missing row and not as a broken key.
    await runSql(
      this.#database,
      `INSERT INTO inventory.stock (store_id, product_id, quantity)
       SELECT w.store_id, w.product_id, 0 FROM unnest($1::uuid[], $2::uuid[]) AS w(store_id, product_id)
       JOIN inventory.stores t ON t.id = w.store_id ORDER BY w.store_id, w.product_id
       ON CONFLICT DO NOTHING`,
      columns,
    );
    const rows = await runSql<{ store_id: string; quantity: string }>(
      this.#database,
      `SELECT s.store_id, s.quantity FROM unnest($1::uuid[], $2::uuid[]) AS w(store_id, product_id)
       JOIN inventory.stock s ON s.store_id = w.store_id AND s.product_id = w.product_id
       ORDER BY s.store_id, s.product_id FOR UPDATE OF s`,
      columns,
    );
    const byStore = new Map(rows.map(({ store_id, quantity }) => [store_id, BigInt(quantity)]));
    const [field, otherField] = keys.length === 1 ? ["store_id"] : ["from_store_id", "to_store_id"];
    const quantities = keys.map(({ storeId }, index) => {
      const quantity = byStore.get(storeId);
      if (quantity === undefined) throw storeNotFound(storeId, index === 0 ? field : otherField);
      return quantity;
    });
    return { title, quantities };
  }

  /** Changes the locked rows and writes the movements, in one statement. */
  async #move(kind: Kind, movements: Movement[], { actorId, reason }: StockChange): Promise<void> {
    await runSql(
      this.#database,
      `WITH m AS MATERIALIZED (
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[]) AS m(store_id, product_id, delta, id)
       ), changed AS (
         UPDATE inventory.stock s SET quantity = s.quantity + m.delta, updated_at = now()
         FROM m WHERE s.store_id = m.store_id AND s.product_id = m.product_id
       )
       INSERT INTO inventory.movements (store_id, id, product_id, kind, delta, reason, actor_id)
       SELECT store_id, id, product_id, $5, delta, $6, $7 FROM m`,
      [
        movements.map(({ storeId }) => storeId),
        movements.map(({ productId }) => productId),
        movements.map(({ delta }) => delta.toString()),
        movements.map(() => newId()),
        kind,
        reason,
        actorId,
      ],
    );
  }

  /** What there is now, and what the audit log says of it. */
  async #noted(key: StockKey, { title, before }: { title: string; before: bigint }): Promise<StoreQuantity> {
    const row = await this.#one(key);
    noteObjectName(`${title}, ${row.store_name}`);
    noteQuantity("quantity", before, row);
    return row;
  }

  async #one({ storeId, productId }: StockKey): Promise<StoreQuantity> {
    const [row] = await storeQuantities(this.#database, { productId, storeId });
    if (row === undefined) throw new TypeError("a locked stock row vanished");
    return row;
  }
}

function noteQuantity(path: string, before: bigint, { quantity }: StoreQuantity): void {
  if (quantity !== before.toString()) noteChange({ path, oldValue: before.toString(), newValue: quantity });
}

function staleQuantity(
  { storeId, productId }: StockKey,
  { expected, locked }: { expected: bigint; locked: bigint },
): Failure {
  return new Failure("STALE_QUANTITY", `There are ${locked}, and not ${expected} as expected. Nothing was changed.`, {
    metadata: { store_id: storeId, product_id: productId, quantity: locked.toString() },
  });
}

function insufficientStock(
  { storeId, productId }: StockKey,
  { wanted, available }: { wanted: bigint; available: bigint },
): Failure {
  return new Failure(
    "INSUFFICIENT_STOCK",
    `There are ${available}, and ${wanted} would be taken. Nothing was changed.`,
    {
      metadata: { store_id: storeId, product_id: productId, available: available.toString() },
    },
  );
}
