/**
 * Refusals: only such as what customers and staff do to one another brings about. Pure.
 *
 * A retry that is told REQUEST_ID_REUSED, or an order that its customer was told of and that is not found, is a broken
 * promise, whatever comes of the call in the end.
 */
import { type Call, isPassing, type What } from "../history.ts";

/** Others cancel, ship or sell out first, holds end, codes are used up. */
const CAUSED: Record<What, readonly string[]> = {
  place: ["PROMOTION_NOT_APPLICABLE"],
  "check out": ["PROMOTION_NOT_APPLICABLE", "CART_EMPTY"],
  confirm: ["WRONG_ORDER_STATUS", "HOLD_EXPIRED"],
  cancel: ["WRONG_ORDER_STATUS"],
  ship: ["WRONG_ORDER_STATUS"],
  deliver: ["WRONG_ORDER_STATUS"],
  set: [],
  adjust: ["INSUFFICIENT_STOCK"],
  transfer: ["INSUFFICIENT_STOCK"],
  "add to cart": ["CART_QUANTITY_TOO_LARGE"],
  "look at cart": [],
  "read order": [],
  read: [],
  "sign in": [],
};

export function brokenRefusals(calls: Call[]): string[] {
  return calls.flatMap(({ what, id, attempts }) => {
    const refusals = attempts.filter((one) => one.outcome === "refused" && !isPassing(one));
    return refusals
      .filter(({ reason }) => !CAUSED[what].includes(reason))
      .map(({ reason }) => `the ${what} ${id} was refused with ${reason}, for which nobody gave cause`);
  });
}
