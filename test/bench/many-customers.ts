/** Many customers, each with a token and a cart, so that uses of a code and checkouts are spread as in a shop. */
import type { Sequelize } from "sequelize";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { AccessTokens } from "../../src/domains/identity/session/access-tokens.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { productId, PRODUCTS_PER_STORE, STORES, storeId } from "./stage.ts";

export interface Customer {
  id: string;
  token: string;
}

export interface Customers {
  all: Customer[];
  /** A code that anybody may use as often as they like. */
  code: string;
  /** Puts two products, or the one that is hot, into each cart anew. */
  fillCarts(hot: boolean): Promise<void>;
  close(): Promise<void>;
}

const CODE = "BENCH";

export async function manyCustomers(databaseUrl: string, count: number): Promise<Customers> {
  const database = openDatabase({ url: databaseUrl, pool: 1, name: "bench", statementTimeoutMs: 0 });
  const tokens = new AccessTokens(await SigningKeys.open(database));
  const all = Array.from({ length: count }, (): Customer => {
    const id = newId();
    const subject = {
      id,
      role: "CUSTOMER",
      username: id,
      email: `${id}@bodega.example`,
      tokenGeneration: 1,
      mfaEnabled: false,
    } as const;
    return { id, token: tokens.sign(subject, newId()).accessToken };
  });
  const ids = all.map(({ id }) => id);
  await runSql(
    database,
    `INSERT INTO identity.users (id, email, username, password_hash)
     SELECT id, id || '@bodega.example', id::text, '' FROM unnest($1::uuid[]) AS u(id)`,
    [ids],
  );
  await runSql(database, "INSERT INTO orders.promotions (id, code, fixed_amount) VALUES ($1, $2, 10)", [newId(), CODE]);
  await runSql(database, "INSERT INTO carts.carts (user_id) SELECT * FROM unnest($1::uuid[])", [ids]);
  return { all, code: CODE, fillCarts: (hot) => fillCarts(database, ids, hot), close: () => database.close() };
}

async function fillCarts(database: Sequelize, ids: string[], hot: boolean): Promise<void> {
  await runSql(database, "TRUNCATE carts.items");
  const lines = ids.flatMap((id, index) =>
    (hot ? [1] : productsOf(index)).map((number) => ({ id, product: productId(number) })),
  );
  await runSql(
    database,
    "INSERT INTO carts.items (user_id, product_id, quantity, added_price) SELECT user_id, product_id, 1, 1000 FROM unnest($1::uuid[], $2::uuid[]) AS l(user_id, product_id)",
    [lines.map(({ id }) => id), lines.map(({ product }) => product)],
  );
  await runSql(database, "ANALYZE carts.items");
}

/** Two that differ. */
function productsOf(index: number): [number, number] {
  return [
    (index % PRODUCTS_PER_STORE) + 1,
    ((index + 1 + (index % (PRODUCTS_PER_STORE - 1))) % PRODUCTS_PER_STORE) + 1,
  ];
}

export function storeOf(index: number, hot: boolean): string {
  return storeId(hot ? 1 : (index % STORES) + 1);
}
