/** What kinds of events, and of the e-mails that tell of them, are called outside. */

/** ORDER_CONFIRMED is `order.confirmed`. */
export function eventName(type: string): string {
  return type.toLowerCase().replaceAll("_", ".");
}
