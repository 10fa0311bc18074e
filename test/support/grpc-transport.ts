/**
 * A Connect transport over grpc-js, so that tests call the gRPC port by the same typed clients as every other
 * protocol, with the client library that internal callers use.
 */
import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  type ClientReadableStream,
  credentials,
  type Deadline,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import {
  create,
  type DescMessage,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";

export interface ChannelWish extends ClientOptions {
  channel?: ChannelCredentials;
}

export interface GrpcTransport extends Transport {
  close(): void;
}

/** @param address host:port. @param options of the channel; plain text unless there are credentials */
export function grpcTransport(
  address: string,
  { channel = credentials.createInsecure(), ...options }: ChannelWish = {},
): GrpcTransport {
  const client = new Client(address, channel, options);
  return { close: () => client.close(), unary: unaryBy(client), stream: streamBy(client) };
}

function unaryBy(client: Client): Transport["unary"] {
  return (method, signal, timeoutMs, header, input) =>
    new Promise((resolve, reject) => {
      const responseHeader = new Headers();
      const call = client.makeUnaryRequest(
        pathOf(method),
        serialize(method.input),
        deserialize(method.output),
        input,
        metadataOf(header),
        { deadline: deadlineOf(timeoutMs) },
        (error, message) => {
          if (error !== null) return reject(toConnectError(error, responseHeader));
          if (message === undefined) return reject(new ConnectError("no message", Code.Internal));
          const { parent: service } = method;
          resolve({ stream: false, service, method, header: responseHeader, trailer: new Headers(), message });
        },
      );
      call.on("metadata", (metadata: Metadata) => copy(metadata, responseHeader));
      signal?.addEventListener("abort", () => call.cancel());
    });
}

function streamBy(client: Client): Transport["stream"] {
  return async (method, signal, timeoutMs, header, input) => {
    const first = await firstOf(input);
    const call = client.makeServerStreamRequest(
      pathOf(method),
      serialize(method.input),
      deserialize(method.output),
      first,
      metadataOf(header),
      { deadline: deadlineOf(timeoutMs) },
    );
    signal?.addEventListener("abort", () => call.cancel());
    const { parent: service } = method;
    return { stream: true, service, method, header: new Headers(), trailer: new Headers(), message: messagesOf(call) };
  };
}

type AnyMethod = DescMethodUnary | DescMethodStreaming;

function pathOf(method: AnyMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function serialize<Desc extends DescMessage>(desc: Desc) {
  return (init: MessageInitShape<Desc>) => Buffer.from(toBinary(desc, create(desc, init)));
}

function deserialize<Desc extends DescMessage>(desc: Desc) {
  return (bytes: Buffer): MessageShape<Desc> => fromBinary(desc, bytes);
}

function metadataOf(header: ConstructorParameters<typeof Headers>[0] | undefined): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of new Headers(header)) metadata.set(name, value);
  return metadata;
}

function copy(metadata: Metadata, header: Headers): void {
  for (const [name, value] of Object.entries(metadata.getMap())) header.set(name, String(value));
}

function deadlineOf(timeoutMs: number | undefined): Deadline {
  return timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
}

async function firstOf<T>(messages: AsyncIterable<T>): Promise<T> {
  for await (const message of messages) return message;
  throw new ConnectError("no message to send", Code.Internal);
}

async function* messagesOf<T>(call: ClientReadableStream<T>): AsyncIterable<T> {
  try {
    for await (const message of call) yield message;
  } catch (error) {
    if (error instanceof Error && "metadata" in error) throw toConnectError(error as ServiceError);
    throw error;
  }
}

/** gRPC's codes and Connect's are the same numbers; the details travel as google.rpc.Status in a trailer. */
export function toConnectError({ code, details, metadata }: ServiceError, header?: Headers): ConnectError {
  const error = new ConnectError(details, code as number, header);
  const [status] = metadata.get("grpc-status-details-bin");
  if (Buffer.isBuffer(status)) {
    error.details = fromBinary(StatusSchema, status).details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
  }
  return error;
}
