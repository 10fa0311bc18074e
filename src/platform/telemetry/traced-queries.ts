/**
 * A span for each statement that is sent to PostgreSQL inside a span: pg's own `query` is wrapped, which every
 * statement passes, Sequelize's too (docs/upgrading.md).
 *
 * Statements outside of any span, such as a worker's looks every second, would be traces of one span and are left out.
 */
import pg from "pg";
import type { Span, Tracer } from "./tracer.ts";

const MAX_TEXT = 1_000;
const TABLE = /\b(?:FROM|INTO|UPDATE|TABLE)\s+([a-z_]+\.[a-z_]+)/;
/** String literals and numbers: Sequelize's models write values into the text. */
const LITERALS = /'(?:[^']|'')*'|(?<![\w$])\d+(?:\.\d+)?\b/g;

/** @returns ends it */
export function traceQueries(tracer: Tracer): () => void {
  const original: unknown = Reflect.get(pg.Client.prototype, "query");
  if (typeof original !== "function") throw new TypeError("pg's client has no query");
  Reflect.set(pg.Client.prototype, "query", function query(this: unknown, ...words: unknown[]): unknown {
    if (!tracer.isRecording()) return Reflect.apply(original, this, words);
    return traced(openQuery(tracer, words[0]), words, (ours) => Reflect.apply(original, this, ours));
  });
  return () => {
    Reflect.set(pg.Client.prototype, "query", original);
  };
}

/** pg takes a callback, or gives a promise; what gives neither, such as a COPY, ends its span when it is begun. */
function traced(span: Span, words: unknown[], send: (words: unknown[]) => unknown): unknown {
  const callback = words.at(-1);
  if (typeof callback === "function") {
    return send([
      ...words.slice(0, -1),
      (error: unknown, ...results: unknown[]) => {
        span.end(error ?? undefined);
        Reflect.apply(callback, undefined, [error, ...results]);
      },
    ]);
  }
  const sent = send(words);
  if (sent instanceof Promise)
    sent.then(
      () => span.end(),
      (error: unknown) => span.end(error),
    );
  else span.end();
  return sent;
}

function openQuery(tracer: Tracer, statement: unknown): Span {
  const named = typeof statement === "object" && statement !== null ? statement : { text: statement };
  const text = "text" in named && typeof named.text === "string" ? named.text : "";
  const name = "name" in named && typeof named.name === "string" ? named.name : undefined;
  return tracer.openSpan({
    name: name ?? summaryOf(text),
    kind: "client",
    attributes: {
      "db.system.name": "postgresql",
      "db.query.summary": summaryOf(text),
      "db.query.text": withoutValues(text),
    },
  });
}

/** `SELECT orders.orders`, as OpenTelemetry's conventions for databases have it. */
function summaryOf(text: string): string {
  const operation = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? "query";
  const table = TABLE.exec(text)?.[1];
  return table === undefined ? operation : `${operation} ${table}`;
}

export function withoutValues(text: string): string {
  return text.replace(LITERALS, "?").replace(/\s+/g, " ").trim().slice(0, MAX_TEXT);
}
