/**
 * Step: gives each call a deadline and answers when it passes, whatever the work behind still does.
 *
 * A client's deadline is honoured and shortened to our longest; a client without one gets the default. Work learns
 * of it by `call.signal` and `call.deadline`: transactions roll back, statements end. A stream lives until its
 * client leaves; only a deadline that the client itself set ends it.
 */
import type { Message } from "@bufbuild/protobuf";
import { Failure } from "../../platform/errors.ts";
import { type Answer, type Call, isStream, type Next } from "../call.ts";

/** Longer than any call of ours needs, short enough that a forgotten one does not hold a connection. */
export const DEFAULT_TIMEOUT_MS = 30_000;
export const MAX_TIMEOUT_MS = 120_000;

export async function deadlineStep(call: Call, next: Next): Promise<Answer> {
  if (call.deadline === undefined && call.method.methodKind === "server_streaming") return next();
  const now = Date.now();
  call.deadline = Math.min(call.deadline ?? now + DEFAULT_TIMEOUT_MS, now + MAX_TIMEOUT_MS);
  if (call.deadline <= now) throw passed();

  const timer = startTimer(call.deadline - now);
  const client = call.signal;
  call.signal = AbortSignal.any([client, timer.signal]);
  try {
    const answer = await Promise.race([next(), timer.over, gone(client, call.deadline)]);
    if (!isStream(answer)) return answer;
    return until(answer, timer);
  } finally {
    if (call.method.methodKind === "unary") timer.stop();
  }
}

interface Timer {
  signal: AbortSignal;
  /** Rejects when the time is over. */
  over: Promise<never>;
  stop(): void;
}

function startTimer(ms: number): Timer {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const timeout = setTimeout(() => {
    controller.abort();
    reject(passed());
  }, ms);
  return { signal: controller.signal, over: promise, stop: () => clearTimeout(timeout) };
}

/** grpc-js counts the deadline too, and cancels a call whose time is over as if its caller had left. */
function gone(client: AbortSignal, deadline: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const refuse = () => reject(Date.now() < deadline ? new Failure("CANCELED", "The caller went away.") : passed());
  if (client.aborted) refuse();
  else client.addEventListener("abort", refuse, { once: true });
  return promise;
}

async function* until(stream: AsyncIterable<Message>, timer: Timer): AsyncIterable<Message> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await Promise.race([iterator.next(), timer.over]);
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    timer.stop();
    // Not awaited: a generator that waits for something ends only after that, and its caller need not wait along.
    void iterator.return?.().catch(() => undefined);
  }
}

function passed(): Failure {
  return new Failure("DEADLINE_EXCEEDED", "The deadline passed. A change may have happened: repeat it with the same request_id.");
}
