/** Orders as the load generators send them, each with a request id of its own. */
import { create, toBinary } from "@bufbuild/protobuf";
import { PlaceOrderRequestSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import type { Protocol } from "./load.ts";
import { productId, PRODUCTS_PER_STORE, STORES, storeId } from "./stage.ts";

/** @param hot whether everybody wants one product of one store */
export function bodyOf(protocol: Protocol, hot: boolean): string {
  const first = hot ? 1 : random(PRODUCTS_PER_STORE);
  const second = ((first + random(PRODUCTS_PER_STORE - 1) - 1) % PRODUCTS_PER_STORE) + 1;
  const request = {
    storeId: storeId(hot ? 1 : random(STORES)),
    items: (hot ? [first] : [first, second]).map((number) => ({ productId: productId(number), quantity: 1 })),
    requestId: crypto.randomUUID(),
  };
  if (protocol === "json") return JSON.stringify(request);
  return Buffer.from(toBinary(PlaceOrderRequestSchema, create(PlaceOrderRequestSchema, request))).toString("base64");
}

function random(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}
