/**
 * What a page does with the API by grpc-web, Google's own runtime: bundled by the test and run in a browser.
 *
 * Its generator is a binary that neither Debian nor npm has. What that would make of a method is a descriptor with a
 * function for either direction, and these are protobuf-es's; all that goes over the wire is the runtime's.
 */
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import {
  type ClientReadableStream,
  GrpcWebClientBase,
  type Metadata,
  MethodDescriptor,
  MethodType,
  type RpcError,
} from "grpc-web";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { type Order, OrderStatusSchema } from "../../gen/bodega/order/v1/order_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";

export interface Wish {
  baseUrl: string;
  login: string;
  password: string;
  words: string;
  storeId: string;
  unknownId: string;
}

/** What one format brought. */
export interface Tried {
  found: string | undefined;
  status: string | undefined;
  orderId: string | undefined;
  refused: { code: number; reason: string | undefined };
  /** Of the text format only: the runtime has no streams that go on in the other. */
  watched?: [orderId: string | undefined, sequence: number];
  deadline: number | undefined;
}

type Method<Input extends DescMessage, Output extends DescMessage> = DescMethod & { input: Input; output: Output };

/** As protoc-gen-grpc-web writes it. */
function described<Input extends DescMessage, Output extends DescMessage>(method: Method<Input, Output>) {
  const kind = method.methodKind === "unary" ? MethodType.UNARY : MethodType.SERVER_STREAMING;
  const write = (message: MessageShape<Input>) => toBinary(method.input, message);
  const read = (bytes: Uint8Array) => fromBinary(method.output, bytes);
  // The runtime makes neither of them by itself.
  return new MethodDescriptor<MessageShape<Input>, MessageShape<Output>>(
    `/${method.parent.typeName}/${method.name}`,
    kind,
    Object as never,
    Object as never,
    write,
    read,
  );
}

type Format = "binary" | "text";
type Calls = ReturnType<typeof clientOf>;

function clientOf(baseUrl: string, format: Format) {
  const base = new GrpcWebClientBase({ format });
  const url = (method: DescMethod) => `${baseUrl}/${method.parent.typeName}/${method.name}`;
  return {
    unary: <Input extends DescMessage, Output extends DescMessage>(
      method: Method<Input, Output>,
      input: MessageInitShape<Input>,
      metadata: Metadata = {},
    ) => base.unaryCall(url(method), create(method.input, input), metadata, described(method)),
    stream: <Input extends DescMessage, Output extends DescMessage>(
      method: Method<Input, Output>,
      input: MessageInitShape<Input>,
      metadata: Metadata = {},
    ) => base.serverStreaming(url(method), create(method.input, input), metadata, described(method)),
  };
}

async function tryAll(wish: Wish): Promise<Record<Format, Tried>> {
  return { binary: await tryOne("binary", wish), text: await tryOne("text", wish) };
}

async function tryOne(format: Format, { baseUrl, login, password, words, storeId, unknownId }: Wish): Promise<Tried> {
  const calls = clientOf(baseUrl, format);
  const { tokens } = await calls.unary(IdentityService.method.login, { login, password });
  const metadata = { authorization: `Bearer ${tokens?.accessToken}` };
  const { results } = await calls.unary(CatalogService.method.searchProducts, { query: words });
  const product = results[0]?.product;
  const place = async (productId = "") =>
    (await calls.unary(OrderService.method.placeOrder, { storeId, items: [{ productId, quantity: 1 }] }, metadata))
      .order;

  const ordered =
    format === "text"
      ? await orderWhileWatching(calls, metadata, () => place(product?.id))
      : { order: await place(product?.id) };
  return {
    found: product?.title,
    orderId: ordered.order?.id,
    status: ordered.order && OrderStatusSchema.value[ordered.order.status]?.name,
    refused: reasonOf(await errorOf(place(unknownId))),
    ...("watched" in ordered ? { watched: ordered.watched } : {}),
    deadline: await codeOf(
      calls.stream(OrderService.method.watchOrders, {}, { ...metadata, deadline: String(Date.now() + 1_000) }),
    ),
  };
}

/** Orders once the stream has begun, and waits for what it tells of that order. */
async function orderWhileWatching({ stream }: Calls, metadata: Metadata, place: () => Promise<Order | undefined>) {
  const begun = Promise.withResolvers<void>();
  const told = Promise.withResolvers<Required<Tried>["watched"]>();
  const watching = stream(OrderService.method.watchOrders, {}, metadata);
  watching.on("error", begun.reject);
  watching.on("error", told.reject);
  watching.on("data", ({ message }) => {
    if (message.case === "heartbeat") begun.resolve();
    if (message.case === "event") told.resolve([message.value.order?.id, message.value.sequence]);
  });
  await begun.promise;
  const order = await place();
  const watched = await told.promise;
  watching.cancel();
  return { order, watched };
}

/** How a stream ends of which nothing else is asked. */
function codeOf<Output>(stream: ClientReadableStream<Output>): Promise<number> {
  return new Promise((resolve) => void stream.on("error", ({ code }) => resolve(code)));
}

function errorOf(call: Promise<unknown>): Promise<RpcError> {
  return call.then(
    () => Promise.reject(new Error("it was answered")),
    ({ code, message, metadata }: RpcError) => ({ name: "RpcError", code, message, metadata }),
  );
}

function reasonOf({ code, metadata }: RpcError): Tried["refused"] {
  const { details } = fromBinary(StatusSchema, base64Decode(metadata["grpc-status-details-bin"] ?? ""));
  const info = details.find(({ typeUrl }) => typeUrl.endsWith(ErrorInfoSchema.typeName));
  return { code, reason: info && fromBinary(ErrorInfoSchema, info.value).reason };
}

Reflect.set(globalThis, "tryAll", tryAll);
