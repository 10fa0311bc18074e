/** The plain pages beside the RPCs: health, keys, and an answer that helps whoever lost the way. */
import type { HttpHandler, HttpResponse } from "./handler.ts";

/** A plain page: what it answers is small and made at once. */
export type Route = () => Promise<{ status: number; type: string; body: string; headers?: Record<string, string> }>;

/** Answers GET and HEAD of the given paths, and 404 for everything else. */
export function staticRoutes(byPath: Record<string, Route>): HttpHandler {
  const known = new Map(Object.entries(byPath));
  return (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const route = known.get(path);
    if (route === undefined) return answer(response, 404, notFound(path));
    if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, ONLY_GET);
    return route().then(({ status, ...page }) => answer(response, status, page));
  };
}

const TEXT = { type: "text/plain; charset=utf-8" };
const ONLY_GET = { ...TEXT, body: "Only GET is answered here.\n", headers: { allow: "GET, HEAD" } };

function notFound(path: string) {
  return {
    ...TEXT,
    body: `There is nothing at ${path.slice(0, 200)}. RPCs are at /<package>.<Service>/<Method>, by POST.\n`,
  };
}

interface Page {
  type: string;
  body: string;
  headers?: Record<string, string>;
}

function answer(response: HttpResponse, status: number, { type, body, headers = {} }: Page): void {
  if (response.destroyed) return;
  response.statusCode = status;
  response.setHeader("content-type", type);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
