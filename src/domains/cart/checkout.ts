/**
 * Carts as orders read them: the lines of a checkout, which is placed in a batch with other orders.
 *
 * The cart's row is locked before the stock, so that a cart that is sent eight times is ordered once.
 */
import type { CartLineRow, CartSource } from "../order/place/cart-source.ts";
import type { Line } from "../order/place/decide.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { notForSale } from "./carts.ts";

export const cartSource: CartSource = {
  lock: {
    name: "cart-lock",
    text: "SELECT FROM carts.carts WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR UPDATE",
  },
  pairs: `
    SELECT c.store_id, i.product_id FROM unnest($3::uuid[], $4::uuid[]) AS c(store_id, user_id)
    JOIN carts.items i ON i.user_id = c.user_id`,
  read: {
    name: "cart-read",
    text: `
      SELECT i.user_id, i.product_id, i.quantity, p.active AND k.active AND p.deleted_at IS NULL AS for_sale
      FROM carts.items i
      JOIN catalog.products p ON p.id = i.product_id
      JOIN catalog.categories k ON k.id = p.category_id
      WHERE i.user_id = ANY($1::uuid[]) ORDER BY i.added_at, i.product_id`,
  },
  empty: {
    name: "cart-empty",
    text: `
      WITH emptied AS (DELETE FROM carts.items WHERE user_id = ANY($1::uuid[]))
      UPDATE carts.carts SET updated_at = clock_timestamp() WHERE user_id = ANY($1::uuid[])`,
  },
  linesOf,
};

function linesOf(rows: readonly CartLineRow[]): Line[] {
  if (rows.length === 0) throw new Failure("CART_EMPTY", "There is nothing in the cart. Add something, then order it.");
  const gone = rows.find(({ for_sale }) => !for_sale);
  if (gone !== undefined) throw notForSale(gone.product_id);
  return rows.map(({ product_id: productId, quantity }) => ({ productId, quantity }));
}
