/** Where the e-mails about accounts lead: pages of ours below PUBLIC_URL, or an app's own. */
import type { EnvironmentReader } from "./environment-reader.ts";

/** Each with `{token}` where the token belongs. */
export interface AccountLinks {
  reset: string;
  verify: string;
}

const TOKEN = "{token}";
/** To listen there is to listen on every address: none that a browser could ask. */
const EVERYWHERE = new Set(["0.0.0.0", "::"]);

/** Of an address of PORT that a browser on this machine can open, unless PUBLIC_URL names one. */
export function readAccountLinks(read: EnvironmentReader): AccountLinks {
  const given = read.text("HOST") ?? "127.0.0.1";
  const host = EVERYWHERE.has(given) ? "localhost" : given;
  const scheme = read.text("TLS_CERT") === undefined ? "http" : "https";
  const here = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${read.text("PORT") ?? "8080"}`;
  const base = (read.url("PUBLIC_URL", ["http:", "https:"]) ?? here).replace(/\/+$/, "");
  return {
    reset: read.link("RESET_LINK") ?? `${base}/account/reset?token=${TOKEN}`,
    verify: read.link("VERIFY_LINK") ?? `${base}/account/verify?token=${TOKEN}`,
  };
}

/** A token consists of letters, digits, `-` and `_`, and needs no escape in an address. */
export function linkWith(link: string, token: string): string {
  return link.replaceAll(TOKEN, token);
}
