/**
 * Carts: what was added is in them once, until it was ordered. Pure.
 *
 * Nobody but its customer changes a cart, one call after the other, so that the calls alone say what each look at it
 * must show.
 */
import { type Call, linesOf, type ToldCart } from "../history.ts";
import type { State } from "../state.ts";

export function brokenCarts(calls: Call[], { carts }: Pick<State, "carts">): string[] {
  const ofCarts = calls.filter(({ what }) => what === "add to cart" || what === "look at cart" || what === "check out");
  return [...Map.groupBy(ofCarts, ({ actor }) => actor)].flatMap(([actor, own]) =>
    brokenCart(actor, own, carts.get(actor) ?? {}),
  );
}

function brokenCart(actor: string, calls: Call[], last: ToldCart): string[] {
  let cart: ToldCart = {};
  const broken: string[] = [];
  for (const call of calls) {
    if (call.outcome === "answered") cart = afterwards(cart, call, broken);
    // Not decided: what follows says nothing. That it was not is told elsewhere.
    if (call.outcome === "unknown") return broken;
  }
  if (linesOf(cart) !== linesOf(last))
    broken.push(`the cart of ${actor} holds ${linesOf(last)}, and should hold ${linesOf(cart)}`);
  return broken;
}

function afterwards(before: ToldCart, { id, what, quantities, order, cart: told }: Call, broken: string[]): ToldCart {
  if (what === "check out") {
    if (order?.lines !== linesOf(before))
      broken.push(`the check out ${id} ordered ${order?.lines}, and the cart held ${linesOf(before)}`);
    return order?.status === "REJECTED" ? before : {};
  }
  const after = what === "add to cart" ? sumOf(before, quantities) : before;
  if (linesOf(told ?? {}) !== linesOf(after))
    broken.push(`the ${what} ${id} showed ${linesOf(told ?? {})}, and the cart should hold ${linesOf(after)}`);
  return after;
}

function sumOf(cart: ToldCart, added: ToldCart): ToldCart {
  const sum = { ...cart };
  for (const [product, quantity] of Object.entries(added)) sum[product] = (sum[product] ?? 0) + quantity;
  return sum;
}
