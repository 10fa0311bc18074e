/**
 * Step: the request id, and one log line and one observation a call: which RPC, by whom, how it ended, how long it took.
 *
 * The outermost step, so that refusals of every other step are seen. An INTERNAL's cause is logged here and nowhere
 * else.
 */
import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import type { Message } from "@bufbuild/protobuf";
import { Failure } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log.ts";
import { type Answer, type Call, isStream, type Next, pathOf, type Step } from "../call.ts";
import { beginCall, codeOf, type Outcome } from "../call-metrics.ts";

/** A caller's own id is taken over when it is one word of harmless characters. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

export function telemetryStep(log: Logger): Step {
  return async function telemetry(call: Call, next: Next): Promise<Answer> {
    const startMs = performance.now();
    call.requestId = requestIdOf(call.header("x-request-id"));
    call.answerHeaders.set("x-request-id", call.requestId);
    const ended = beginCall(call.method);
    const done = (error?: unknown) => {
      const outcome = { code: codeOf(error), durationMs: performance.now() - startMs };
      ended(outcome);
      record(log, call, { ...outcome, error });
    };
    try {
      const answer = await next();
      if (isStream(answer)) return recorded(answer, done);
      done();
      return answer;
    } catch (error) {
      done(error);
      throw error;
    }
  };
}

/** Random and not by time: nothing is sorted by it, and it costs a quarter. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

async function* recorded(stream: AsyncIterable<Message>, done: (error?: unknown) => void): AsyncIterable<Message> {
  let failure: unknown;
  try {
    yield* stream;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    done(failure);
  }
}

function record(log: Logger, call: Call, { code, durationMs, error }: Outcome & { error: unknown }): void {
  const line = {
    requestId: call.requestId,
    rpc: pathOf(call.method),
    caller: call.caller?.id,
    code,
    reason: error instanceof Failure ? error.reason : undefined,
    durationMs: Math.round(durationMs * 100) / 100,
  };
  if (error instanceof Failure && error.code === Code.Internal) log.error({ ...line, err: error.cause ?? error }, "call");
  else if (error instanceof Failure && error.code === Code.Unavailable) log.warn({ ...line, err: error.cause }, "call");
  else log.info(line, "call");
}
