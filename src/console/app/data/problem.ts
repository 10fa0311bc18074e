/** What went wrong, as it is shown: the reason and the message that the server gave, and the call's id for the log. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../../../gen/google/rpc/error_details_pb.ts";
import { words } from "../words/parts.ts";

export interface Problem {
  /** As docs/errors.md lists them; a word of ours where nothing answered. */
  reason: string;
  message: string;
  requestId: string;
  /** Whether nothing answered at all. */
  offline: boolean;
  /** Whether the same call may be answered the next time: what was refused would be refused again. */
  passing: boolean;
  /** Of its ErrorInfo. */
  metadata: Readonly<Record<string, string>>;
  violations: readonly { field: string; description: string }[];
}

/** What is over by itself: nobody answers, too late, too many at once. */
const PASSING: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Aborted,
  Code.ResourceExhausted,
]);

export function problemOf(error: unknown): Problem {
  const failure = ConnectError.from(error);
  const [info] = failure.findDetails(ErrorInfoSchema);
  const [bad] = failure.findDetails(BadRequestSchema);
  const offline = info === undefined && isSilence(failure);
  return {
    reason: info?.reason ?? (offline ? "NO_ANSWER" : Code[failure.code].toUpperCase()),
    message: offline ? words.noAnswer : failure.rawMessage,
    requestId: failure.metadata.get("x-request-id") ?? "",
    offline,
    passing: offline || PASSING.has(failure.code) || !(error instanceof ConnectError),
    metadata: info?.metadata ?? {},
    violations: bad?.fieldViolations ?? [],
  };
}

/** A fetch that failed has no answer to tell of: the browser throws, and Connect calls it unknown. */
function isSilence({ code, cause, metadata }: ConnectError): boolean {
  return (
    code === Code.Unavailable || (code === Code.Unknown && cause instanceof TypeError && !metadata.has("x-request-id"))
  );
}
