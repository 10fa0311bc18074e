/**
 * Traces: spans around what is worth seeing, in the W3C context that callers send and that jobs carry on.
 *
 * OpenTelemetry's SDK is loaded only where traces are exported. Without it `openSpan` is one comparison, and what calls
 * it goes on at once (test/bench/telemetry.bench.ts).
 */
import type { Logger } from "./log.ts";
import type { TracingOptions } from "../config/tracing-options.ts";
import type { SpanOptions, Span, Tracer } from "./tracer.ts";

let tracer: Tracer | undefined;

/**
 * Begins to trace, where the options say so. The exporter itself reads where to send traces, by the variables that
 * OpenTelemetry has for it. @returns ends it
 */
export async function openTracing(
  options: TracingOptions | undefined,
  service: string,
  log: Logger,
): Promise<() => Promise<void>> {
  if (options === undefined) return async () => undefined;
  const { openTracer } = await import("./tracing-sdk.ts");
  const opened = openTracer(options, service, log);
  tracer = opened;
  return async () => {
    tracer = undefined;
    await opened.close();
  };
}

/** @returns undefined where nothing is traced; otherwise a span that its caller ends */
export function openSpan(options: SpanOptions): Span | undefined {
  return tracer?.openSpan(options);
}

export function isTracing(): boolean {
  return tracer !== undefined;
}

/** Runs `work` outside of the span that the running code stands in, for what goes on after whoever came first. */
export function outsideSpans<T>(work: () => T): T {
  return tracer === undefined ? work() : tracer.outside(work);
}

/** Runs `work` in a span that ends with it; undefined where nothing is traced. */
export async function inSpan<T>(options: SpanOptions, work: (span: Span | undefined) => Promise<T>): Promise<T> {
  const span = openSpan(options);
  if (span === undefined) return work(undefined);
  try {
    const result = await span.run(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
