/**
 * What the tests of the outbox and of e-mail share: a shop with a customer, and the mail that arrives.
 *
 * Orders are placed by the real repository, so that the outbox row is the one that customers cause.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Sequelize } from "sequelize";
import type { Order } from "../../gen/bodega/order/v1/order_pb.ts";
import type { Config } from "../../src/platform/config/config.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { placementsOn } from "./order-repositories.ts";
import { eventually } from "./until.ts";

export interface MailShop {
  database: Sequelize;
  storeId: string;
  userId: string;
  order(quantities: Record<string, number>, more?: { holdMs: number }): Promise<Order>;
}

export interface ShopWish {
  /** By title. */
  products: Record<string, { price: bigint; stock: number }>;
  firstName?: string;
  storeName?: string;
}

/** One more shop, with a customer of its own. */
export async function openMailShop(database: Sequelize, wish: ShopWish): Promise<MailShop> {
  const { products, firstName = "Ada" } = wish;
  const storeId = newId();
  const userId = newId();
  const categoryId = newId();
  const run = (sql: string, values: unknown[]) => runSql(database, sql, values);
  await run("INSERT INTO inventory.stores (id, name) VALUES ($1, $2)", [storeId, wish.storeName ?? `Store ${storeId}`]);
  await run("INSERT INTO catalog.categories (id, name) VALUES ($1, $2)", [categoryId, `Category ${categoryId}`]);
  await runSql(
    database,
    "INSERT INTO identity.users (id, email, username, first_name, password_hash) VALUES ($1, $2, $3, $4, '')",
    [userId, `${userId}@customers.example`, userId, firstName],
  );
  const ids = new Map<string, string>();
  for (const [title, { price, stock }] of Object.entries(products)) {
    const id = newId();
    ids.set(title, id);
    await runSql(
      database,
      "INSERT INTO catalog.products (id, sku, title, price, category_id) VALUES ($1, $2, $3, $4, $5)",
      [id, `SKU-${id}`, title, price, categoryId],
    );
    await run("INSERT INTO inventory.stock (store_id, product_id, quantity) VALUES ($1, $2, $3)", [storeId, id, stock]);
  }
  const placements = placementsOn(database);
  return {
    database,
    storeId,
    userId,
    async order(quantities, more) {
      const wanted = Object.entries(quantities);
      const lines = wanted.map(([title, quantity]) => ({ productId: ids.get(title) ?? newId(), quantity }));
      const wish = { storeId, userId, placedBy: userId, lines, promoCode: "", holdMs: more?.holdMs };
      const { order } = await placements.place({ wish, claim: undefined }, {});
      if (order === undefined) throw new Error("the answer has no order");
      return order;
    },
  };
}

export function mailFile(config: Config, order: { id: string }, sequence = 1): string {
  return path.join(config.dataDir, "mail", `order-${order.id}-${sequence}@bodega.example.eml`);
}

export async function mailFiles(config: Config): Promise<string[]> {
  const names = await readdir(path.join(config.dataDir, "mail")).catch(() => []);
  // Others are still being written.
  return names.filter((name) => name.endsWith(".eml"));
}

/** The mail's source, as soon as it is there. */
export async function arrived(config: Config, order: { id: string }, sequence = 1): Promise<string> {
  const read = () => readFile(mailFile(config, order, sequence), "utf8").catch(() => undefined);
  return eventually(`the mail of order ${order.id}`, read);
}

export interface Delivery {
  attempts: number;
  sent_at: Date | null;
  given_up_at: Date | null;
  last_error: string | null;
}

export async function delivery(database: Sequelize, order: { id: string }): Promise<Delivery | undefined> {
  const [row] = await runSql<Delivery>(
    database,
    "SELECT attempts, sent_at, given_up_at, last_error FROM email.deliveries WHERE order_id = $1",
    [order.id],
  );
  return row;
}

/** The MIME parts of a mail by their type, decoded; the mail's own header under "header". */
export function parseMail(source: string): Map<string, string> {
  const [header = ""] = source.split("\r\n\r\n", 1);
  const unfolded = header.replace(/\r\n[ \t]+/g, " ");
  const boundary = /boundary="([^"]+)"/.exec(unfolded)?.[1] ?? "";
  const parts = source.split(`--${boundary}`).slice(1, -1);
  return new Map([["header", unfolded], ...parts.map(parsePart)]);
}

function parsePart(part: string): [string, string] {
  const end = part.indexOf("\r\n\r\n");
  const header = part.slice(0, end);
  const body = part.slice(end + 4);
  const type = /Content-Type: ([^;\r]+)/.exec(header)?.[1] ?? "";
  if (/quoted-printable/.test(header)) return [type, decodeQuotedPrintable(body)];
  return [type, /base64/.test(header) ? Buffer.from(body, "base64").toString("utf8") : body];
}

function decodeQuotedPrintable(body: string): string {
  const byte = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
  const bytes = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, byte);
  return Buffer.from(bytes, "latin1").toString("utf8");
}
