/**
 * Step: turns everything that is thrown into a `Failure`, also what a stream throws after its first message.
 *
 * A bug's text stays here: it may hold SQL or a host's name.
 */
import type { Message } from "@bufbuild/protobuf";
import { databaseFailure } from "../../platform/errors/database-errors.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { deletedMeanwhile } from "../deleted-meanwhile.ts";
import { type Answer, type Call, isStream, type Next } from "../call.ts";

export async function errorsStep(call: Call, next: Next): Promise<Answer> {
  try {
    const answer = await next();
    return isStream(answer) ? guarded(answer, call) : answer;
  } catch (error) {
    const failure = deletedMeanwhile(error, call) ?? toFailure(error, call);
    // RetryInfo's delay once more, where HTTP's own clients look for it.
    if (failure.retryAfterMs !== undefined)
      call.answerHeaders.set("retry-after", String(Math.ceil(failure.retryAfterMs / 1_000)));
    throw failure;
  }
}

async function* guarded(stream: AsyncIterable<Message>, call: Call): AsyncIterable<Message> {
  try {
    yield* stream;
  } catch (error) {
    throw toFailure(error, call);
  }
}

export function toFailure(error: unknown, call: Pick<Call, "requestId">): Failure {
  if (error instanceof Failure) return error;
  const known = databaseFailure(error);
  if (known !== undefined) return known;
  return new Failure("INTERNAL", `Something went wrong on our side. Report it with request id ${call.requestId}.`, {
    cause: error,
  });
}
