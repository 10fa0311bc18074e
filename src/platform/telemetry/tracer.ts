/** Spans, and what makes them: what OpenTelemetry's SDK is hidden behind. */

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
