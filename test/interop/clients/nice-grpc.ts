/**
 * Shops by nice-grpc with what ts-proto makes of the proto files, and prints what it was told as JSON.
 *
 * nice-grpc.ts <address> <login> <password> <words to search> <store's id>
 */
import { randomUUID } from "node:crypto";
import { ClientError, createChannel, createClientFactory, Metadata, Status } from "nice-grpc";
import { deadlineMiddleware } from "nice-grpc-client-middleware-deadline";
import { CatalogServiceDefinition } from "./stubs/bodega/catalog/v1/catalog_service.ts";
import { IdentityServiceDefinition } from "./stubs/bodega/identity/v1/identity_service.ts";
import { orderStatusToJSON } from "./stubs/bodega/order/v1/order.ts";
import { OrderServiceDefinition } from "./stubs/bodega/order/v1/order_service.ts";
import { ErrorInfo } from "./stubs/google/rpc/error_details.ts";
import { Status as RpcStatus } from "./stubs/google/rpc/status.ts";

const [, , address = "", login = "", password = "", query = "", storeId = ""] = process.argv;

const channel = createChannel(address);
const clients = createClientFactory().use(deadlineMiddleware);
const catalog = clients.create(CatalogServiceDefinition, channel);
const identity = clients.create(IdentityServiceDefinition, channel);
const orders = clients.create(OrderServiceDefinition, channel);

const { tokens } = await identity.login({ login, password });
const metadata = Metadata({ authorization: `Bearer ${tokens?.accessToken}` });
const { results } = await catalog.searchProducts({ query }, { deadline: 30_000 });
const product = results[0]?.product;

async function place(productId = product?.id, onTrailer?: (trailer: Metadata) => void) {
  const { order } = await orders.placeOrder(
    { storeId, items: [{ productId, quantity: 1 }], requestId: randomUUID() },
    { metadata, onTrailer },
  );
  return order;
}

/** Orders once the stream has begun, and leaves when it was told of that order. */
async function orderWhileWatching() {
  const leaving = new AbortController();
  const watched: [string | undefined, number][] = [];
  let placed: Awaited<ReturnType<typeof place>>;
  let left = "no end";
  try {
    for await (const { event, heartbeat } of orders.watchOrders({}, { metadata, signal: leaving.signal })) {
      if (heartbeat && placed === undefined) placed = await place();
      if (event) watched.push([event.order?.id, event.sequence]);
      if (event) leaving.abort();
    }
  } catch (error) {
    left = error instanceof Error ? error.name : "";
  }
  return { placed, watched, left };
}

async function refusal() {
  let bytes: Uint8Array | undefined;
  try {
    await place(randomUUID(), (trailer) => (bytes = trailer.get("grpc-status-details-bin")));
  } catch (error) {
    if (!(error instanceof ClientError) || bytes === undefined) throw error;
    const info = RpcStatus.decode(bytes).details.find(({ typeUrl }) => typeUrl.endsWith("google.rpc.ErrorInfo"));
    return { code: Status[error.code], reason: info && ErrorInfo.decode(info.value).reason };
  }
  return "answered";
}

async function watchUntilDeadline(deadline: number) {
  try {
    for await (const _ of orders.watchOrders({}, { metadata, deadline }));
  } catch (error) {
    return error instanceof ClientError ? Status[error.code] : String(error);
  }
  return "ended";
}

const { placed, watched, left } = await orderWhileWatching();
const told = {
  found: product?.title,
  orderId: placed?.id,
  status: placed && orderStatusToJSON(placed.status),
  total: placed?.total?.units.toString(),
  watched,
  left,
  refused: await refusal(),
  deadline: await watchUntilDeadline(1_000),
};
channel.close();
console.log(JSON.stringify(told));
