/**
 * What grpc-js refuses by itself, before anybody of ours is asked, told as we tell it: with our codes, ErrorInfo and a
 * request id.
 *
 * It calls a deadline that is none, or a body that does not unpack or is no message, INTERNAL, which would be a fault
 * of ours. Its own call object is changed and no interceptor written, because what it refuses passes by no interceptor;
 * its sentences are the only sign of what it was. Hence a test of each (docs/upgrading.md).
 */
import { Metadata, type ServerInterceptingCallInterface, status as grpcStatus } from "@grpc/grpc-js";
import { Failure } from "../../platform/errors/failure.ts";
import { messageTooLarge } from "../limits.ts";
import { deadlinePassed } from "../steps/deadline.ts";
import { requestIdOf } from "../steps/telemetry.ts";

type PartialStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/**
 * @param maxBytes the largest message that it takes
 * @param toStatus a failure as grpc-js sends it
 */
export function translateLibraryErrors(
  call: ServerInterceptingCallInterface,
  maxBytes: number,
  toStatus: (failure: Failure) => PartialStatus,
): void {
  const send = call.sendStatus.bind(call);
  call.sendStatus = (status) => {
    const failure = failureOf(status, maxBytes);
    if (failure === undefined) return send(shortened(status));
    const headers = new Metadata();
    headers.set("x-request-id", requestIdOf(givenIdOf(call)));
    call.sendMetadata(headers);
    send(toStatus(failure));
  };
}

/** What they tell back stands in a header, of which no client reads more than some kilobytes. */
const MAX_DETAILS = 1_000;

/** Health tells back the name that it was asked for, however long that is. */
function shortened(status: PartialStatus): PartialStatus {
  const { details } = status;
  if (typeof details !== "string" || details.length <= MAX_DETAILS) return status;
  return { ...status, details: `${details.slice(0, MAX_DETAILS)}…` };
}

/** Where grpc-js keeps the headers of a call that nobody of ours gets to see. */
function givenIdOf(call: ServerInterceptingCallInterface): string | undefined {
  const metadata: unknown = Reflect.get(call, "metadata");
  return metadata instanceof Metadata ? metadata.get("x-request-id").map(String)[0] : undefined;
}

const malformed = (message: string) => () => new Failure("MALFORMED_REQUEST", message);

const refusals: [code: grpcStatus, details: RegExp, failure: (maxBytes: number) => Failure][] = [
  [
    grpcStatus.INTERNAL,
    /^Invalid grpc-timeout/,
    malformed("grpc-timeout must be at most eight digits and one of the units H, M, S, m, u, n."),
  ],
  [grpcStatus.INTERNAL, /^Error deserializing request/, malformed("The body is not a message of this RPC.")],
  [
    grpcStatus.INTERNAL,
    /^Failed to decompress/,
    malformed("The message cannot be unpacked in the way that grpc-encoding names."),
  ],
  [
    grpcStatus.UNIMPLEMENTED,
    /^Received no request message/,
    malformed("The body holds no whole message: five bytes of flags and length, then the message."),
  ],
  [
    grpcStatus.UNIMPLEMENTED,
    /^Received a second request message/,
    malformed("The body holds several messages; send one."),
  ],
  [
    grpcStatus.UNIMPLEMENTED,
    /unsupported encoding/,
    () => new Failure("UNKNOWN_COMPRESSION", "Messages are read as they are, or by gzip or deflate."),
  ],
  [grpcStatus.RESOURCE_EXHAUSTED, /^Received message/, messageTooLarge],
  [grpcStatus.DEADLINE_EXCEEDED, /^Deadline exceeded$/, deadlinePassed],
];

/** Undefined for what is not grpc-js's own: a status of ours, and those of health and reflection. */
function failureOf({ code, details }: PartialStatus, maxBytes: number): Failure | undefined {
  return refusals.find(([itsCode, pattern]) => itsCode === code && pattern.test(details ?? ""))?.[2](maxBytes);
}
