/** The pages beside the RPCs: whether the process lives and is ready, the keys that verify tokens, the documentation. */
import type { Identity } from "../domains/identity/create.ts";
import { documentationPages } from "../openapi/pages.ts";
import type { PrimaryMonitor } from "../platform/database/primary-monitor.ts";
import type { Route } from "../rpc/http/static-routes.ts";

export interface PageDeps {
  watch: PrimaryMonitor;
  identity: Identity;
  ending: AbortSignal;
  /** Whether the API is documented here. */
  apiDocs: boolean;
}

/** By path. */
export function pages({ watch, identity, ending, apiDocs }: PageDeps): Record<string, Route> {
  return {
    // Whoever opens the address in a browser finds the way.
    "/": async () => ({
      status: 302,
      type: "text/plain; charset=utf-8",
      body: "The console is at /console/, the API's documentation at /docs.\n",
      headers: { location: "/console/", "cache-control": "no-cache" },
    }),
    "/healthz": async () => ({ status: 200, type: "text/plain", body: "alive\n" }),
    "/readyz": async () => readiness(watch, ending),
    "/.well-known/jwks.json": async () => ({
      status: 200,
      type: "application/json",
      body: JSON.stringify(identity.keys.jwks()),
      headers: { "cache-control": "public, max-age=60" },
    }),
    ...(apiDocs ? documentationPages() : {}),
  };
}

async function readiness(watch: PrimaryMonitor, ending: AbortSignal) {
  const why = ending.aborted ? "stopping" : await watch.ask();
  return { status: why === undefined ? 200 : 503, type: "text/plain", body: `${why ?? "ready"}\n` };
}
