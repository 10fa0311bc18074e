/** The calls of a shop's ordinary minute: one order among nine reads. */
import { create, type DescMethod, toBinary } from "@bufbuild/protobuf";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { pathOf } from "../../src/rpc/call.ts";
import type { CallKind, Protocol } from "./load.ts";
import { ordersFor } from "./load-api.ts";
import { productId, PRODUCTS_PER_STORE } from "./stage.ts";

const SEARCHES = 50;

export function mixedCalls(seconds: number, { protocol, token }: { protocol: Protocol; token: string }): CallKind[] {
  const products = Array.from({ length: PRODUCTS_PER_STORE }, (_, index) => ({ id: productId(index + 1) }));
  const searches = Array.from({ length: SEARCHES }, (_, index) => ({ query: `product ${index + 1}` }));
  return [
    ordersFor(seconds, { protocol, hot: false, token }),
    { ...readOf(protocol, CatalogService.method.getProduct, products), times: 6 },
    { ...readOf(protocol, CatalogService.method.searchProducts, searches), times: 2 },
    { ...callsOf(protocol, OrderService.method.listOrders, [{}]), token },
  ];
}

/** A read by Connect's GET, or by gRPC. */
export function readOf(protocol: Protocol, method: DescMethod, requests: object[]): CallKind {
  if (protocol === "grpc") return callsOf(protocol, method, requests);
  const queries = requests.map(
    (request) =>
      `?${new URLSearchParams({ connect: "v1", encoding: "json", message: JSON.stringify(request) }).toString()}`,
  );
  return { path: pathOf(method), method: "GET", bodies: queries };
}

/** By POST, or by gRPC. */
export function callsOf(protocol: Protocol, method: DescMethod, requests: object[]): CallKind {
  const bytes = (request: object) =>
    Buffer.from(toBinary(method.input, create(method.input, { ...request }))).toString("base64");
  return {
    path: pathOf(method),
    bodies: requests.map((request) => (protocol === "json" ? JSON.stringify(request) : bytes(request))),
  };
}
