/**
 * Step: gives each call a deadline and answers when it passes, whatever the work behind still does.
 *
 * A client's deadline is honoured and shortened to our longest; a client without one gets the default. Work learns
 * of it by `call.signal` and `call.deadline`: transactions roll back, statements end. A stream lives until its
 * client leaves; only a deadline that the client itself set ends it.
 */
import type { Message } from "@bufbuild/protobuf";
import { Failure } from "../../platform/errors/failure.ts";
import { withCallerDeadline } from "../../platform/context/caller-deadline.ts";
import { type Answer, type Call, isStream, type Next } from "../call.ts";
import type { CallSignal } from "../call-signal.ts";

/** Longer than any call of ours needs, short enough that a forgotten one does not hold a connection. */
export const DEFAULT_TIMEOUT_MS = 30_000;
export const MAX_TIMEOUT_MS = 120_000;
/** Of a stream that its client set one for: longer than any stream lasts, and short enough for a timer. */
const MAX_STREAM_TIMEOUT_MS = 24 * 3_600_000;
/** A timer may fire this much before the clock that it is compared with says so. */
const CLOCK_STEP_MS = 1;

export async function deadlineStep(call: Call, next: Next): Promise<Answer> {
  const { method, signal } = call;
  if (call.deadline === undefined && method.methodKind === "server_streaming") return next();
  const now = Date.now();
  const longestMs = method.methodKind === "unary" ? MAX_TIMEOUT_MS : MAX_STREAM_TIMEOUT_MS;
  const deadline = Math.min(call.deadline ?? now + DEFAULT_TIMEOUT_MS, now + longestMs);
  call.deadline = deadline;
  if (deadline <= now) throw deadlinePassed();

  const timer = setTimeout(() => signal.abort(), deadline - now);
  // grpc-js counts the deadline too, and cancels a call whose time is over as if its caller had left.
  const refusal = () =>
    Date.now() < deadline - CLOCK_STEP_MS ? new Failure("CANCELED", "The caller went away.") : deadlinePassed();
  const race = raceAgainst(signal, refusal);
  let streams = false;
  try {
    const answer = await race(() => withCallerDeadline(deadline, next));
    streams = isStream(answer);
    return isStream(answer) ? inTime(answer, race, timer) : answer;
  } finally {
    // A stream clears it at its end; one that is refused is none.
    if (!streams) clearTimeout(timer);
  }
}

/** Does the work, or rejects as soon as the call is over; the work is then left to itself. */
type Race = <T>(work: () => Promise<T>) => Promise<T>;

/** One listener for all the messages of a stream: a promise that they all raced against would remember each. */
function raceAgainst(signal: CallSignal, refusal: () => Failure): Race {
  let lose: ((error: Failure) => void) | undefined;
  signal.onAbort(() => lose?.(refusal()));
  return (work) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(refusal());
      lose = reject;
      work().then(resolve, reject);
    });
}

async function* inTime(stream: AsyncIterable<Message>, race: Race, timer: NodeJS.Timeout): AsyncIterable<Message> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await race(() => iterator.next());
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    clearTimeout(timer);
    // Not awaited: a generator that waits for something ends only after that, and its caller need not wait along.
    iterator.return?.().catch(() => undefined);
  }
}

export function deadlinePassed(): Failure {
  return new Failure(
    "DEADLINE_EXCEEDED",
    "The deadline passed. A change may have happened: repeat it with the same request_id.",
  );
}
