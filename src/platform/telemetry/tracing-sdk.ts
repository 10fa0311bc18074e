/**
 * Traces by OpenTelemetry's SDK, sent by OTLP over HTTP. Loaded only where traces are exported.
 *
 * The spans of PostgreSQL and Redis are made here (traced-queries.ts, traced-redis.ts) and not by OpenTelemetry's
 * instrumentations: those put hooks into the loading of modules, which must be there before anything else is loaded,
 * and they send statements with the values that Sequelize writes into them.
 */
import {
  context,
  diag,
  DiagLogLevel,
  type Context,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { withTimeout } from "../async/with-timeout.ts";
import packageJson from "../../../package.json" with { type: "json" };
import type { Logger } from "./log.ts";
import { traceQueries } from "./traced-queries.ts";
import { traceRedis } from "./traced-redis.ts";
import type { Span, SpanOptions, Tracer } from "./tracer.ts";
import type { TracingOptions } from "../config/tracing-options.ts";

/** A collector that is away must not hold a process that ends. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Whoever looks for what just happened finds it; the SDK's own default is 5 s. */
const EXPORT_EVERY_MS = 1_000;

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

const w3c = new W3CTraceContextPropagator();

export function openTracer(options: TracingOptions, service: string, log: Logger): Tracer {
  tellOnce(log);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": service, "service.version": packageJson.version }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(options),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: EXPORT_EVERY_MS }),
    ],
  });
  const ours = provider.getTracer("bodega", packageJson.version);

  function openSpan({ name, kind, attributes = {}, parent, parentState, links = [] }: SpanOptions): Span {
    const around = parent === undefined ? context.active() : contextOf(parent, parentState);
    const span = ours.startSpan(name, { kind: KINDS[kind], attributes, links: links.flatMap(linkTo) }, around);
    return spanOf(span, trace.setSpan(around, span));
  }

  const tracer: Tracer = {
    openSpan,
    isRecording: () => trace.getActiveSpan()?.isRecording() === true,
    outside: (work) => context.with(ROOT_CONTEXT, work),
    async close() {
      for (const end of instrumentations) end();
      const flushed = provider
        .shutdown()
        .catch((error: unknown) => log.warn({ err: error }, "the last traces are lost"));
      await withTimeout(CLOSE_TIMEOUT_MS, flushed, () => undefined);
      context.disable();
    },
  };
  const instrumentations = [traceQueries(tracer), traceRedis(tracer)];
  return tracer;
}

function spanOf(span: OtelSpan, inside: Context): Span {
  const { traceId } = span.spanContext();
  const fail = (type: string) => {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute("error.type", type);
  };
  return {
    traceId,
    get traceparent() {
      const carrier: Record<string, string> = {};
      w3c.inject(inside, carrier, { set: (into, name, value) => Object.assign(into, { [name]: value }) });
      return carrier["traceparent"] ?? "";
    },
    run: (work) => context.with(inside, work),
    set: (name, value) => span.setAttribute(name, value),
    fail,
    end(error) {
      // Not the text: a database's may hold what a row holds.
      if (error !== undefined) fail(error instanceof Error ? error.name : "unknown");
      span.end();
    },
  };
}

/** Of a caller; one that is malformed is as none. */
function contextOf(traceparent: string, tracestate: string | undefined): Context {
  const carrier: Record<string, string | undefined> = { traceparent, tracestate };
  return w3c.extract(ROOT_CONTEXT, carrier, { get: (from, name) => from[name], keys: (from) => Object.keys(from) });
}

function linkTo(traceparent: string) {
  const spanContext = trace.getSpanContext(contextOf(traceparent, undefined));
  return spanContext === undefined ? [] : [{ context: spanContext }];
}

function samplerOf({ sampler, ratio }: TracingOptions): Sampler {
  switch (sampler) {
    case "always_on":
      return new AlwaysOnSampler();
    case "always_off":
      return new AlwaysOffSampler();
    case "traceidratio":
      return new TraceIdRatioBasedSampler(ratio);
    case "parentbased_always_on":
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case "parentbased_always_off":
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case "parentbased_traceidratio":
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
    default:
      return sampler satisfies never;
  }
}

/** A collector that is away would be told at every try. */
function tellOnce(log: Logger): void {
  let told = false;
  const tell = (...words: unknown[]) => {
    const reason = words.map(messageOf).join(" ");
    if (told) log.debug({ reason }, "traces cannot be exported");
    else log.warn({ reason }, "traces cannot be exported; the calls go on without them");
    told = true;
  };
  const silent = () => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/** The SDK tells errors as JSON, with their stack. */
function messageOf(word: unknown): string {
  return /"message":"((?:[^"\\]|\\.)*)"/.exec(String(word))?.[1] ?? String(word);
}
