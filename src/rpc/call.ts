/**
 * One call of one RPC, whatever protocol carried it: what the steps of the pipeline and the handlers see.
 *
 * Both bindings (grpc-js, Connect) make this same object, which is why their answers are the same. A step is a
 * plain function around the next one; it may refuse, add to the call, or look at the answer.
 */
import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { Caller, SignedIn } from "../platform/auth/caller.ts";
import { Failure } from "../platform/errors/failure.ts";
import type { CallSignal } from "./call-signal.ts";

export interface Call {
  readonly method: DescMethod;
  /** A request header, names in lower case. */
  readonly header: (name: string) => string | undefined;
  /** The address that the call came from, without a port: the socket's, until the address step has looked further. */
  peer: string;
  /** Sent before the answer, names in lower case. */
  readonly answerHeaders: Map<string, string>;
  /** Turns the body into the request. @throws Failure MALFORMED_REQUEST */
  readonly decode: () => Message;
  /** The refusal of a body that is larger than the RPC takes, of which nothing was kept. grpc-js refuses its own, but for a length that its headers declare. */
  readonly oversized?: Failure | undefined;
  /** Aborted when the caller goes away or the deadline passes; of a stream also when the caller's sign-in ends. */
  signal: CallSignal;
  /** Milliseconds since 1970; undefined until the deadline step has set it, unless the caller did. */
  deadline: number | undefined;
  requestId: string;
  caller: Caller;
  /** Set by a handler that finds out whom a call without a caller is about: what the log says of that. */
  about?: { account: string } | { login?: string };
  /** Set by the decode step. */
  request: Message;
  /** Set by a handler whose answer is the same for everybody: whether it still is. */
  reusable?: () => boolean;
}

/** One message, or the messages of a server stream. */
export type Answer = Message | AsyncIterable<Message>;

export type Next = () => Promise<Answer>;
export type Step = (call: Call, next: Next) => Promise<Answer>;

/** An RPC with its whole pipeline: what the bindings serve. */
export interface Rpc {
  readonly method: DescMethod;
  readonly run: (call: Call) => Promise<Answer>;
  /** Rejects by the headers whom the RPC does not admit, before anything of a body is read; left out where anybody is admitted. */
  readonly admit?: Admit | undefined;
}

/** @throws Failure NOT_SIGNED_IN, INVALID_TOKEN, ACCESS_DENIED */
export type Admit = (header: Call["header"]) => Promise<void>;

export function isStream(answer: Answer): answer is AsyncIterable<Message> {
  return Symbol.asyncIterator in answer;
}

/** `/bodega.order.v1.OrderService/PlaceOrder`, as gRPC and Connect both spell it. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Who called, for handlers of RPCs that nobody reaches without signing in. @throws Failure NOT_SIGNED_IN */
export function callerOf(call: Call): SignedIn {
  if (call.caller === undefined)
    throw new Failure("NOT_SIGNED_IN", "Sign in first: send `authorization: Bearer <access token>`.");
  return call.caller;
}
