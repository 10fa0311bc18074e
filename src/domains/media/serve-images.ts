/**
 * Serves `/media/<hash>.<ext>`: streamed, cached for ever, never sniffed.
 *
 * A name stands for its bytes, so it is its own ETag, and whoever has them is told so without a look into the store.
 */
import { pipeline } from "node:stream/promises";
import { Failure } from "../../platform/errors/failure.ts";
import type { Logger } from "../../platform/telemetry/log.ts";
import { namesEtag } from "../../rpc/http/if-none-match.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../../rpc/http/handler.ts";
import { MEDIA_PATH, typeOf } from "./image-name.ts";
import type { MediaStore, StoredMedia } from "./image-store.ts";

/** RFC 9111 caches take a year for "for ever"; `immutable` (RFC 8246) spares the question after a reload. */
const CACHE_CONTROL = "public, max-age=31536000, immutable";
/** Whatever a browser might take the bytes for: it runs nothing and loads nothing. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; sandbox";
const RETRY_AFTER_SECONDS = 5;

/** Answers what is under /media/ and leaves the rest to `next`. */
export function serveImages(next: HttpHandler, store: MediaStore, log: Logger): HttpHandler {
  return (request, response) => {
    if (request.url?.startsWith(MEDIA_PATH) !== true) return next(request, response);
    return answer(store, request, response).catch((error: unknown) => {
      if (!response.destroyed) log.error({ err: error, url: request.url }, "an image could not be served");
      if (response.headersSent || response.destroyed) response.destroy();
      else if (error instanceof Failure) refuse(response, 503, "The image cannot be had now. Try again shortly.");
      else refuse(response, 500, "Something went wrong on our side.");
    });
  };
}

async function answer(store: MediaStore, request: HttpRequest, response: HttpResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "Only GET is answered here.");
  const name = (request.url ?? "").slice(MEDIA_PATH.length).split("?", 1)[0] ?? "";
  const type = typeOf(name);
  if (type === undefined) return refuse(response, 404, "There is no such image.");
  const etag = `"${name}"`;
  const condition = request.headers["if-none-match"];
  // What is named by its content has one version: whoever has that need not be told whether it is still kept.
  if (condition?.trim() !== "*" && namesEtag(condition, etag)) return notModified(response, etag);
  const { sizeBytes, body } = (await (request.method === "HEAD" ? head(store, name) : store.open(name))) ?? {};
  if (sizeBytes === undefined) return refuse(response, 404, "There is no such image.");
  if (namesEtag(condition, etag)) {
    body?.destroy();
    return notModified(response, etag);
  }
  setHeaders(response, { "content-type": type, "content-length": sizeBytes, ...freshness(etag) });
  if (body === undefined) response.end();
  else await pipeline(body, response);
}

async function head(store: MediaStore, name: string): Promise<Partial<StoredMedia>> {
  return { sizeBytes: await store.sizeOf(name), body: undefined };
}

function notModified(response: HttpResponse, etag: string): void {
  response.statusCode = 304;
  setHeaders(response, freshness(etag));
  response.end();
}

function freshness(etag: string) {
  return {
    etag,
    "cache-control": CACHE_CONTROL,
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
  };
}

function refuse(response: HttpResponse, status: 404 | 405 | 500 | 503, text: string): void {
  response.statusCode = status;
  setHeaders(response, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  if (status === 405) response.setHeader("allow", "GET, HEAD");
  if (status === 503) response.setHeader("retry-after", RETRY_AFTER_SECONDS);
  response.end(`${text}\n`);
}

function setHeaders(response: HttpResponse, headers: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
