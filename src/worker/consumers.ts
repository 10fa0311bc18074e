/** The consumers of the outbox, by the names of their cursors. */
import { CONSUMER as SUMS } from "../domains/analytics/rollup-increments-sql.ts";

export const EMAIL = "email";
export const WEBHOOKS = "webhooks";
export const CONSUMERS: readonly string[] = [EMAIL, WEBHOOKS, SUMS];
