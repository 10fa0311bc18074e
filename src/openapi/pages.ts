/**
 * The API's own documentation: `/openapi.json`, a page to read it and try it by, and a page for each reason.
 *
 * All of it comes from this server, so that it works without a network; what the page may load is said by its policy.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Code } from "@connectrpc/connect";
import document from "../../gen/openapi.json" with { type: "json" };
import { reasons } from "../platform/errors/failure.ts";
import type { Route } from "../rpc/http/static-routes.ts";

/** Swagger UI writes styles into its elements. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** They change with a new version of this server only. */
const ASSET_CACHING = { "cache-control": "public, max-age=3600" };

/** By path, for the listener of PORT. */
export function documentationPages(): Record<string, Route> {
  const byReason = Object.entries(reasons).map(([reason, [code, meaning]]): [string, Route] => [
    `/docs/errors/${reason}`,
    page(
      reason,
      `<p>Code <code>${snakeCase(code)}</code></p><p>${escaped(meaning)}</p><p><a href="/docs/errors">All reasons</a></p>`,
    ),
  ]);
  return {
    "/openapi.json": async () => ({
      status: 200,
      type: "application/json",
      body: OPENAPI,
      headers: { "cache-control": "no-cache" },
    }),
    "/docs": page(
      "Bodega",
      '<div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>',
    ),
    "/docs/start.js": async () => ({
      status: 200,
      type: "text/javascript; charset=utf-8",
      body: START,
      headers: ASSET_CACHING,
    }),
    "/docs/swagger-ui-bundle.js": asset("swagger-ui-bundle.js", "text/javascript"),
    "/docs/swagger-ui.css": asset("swagger-ui.css", "text/css"),
    "/docs/errors": page(
      "Reasons for a refusal",
      `<ul>${Object.entries(reasons)
        .map(([reason, [, meaning]]) => item(reason, meaning))
        .join("")}</ul>`,
    ),
    ...Object.fromEntries(byReason),
  };
}

/** With the reasons that this version knows. */
const OPENAPI = JSON.stringify({
  ...document,
  components: {
    ...document.components,
    schemas: {
      ...document.components.schemas,
      Reason: { ...document.components.schemas.Reason, enum: Object.keys(reasons) },
    },
  },
});

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, docExpansion: "none", defaultModelsExpandDepth: 0, validatorUrl: null });\n`;

function page(title: string, content: string): Route {
  const body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body class="swagger-ui"><h1>${title}</h1>${content}</body>
</html>
`;
  return async () => ({
    status: 200,
    type: "text/html; charset=utf-8",
    body,
    headers: { "content-security-policy": POLICY, "cache-control": "no-cache" },
  });
}

function asset(name: string, type: string): Route {
  const file = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));
  return async () => ({
    status: 200,
    type: `${type}; charset=utf-8`,
    body: await readFile(file, "utf8"),
    headers: ASSET_CACHING,
  });
}

function item(reason: string, meaning: string): string {
  return `<li><a href="/docs/errors/${reason}"><code>${reason}</code></a>: ${escaped(meaning)}</li>`;
}

/** As JSON has the codes: not_found for Code.NotFound. */
function snakeCase(code: Code): string {
  return Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
