/** What a page of another origin does with the API by connect-web: bundled by the test and run in a browser. */
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";

export interface Wish {
  baseUrl: string;
  token: string;
  productId: string;
  unknownId: string;
  orderId: string;
}

/** What one transport brought. */
export interface Tried {
  title: string | undefined;
  email: string | undefined;
  refused: { code: number; reason: string | undefined; requestId: string | null };
  heartbeat: string | undefined;
}

function transports(baseUrl: string): Record<string, Transport> {
  return {
    "Connect JSON": createConnectTransport({ baseUrl }),
    "Connect binary": createConnectTransport({ baseUrl, useBinaryFormat: true }),
    "Connect GET": createConnectTransport({ baseUrl, useHttpGet: true }),
    "gRPC-Web": createGrpcWebTransport({ baseUrl }),
  };
}

async function tryAll(wish: Wish): Promise<Record<string, Tried>> {
  const tried: Record<string, Tried> = {};
  for (const [name, transport] of Object.entries(transports(wish.baseUrl))) tried[name] = await tryOne(transport, wish);
  return tried;
}

async function tryOne(transport: Transport, { token, productId, unknownId, orderId }: Wish): Promise<Tried> {
  const headers = { authorization: `Bearer ${token}` };
  const [catalog, identity, order] = [
    createClient(CatalogService, transport),
    createClient(IdentityService, transport),
    createClient(OrderService, transport),
  ];
  const { product } = await catalog.getProduct({ id: productId });
  const { user } = await identity.getProfile({}, { headers });
  const refusal = ConnectError.from(await catalog.getProduct({ id: unknownId }).catch((error: unknown) => error));
  const [info] = refusal.findDetails(ErrorInfoSchema);
  let heartbeat: string | undefined;
  for await (const { message } of order.watchOrders({ orderId }, { headers })) {
    heartbeat = message.case;
    break;
  }
  return {
    title: product?.title,
    email: user?.email,
    refused: { code: refusal.code, reason: info?.reason, requestId: refusal.metadata.get("x-request-id") },
    heartbeat,
  };
}

Reflect.set(globalThis, "tryAll", tryAll);
