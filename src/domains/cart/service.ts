/** The RPC surface of the cart: the caller's own, since none of its RPCs can name another's. */
import { CartService } from "../../../gen/bodega/cart/v1/cart_service_pb.ts";
import { toExpectedTotal } from "../order/mapping.ts";
import type { PlaceOrders } from "../order/place/place-orders.ts";
import type { Currency } from "../../platform/wire/money.ts";
import { type Call, callerOf } from "../../rpc/call.ts";
import { type Service, service } from "../../rpc/service.ts";
import { claimOf } from "../../rpc/claim.ts";
import type { Carts, LineKey } from "./carts.ts";
import { toCart } from "./mapping.ts";

export interface CartServiceDeps {
  carts: Carts;
  placements: PlaceOrders;
  currency: Currency;
}

export function cartService({ carts, placements, currency }: CartServiceDeps): Service {
  return service(CartService, {
    async getCart(_request, call) {
      return { cart: toCart(await carts.get(callerOf(call).id), currency) };
    },

    async addCartItem({ productId, quantity }, call) {
      return { cart: toCart(await carts.add(lineOf(call, productId), quantity, call), currency) };
    },

    async updateCartItem({ productId, quantity }, call) {
      return { cart: toCart(await carts.setQuantity(lineOf(call, productId), quantity, call), currency) };
    },

    async removeCartItem({ productId }, call) {
      return { cart: toCart(await carts.remove(lineOf(call, productId), call), currency) };
    },

    async clearCart(_request, call) {
      return { cart: toCart(await carts.clear(callerOf(call).id, call), currency) };
    },

    async checkoutCart({ storeId, promoCode, expectedTotal: given }, call) {
      const { id, role } = callerOf(call);
      const expectedTotal = toExpectedTotal(given, currency);
      const wish = { storeId, userId: id, placedBy: id, lines: [], promoCode, holdMs: undefined, expectedTotal };
      const placing = { wish, claim: claimOf(call), fromCart: true, byCustomer: role === "CUSTOMER" };
      const { order } = await placements.place(placing, call);
      return { order };
    },
  });
}

function lineOf(call: Call, productId: string): LineKey {
  return { userId: callerOf(call).id, productId };
}
