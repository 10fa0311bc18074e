/** Where the lines of a checkout come from. The cart's room implements it, so that orders know nothing of carts. */
import type { Statement } from "../../../platform/database/prepared-statements.ts";
import type { Line } from "./decide.ts";

/** A row of `read`: one line of a user's cart. */
export interface CartLineRow {
  user_id: string;
  product_id: string;
  quantity: number;
  for_sale: boolean;
}

export interface CartSource {
  /** $1 user ids: locks their carts, by user. Nobody who holds stock ever waits for a cart. */
  lock: Statement;
  /** SQL that gives pairs of store and product; $3 store ids, $4 user ids, pairwise. */
  pairs: string;
  /** $1 user ids: the lines of their carts, in the order in which they were added. */
  read: Statement;
  /** $1 user ids: empties their carts. */
  empty: Statement;
  /** What is to be ordered of a cart. @throws Failure CART_EMPTY, PRODUCT_INACTIVE */
  linesOf(rows: readonly CartLineRow[]): Line[];
}
