/** Reads what orders rest on: for a batch that is placed with its locks, for a quote without any. */
import type { Sequelize } from "sequelize";
import { uuids } from "../platform/binary-array.ts";
import { select } from "../platform/database.ts";
import type { Statement } from "../platform/prepared.ts";
import type { Promotions } from "../promotion/promotions.ts";
import { type Facts, type Offer, type OpenStore, stockKey, type Wish } from "./placement.ts";
import { LOCK_STOCK, NOW, QUOTED, UNSTOCKED } from "./placement-sql.ts";

interface Reader {
  run: <Row extends object>(statement: Statement, values: unknown[]) => Promise<Row[]>;
  promotions: Promotions;
}

/** A pair of store and product; nulls where there is no such thing. */
interface FactRow {
  store_id: string;
  product_id: string;
  quantity: string | null;
  store: string | null;
  store_active: boolean | null;
  sku: string | null;
  title: string | null;
  price: string | null;
  active: boolean | null;
}

interface Pair {
  storeId: string;
  productId: string;
}

export async function readFacts(wishes: Wish[], { run, promotions }: Reader): Promise<Facts> {
  const pairs = pairsOf(wishes);
  const found = await run<FactRow>(LOCK_STOCK, columns([...pairs.values()]));
  for (const row of found) pairs.delete(stockKey(row.store_id, row.product_id));
  const unstocked = pairs.size === 0 ? [] : await run<FactRow>(UNSTOCKED, columns([...pairs.values()]));
  const promoted = wishes.filter(({ promoCode }) => promoCode !== "");
  const locked = promoted.length === 0 ? new Map() : await promotions.lock(codesOf(promoted), usersOf(promoted));
  const timed = promoted.length > 0 || wishes.some(({ holdMs }) => holdMs !== undefined);
  return { ...factsOf([...found, ...unstocked]), promotions: locked, now: timed ? await databaseClock(run) : new Date() };
}

/** @param userId whose uses of a promotion count; undefined for somebody who is not signed in */
export async function quoteFacts(wish: Wish, userId: string | undefined, { database, promotions }: { database: Sequelize; promotions: Promotions }): Promise<Facts> {
  const rows = await select<FactRow & { now: Date }>(database, QUOTED, columns([...pairsOf([wish]).values()]));
  const codes = wish.promoCode === "" ? [] : [wish.promoCode];
  const found = codes.length === 0 ? new Map() : await promotions.find(codes, userId === undefined ? [] : [userId]);
  return { ...factsOf(rows), promotions: found, now: rows[0]?.now ?? new Date() };
}

function pairsOf(wishes: Wish[]): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const { storeId, lines } of wishes) {
    for (const { productId } of lines) pairs.set(stockKey(storeId, productId), { storeId, productId });
  }
  return pairs;
}

function columns(pairs: Pair[]): Buffer[] {
  return [uuids(pairs.map(({ storeId }) => storeId)), uuids(pairs.map(({ productId }) => productId))];
}

function codesOf(wishes: Wish[]): string[] {
  return [...new Set(wishes.map(({ promoCode }) => promoCode.toLowerCase()))];
}

function usersOf(wishes: Wish[]): string[] {
  return [...new Set(wishes.map(({ userId }) => userId))];
}

function factsOf(rows: FactRow[]): Pick<Facts, "stores" | "offers" | "stock"> {
  const stores = new Map<string, OpenStore>();
  const offers = new Map<string, Offer>();
  const stock = new Map<string, bigint>();
  for (const { store_id, product_id, quantity, store, store_active, sku, title, price, active } of rows) {
    if (store !== null) stores.set(store_id, { name: store, active: store_active === true });
    if (sku !== null && title !== null && price !== null && !offers.has(product_id)) {
      offers.set(product_id, { productId: product_id, sku, title, unitPrice: BigInt(price), active: active === true });
    }
    if (quantity !== null) stock.set(stockKey(store_id, product_id), BigInt(quantity));
  }
  return { stores, offers, stock };
}

async function databaseClock(run: Reader["run"]): Promise<Date> {
  const [row] = await run<{ now: Date }>(NOW, []);
  if (row === undefined) throw new TypeError("the database told no time");
  return row.now;
}
