/** The consumers of the outbox, by the names of their cursors. */
import { CONSUMER as SUMS } from "../domains/analytics/rollup-increments-sql.ts";
import { CONSUMER as ORDER_SEARCH } from "../domains/order/find/search-rows.ts";

export const EMAIL = "email";
export const WEBHOOKS = "webhooks";
export const CONSUMERS: readonly string[] = [EMAIL, WEBHOOKS, ORDER_SEARCH, SUMS];
export { ORDER_SEARCH };
