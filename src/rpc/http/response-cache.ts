/**
 * Answers to GET: their ETag and Cache-Control, 304 for whoever has them already, and ready bytes for a repeated one.
 *
 * An answer that is the same for everybody is kept as it was sent and given again before any router or step runs:
 * 12 µs against 60 and more. It says itself until when (RFC 9111 for the headers, RFC 9110, 13.1.2, for the condition).
 */
import { createHash } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import { BoundedMap } from "../../platform/cache/bounded-map.ts";
import { metrics } from "../../platform/telemetry/metrics.ts";
import type { Call } from "../call.ts";
import { observeCall } from "../call-metrics.ts";
import { namesEtag } from "./if-none-match.ts";
import type { HttpRequest, HttpResponse } from "./handler.ts";
import { requestIdOf } from "../steps/telemetry.ts";

const MAX_ANSWERS = 4_096;
const MAX_BYTES = 16 * 1024 * 1024;
/** A longer URL is hardly asked twice. */
const MAX_URL_LENGTH = 2_048;

/** May be stored anywhere, and is asked for again each time: a 304 costs little, an old price more. */
const PUBLIC = "public, no-cache";
const PRIVATE = "private, no-cache";

export interface GetAnswer {
  type: string;
  bytes: Uint8Array;
}

const READS = metrics.cacheReads.labels("ready bytes");

interface Ready extends GetAnswer {
  method: DescMethod;
  etag: string;
  isCurrent: () => boolean;
}

export class ResponseCache {
  readonly #byUrl = new BoundedMap<string, Ready>({
    maxEntries: MAX_ANSWERS,
    maxBytes: MAX_BYTES,
    bytesOf: ({ bytes }) => bytes.byteLength,
  });
  readonly #admits: (request: HttpRequest) => boolean;

  /** @param admits whether the caller may have one more; who may not is refused by the pipeline, which says why */
  constructor(admits: (request: HttpRequest) => boolean) {
    this.#admits = admits;
  }

  /** Answers a GET that nobody signed when its answer is ready. @returns whether it did */
  answer(request: HttpRequest, response: HttpResponse): boolean {
    if (!isGet(request) || request.headers.authorization !== undefined) return false;
    const startMs = performance.now();
    const url = request.url ?? "";
    const ready = this.#byUrl.get(url);
    if (ready === undefined) return false;
    if (!ready.isCurrent()) {
      this.#byUrl.delete(url);
      return false;
    }
    if (!this.#admits(request)) return false;
    const given = request.headers["x-request-id"];
    response.setHeader("x-request-id", requestIdOf(typeof given === "string" ? given : undefined));
    write(request, response, { ...ready, cacheControl: PUBLIC });
    READS.inc();
    observeCall(ready.method, { code: "OK", durationMs: performance.now() - startMs });
    return true;
  }

  /** Sends the answer of a GET that has passed every step, and keeps it if it is the same for everybody. */
  send(request: HttpRequest, response: HttpResponse, { call, type, bytes }: GetAnswer & { call: Call }): void {
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    const { reusable, caller } = call;
    const isPublic = reusable !== undefined && caller === undefined && request.headers.authorization === undefined;
    if (isPublic) this.#keep(request.url ?? "", { method: call.method, type, bytes, etag, isCurrent: reusable });
    for (const [name, value] of call.answerHeaders) response.setHeader(name, value);
    write(request, response, { type, bytes, etag, cacheControl: isPublic ? PUBLIC : PRIVATE });
  }

  #keep(url: string, ready: Ready): void {
    if (url.length > MAX_URL_LENGTH || !ready.isCurrent()) return;
    this.#byUrl.set(url, ready);
  }
}

interface Written extends GetAnswer {
  etag: string;
  cacheControl: string;
}

function write(request: HttpRequest, response: HttpResponse, { type, bytes, etag, cacheControl }: Written): void {
  response.setHeader("etag", etag);
  response.setHeader("cache-control", cacheControl);
  // CORS may have said that it varies by origin too.
  const before = response.getHeader("vary");
  response.setHeader("vary", typeof before === "string" ? `${before}, authorization` : "authorization");
  if (namesEtag(request.headers["if-none-match"], etag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  response.statusCode = 200;
  response.setHeader("content-type", type);
  response.setHeader("content-length", bytes.byteLength);
  response.end(bytes);
}

/** HEAD is answered like GET; Node leaves the body out. */
export function isGet({ method }: HttpRequest): boolean {
  return method === "GET" || method === "HEAD";
}
