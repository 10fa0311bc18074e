/**
 * Step: the request id, the span, and one log line and one observation a call: which RPC, by whom, how it ended, how
 * long it took.
 *
 * The outermost step, so that refusals of every other step are seen. An INTERNAL's cause is logged here and nowhere
 * else.
 */
import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Failure } from "../../platform/errors/failure.ts";
import type { Logger } from "../../platform/telemetry/log.ts";
import { withCause } from "../../platform/context/cause.ts";
import { messageOf } from "../../platform/telemetry/outage.ts";
import { isTracing, openSpan } from "../../platform/telemetry/tracing.ts";
import { type Span } from "../../platform/telemetry/tracer.ts";
import { type Answer, type Call, isStream, type Next, pathOf, type Step } from "../call.ts";
import { beginCall, codeOf, type Outcome } from "../call-metrics.ts";

/** A caller's own id is taken over when it is one word of harmless characters. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** As OpenTelemetry's conventions for RPCs have it. */
const OUR_FAULTS = new Set(["Unknown", "DeadlineExceeded", "Unimplemented", "Internal", "Unavailable", "DataLoss"]);

/** @param guessed RPCs whose callers may be guessing: where from is logged, whatever became of the call */
export function telemetryStep(log: Logger, guessed: readonly DescMethod[] = []): Step {
  return async function telemetry(call: Call, next: Next): Promise<Answer> {
    const startMs = performance.now();
    call.requestId = requestIdOf(call.header("x-request-id"));
    call.answerHeaders.set("x-request-id", call.requestId);
    const ended = beginCall(call.method);
    const span = spanOf(call);
    const done = (error?: unknown) => {
      const address = guessed.includes(call.method) ? call.peer : undefined;
      const outcome = { code: codeOf(error), durationMs: performance.now() - startMs };
      ended(outcome);
      record(log, call, { ...outcome, error, address, traceId: span?.traceId });
      if (span !== undefined) endSpan(span, outcome.code, error);
    };
    const origin = { requestId: call.requestId, traceparent: span?.traceparent };
    const inCall: InCall = (work) => withCause(origin, () => (span === undefined ? work() : span.run(work)));
    try {
      const answer = await inCall(next);
      if (isStream(answer)) return recorded(answer, { inCall, done });
      done();
      return answer;
    } catch (error) {
      done(error);
      throw error;
    }
  };
}

/** The call's span, in the trace of its caller; undefined where nothing is traced. */
function spanOf(call: Call): Span | undefined {
  if (!isTracing()) return undefined;
  const { parent, name } = call.method;
  return openSpan({
    name: `${parent.typeName}/${name}`,
    kind: "server",
    parent: call.header("traceparent"),
    parentState: call.header("tracestate"),
    attributes: { "rpc.service": parent.typeName, "rpc.method": name, "bodega.request_id": call.requestId },
  });
}

/** Refusals with a reason are answers like others; a span is in error when we failed. */
function endSpan(span: Span, code: string, error: unknown): void {
  span.set("rpc.response.status_code", code);
  span.end(OUR_FAULTS.has(code) ? error : undefined);
}

/** Random and not by time: nothing is sorted by it, and it costs a quarter. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Runs work so that it belongs to the call: its origin, its span. */
type InCall = <T>(work: () => T) => T;

/** Whoever asks for the next message does not stand in the call, but what is done for it does. */
async function* recorded(
  stream: AsyncIterable<Message>,
  { inCall, done }: { inCall: InCall; done: (error?: unknown) => void },
): AsyncIterable<Message> {
  const iterator = stream[Symbol.asyncIterator]();
  let failure: unknown;
  try {
    for (;;) {
      const step = await inCall(() => iterator.next());
      if (step.done === true) return;
      yield step.value;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await inCall(async () => iterator.return?.());
    done(failure);
  }
}

interface Told {
  error: unknown;
  address: string | undefined;
  traceId: string | undefined;
}

function record(log: Logger, call: Call, { code, durationMs, error, address, traceId }: Outcome & Told): void {
  const line = {
    requestId: call.requestId,
    traceId,
    rpc: pathOf(call.method),
    caller: call.caller?.id,
    ...call.about,
    address,
    code,
    reason: error instanceof Failure ? error.reason : undefined,
    durationMs: Math.round(durationMs * 100) / 100,
  };
  if (error instanceof Failure && error.code === Code.Internal)
    log.error({ ...line, err: error.cause ?? error }, "call");
  else if (error instanceof Failure && error.code === Code.Unavailable)
    log.info({ ...line, cause: messageOf(error.cause ?? error) }, "call");
  else log.info(line, "call");
}
