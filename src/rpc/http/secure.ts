/** Whether a request came by TLS: to this port, or to a trusted proxy that ends it and says so. */
import type { BlockList } from "node:net";
import { isTrustedProxy } from "../../platform/auth/client-address.ts";
import type { HttpRequest } from "./handler.ts";

export interface SecureOptions {
  /** Whether the port speaks TLS. */
  tls: boolean;
  /** Whose `x-forwarded-proto` is believed. */
  trustedProxies: BlockList;
}

export function isSecure({ socket, headers }: HttpRequest, { tls, trustedProxies }: SecureOptions): boolean {
  return (
    tls || (headers["x-forwarded-proto"] === "https" && isTrustedProxy(socket.remoteAddress ?? "", trustedProxies))
  );
}
