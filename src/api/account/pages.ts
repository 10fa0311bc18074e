/**
 * The pages that the mails about an account lead to: a new password, and that an address is one's own.
 *
 * They work without an app. A GET changes nothing, since filters of mail open every link: what changes something is the
 * RPC that the page's button calls. The script takes the token out of the address before anything else, and no header,
 * cache or log has it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { CONTENT_SECURITY_POLICY } from "../../console/serve.ts";
import type { Route } from "../../rpc/http/static-routes.ts";

/** By path, for the listener of PORT. */
export function accountPages(): Record<string, Route> {
  return {
    "/account/reset": file("reset.html", "text/html"),
    "/account/verify": file("verify.html", "text/html"),
    "/account/account.js": file("account.js", "text/javascript"),
    "/account/account.css": file("account.css", "text/css"),
  };
}

function file(name: string, type: string): Route {
  const body = readFileSync(path.join(import.meta.dirname, name), "utf8");
  const page = {
    status: 200,
    type: `${type}; charset=utf-8`,
    body,
    headers: { "content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-store" },
  };
  return async () => page;
}
