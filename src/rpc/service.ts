/** A service of ours: a descriptor and the handlers of its RPCs, typed by the descriptor. */
import {
  create,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { Failure } from "../platform/errors/failure.ts";
import type { Answer, Call } from "./call.ts";

/** What a handler gets and gives back. RPCs that are left out answer UNIMPLEMENTED. */
export type Handlers<S extends DescService> = {
  [Name in keyof S["method"]]?: S["method"][Name] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, call: Call) => Promise<MessageInitShape<O>>
    : S["method"][Name] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, call: Call) => AsyncIterable<MessageInitShape<O>>
      : never;
};

export interface Service {
  readonly descriptor: DescService;
  /** @throws Failure NOT_IMPLEMENTED for an RPC that the service has no handler for */
  handle(call: Call): Promise<Answer>;
}

export function service<S extends DescService>(descriptor: S, handlers: Handlers<S>): Service {
  // The mapped type above has checked each handler against its RPC; here they are called by name.
  const byName = new Map(Object.entries(handlers as Record<string, Handler | undefined>));
  return {
    descriptor,
    async handle(call) {
      const handler = byName.get(call.method.localName);
      if (handler === undefined) {
        throw new Failure("NOT_IMPLEMENTED", `${call.method.name} is not answered by this version.`);
      }
      const answer = await handler(call.request, call);
      return toMessages(call.method, answer);
    },
  };
}

type Init = MessageInitShape<DescMethod["output"]>;
type Handler = (request: Message, call: Call) => Promise<Init> | AsyncIterable<Init>;

function toMessages(method: DescMethod, answer: Init | AsyncIterable<Init>): Answer {
  if (!isIterable(answer)) return create(method.output, answer);
  return (async function* () {
    for await (const init of answer) yield create(method.output, init);
  })();
}

function isIterable(answer: Init | AsyncIterable<Init>): answer is AsyncIterable<Init> {
  return Symbol.asyncIterator in answer;
}

/**
 * Validation has refused a request without the field, which TypeScript cannot know.
 * @throws TypeError if the rule is missing from the proto, a bug of ours
 */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new TypeError(`${field} is absent: its rule in the proto is missing`);
  return value;
}

/** Proto3 cannot tell an absent string from an empty one; a filter can. */
export function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}
