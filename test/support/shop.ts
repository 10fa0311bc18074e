/** A shop for tests: one store, the products that a test names, and as much of each as it says. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import type { TestApi } from "./api.ts";

export interface Shop<Name extends string> {
  storeId: string;
  /** Product ids by the test's names. */
  products: Record<Name, string>;
  quantity(name: Name): Promise<number>;
  /** An order's items by name. */
  items(quantities: Partial<Record<Name, number>>): { productId: string; quantity: number }[];
}

/** @param price minor units of every product */
export function shopWith<Name extends string>(
  { database }: TestApi,
  stock: Record<Name, number>,
  price = 250,
): Promise<Shop<Name>> {
  return shopIn(database, stock, price);
}

/** The same where there is no API in the test's process. */
export async function shopIn<Name extends string>(
  database: Sequelize,
  stock: Record<Name, number>,
  price = 250,
): Promise<Shop<Name>> {
  const storeId = newId();
  const categoryId = newId();
  await runSql(database, "INSERT INTO inventory.stores (id, name) VALUES ($1, $2)", [storeId, `Store ${storeId}`]);
  await runSql(database, "INSERT INTO catalog.categories (id, name) VALUES ($1, $2)", [
    categoryId,
    `Category ${categoryId}`,
  ]);
  const names = Object.keys(stock) as Name[];
  const products = Object.fromEntries(names.map((name) => [name, newId()])) as Record<Name, string>;
  for (const name of names) {
    const id = products[name];
    await runSql(
      database,
      "INSERT INTO catalog.products (id, sku, title, price, category_id) VALUES ($1, $2, $3, $4, $5)",
      [id, `SKU-${id}`, name, price, categoryId],
    );
    await receive(database, { storeId, productId: id, quantity: stock[name] });
  }
  return {
    storeId,
    products,
    async quantity(name) {
      const [row] = await runSql<{ quantity: string }>(
        database,
        "SELECT quantity FROM inventory.stock WHERE store_id = $1 AND product_id = $2",
        [storeId, products[name]],
      );
      return Number(row?.quantity ?? 0);
    },
    items: (quantities) => names.flatMap((name) => line(products[name], quantities[name])),
  };
}

function line(productId: string, quantity: number | undefined) {
  return quantity === undefined ? [] : [{ productId, quantity }];
}

async function receive(
  database: Sequelize,
  { storeId, productId, quantity }: { storeId: string; productId: string; quantity: number },
) {
  await runSql(database, "INSERT INTO inventory.stock (store_id, product_id, quantity) VALUES ($1, $2, $3)", [
    storeId,
    productId,
    quantity,
  ]);
  if (quantity === 0) return;
  await runSql(
    database,
    "INSERT INTO inventory.movements (store_id, id, product_id, kind, delta) VALUES ($1, $2, $3, 'RECEIPT', $4)",
    [storeId, newId(), productId, quantity],
  );
}
