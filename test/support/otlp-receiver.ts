/** A receiver of traces by OTLP over HTTP with JSON, as a collector is one: keeps the spans that it is sent. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { listening } from "./listening.ts";
import { eventually } from "./until.ts";

export interface ReceivedSpan {
  /** service.name of the process. */
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** "" for the first of a trace. */
  parentSpanId: string;
  attributes: Record<string, string | number>;
  links: { traceId: string; spanId: string }[];
  /** Whether its status is an error. */
  failed: boolean;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  spans: ReceivedSpan[];
  /** The first span that is so, as soon as it is there. */
  span(what: string, is: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>;
  close(): void;
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string | number; doubleValue?: number };
}

interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: SentSpan[] }[];
  }[];
}

/** Empty fields are left out. */
interface SentSpan
  extends Pick<ReceivedSpan, "name" | "traceId" | "spanId">, Partial<Pick<ReceivedSpan, "parentSpanId" | "links">> {
  attributes?: Attribute[];
  status?: { code?: number };
}

/** opentelemetry.proto.trace.v1.Status.StatusCode */
const STATUS_ERROR = 2;

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const isForUs = request.method === "POST" && request.url === "/v1/traces";
    if (isForUs) spans.push(...spansOf(JSON.parse(await text(request))));
    response.writeHead(isForUs ? 200 : 404, { "content-type": "application/json" }).end("{}");
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    span: (what, is) => eventually(what, async () => spans.find(is)),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function spansOf({ resourceSpans }: Export): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)["service.name"]);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes = [], status, links = [], parentSpanId = "", ...span }) => ({
        ...span,
        parentSpanId,
        links,
        service,
        attributes: valuesOf(attributes),
        failed: status?.code === STATUS_ERROR,
      })),
    );
  });
}

function valuesOf(attributes: Attribute[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue ?? value.doubleValue)]),
  );
}
