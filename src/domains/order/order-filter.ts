/** Which orders are asked for, and by whom. */
import type { OrderStatus } from "./model.ts";

/** Whose orders a caller may see: an argument of every query, so that it cannot be forgotten. */
export type Owner = { user: string } | { service: string } | "anybody";

export interface OrderFilter {
  userId?: string | undefined;
  storeId?: string | undefined;
  status?: OrderStatus | undefined;
  /** When it was placed, at the earliest: milliseconds since 1970. */
  startMs?: number | undefined;
  /** Before when it was placed. */
  endMs?: number | undefined;
  /** What it is found by: see find/search-terms.ts. */
  query?: string | undefined;
}
