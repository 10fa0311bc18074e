/** The pages beside the RPCs: whether the process lives, is ready, its keys, an account's own pages, the documentation. */
import { accountPages } from "./account/pages.ts";
import type { Identity } from "../domains/identity/create.ts";
import { documentationPages } from "../openapi/pages.ts";
import type { Config } from "../platform/config/config.ts";
import type { PrimaryMonitor } from "../platform/database/primary-monitor.ts";
import type { Route } from "../rpc/http/static-routes.ts";

export interface PageDeps {
  monitor: PrimaryMonitor;
  identity: Identity;
  ending: AbortSignal;
  config: Pick<Config, "apiDocs">;
}

/** By path. */
export function pages({ monitor, identity, ending, config }: PageDeps): Record<string, Route> {
  return {
    // Whoever opens the address in a browser finds the way.
    "/": async () => ({
      status: 302,
      type: "text/plain; charset=utf-8",
      body: "The console is at /console/, the API's documentation at /docs.\n",
      headers: { location: "/console/", "cache-control": "no-cache" },
    }),
    "/healthz": async () => ({ status: 200, type: "text/plain", body: "alive\n" }),
    "/readyz": async () => readiness(monitor, ending),
    "/.well-known/jwks.json": async () => ({
      status: 200,
      type: "application/json",
      body: JSON.stringify(identity.keys.jwks()),
      headers: { "cache-control": "public, max-age=60" },
    }),
    ...accountPages(),
    ...(config.apiDocs ? documentationPages() : {}),
  };
}

async function readiness(monitor: PrimaryMonitor, ending: AbortSignal) {
  const why = ending.aborted ? "stopping" : await monitor.ask();
  return { status: why === undefined ? 200 : 503, type: "text/plain", body: `${why ?? "ready"}\n` };
}
