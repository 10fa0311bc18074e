/**
 * Traces: spans around what is worth seeing, in the W3C context that callers send and that jobs carry on.
 *
 * OpenTelemetry's SDK is loaded only where traces are exported. Without it `openSpan` is one comparison, and what calls
 * it goes on at once (test/bench/telemetry.bench.ts).
 */
import type { Logger } from "./log.ts";

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

export interface SpanOptions {
  name: string;
  kind: SpanKind;
  attributes?: Record<string, string | number>;
  /** A W3C `traceparent` from outside this process; left out: the span that the running code stands in. */
  parent?: string | undefined;
  /** The `tracestate` that came with it. */
  parentState?: string | undefined;
  /** `traceparent`s of spans that this one also belongs to. */
  links?: string[];
}

export interface Span {
  /** As W3C Trace Context writes it: 00-<trace id>-<span id>-<flags>. */
  readonly traceparent: string;
  readonly traceId: string;
  /** Runs `work` so that spans that are opened in it are this one's children. */
  run<T>(work: () => T): T;
  set(name: string, value: string | number): void;
  /** Marks it as failed, where nothing is thrown. @param type a word that tells failures apart */
  fail(type: string): void;
  /** @param error what went wrong on our side; undefined for what went well, or was refused with reason */
  end(error?: unknown): void;
}

export interface Tracer {
  openSpan(options: SpanOptions): Span;
  /** Whether the running code stands in a span that is recorded. */
  isRecording(): boolean;
  /** Runs `work` in no span. */
  outside<T>(work: () => T): T;
  /** Sends what is left, inside a bound. */
  close(): Promise<void>;
}

/** The samplers of OTEL_TRACES_SAMPLER. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

export interface TracingOptions {
  sampler: SamplerName;
  /** 0–1, of the samplers by ratio. */
  ratio: number;
}

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
