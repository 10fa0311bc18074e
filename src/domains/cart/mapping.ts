/** Carts as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { CartItemSchema, CartSchema } from "../../../gen/bodega/cart/v1/cart_pb.ts";
import { type Currency, toMoney } from "../../platform/wire/money.ts";
import { type Cart, type CartLine, lineTotal, subtotal } from "./cart-rules.ts";

export function toCart(cart: Cart, currency: Currency): MessageInitShape<typeof CartSchema> {
  return {
    items: cart.lines.map((line) => toItem(line, currency)),
    subtotal: toMoney(subtotal(cart), currency),
    updateTime: cart.updatedAt === undefined ? undefined : timestampFromDate(cart.updatedAt),
  };
}

function toItem(line: CartLine, currency: Currency): MessageInitShape<typeof CartItemSchema> {
  return {
    productId: line.productId,
    sku: line.sku,
    title: line.title,
    imageUri: line.imageUri,
    quantity: line.quantity,
    unitPrice: toMoney(line.unitPrice, currency),
    addedUnitPrice: toMoney(line.addedPrice, currency),
    lineTotal: toMoney(lineTotal(line), currency),
    forSale: line.forSale,
    addTime: timestampFromDate(line.addedAt),
  };
}
