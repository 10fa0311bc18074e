/**
 * Bounds how many connections a port has open, below what its process has descriptors for.
 *
 * Without a descriptor a process can take no connection, and tell nobody: callers wait for ever, and whatever else it
 * has to open fails too. So what comes on top is closed at once, while there is a descriptor to take it with.
 */
import type { BlockList, Server, Socket } from "node:net";
import { clientAddress, isTrustedProxy, networkOf } from "../auth/client-address.ts";
import type { Logger } from "../telemetry/log.ts";
import { metrics } from "../telemetry/metrics.ts";

export interface ConnectionBounds {
  /** Whose connections they are, for the log and the metrics. */
  port: "PORT" | "GRPC_PORT" | "OPS_PORT";
  /** Open at once. */
  most: number;
  /** Of them by one address, proxies that are believed excepted; an IPv6 address counts as its /64. Default: all of them. */
  ofAddress?: { most: number; trustedProxies: BlockList } | undefined;
  log: Logger;
}

/** Bounds a server's connections from now on; of several, all together. */
export type LimitConnections = (server: Server) => void;

/** As many are open as may be, or as one address may have; or there was no descriptor for it all the same. */
const CAUSES = ["full", "address", "descriptors"] as const;
type Cause = (typeof CAUSES)[number];

/** A crowd at the door is one line of the log, until nobody has been refused for so long. */
const QUIET_MS = 60_000;

export function connectionLimit({ port, most, ofAddress, log }: ConnectionBounds): LimitConnections {
  const byNetwork = new Map<string, number>();
  const lastRefusedMs = new Map<Cause, number>();
  let open = 0;
  metrics.callersConnectionsMax.set({ port }, most);
  metrics.callersConnections.set({ port }, 0);
  for (const cause of CAUSES) metrics.callersRefused.inc({ port, cause }, 0);

  function admit(socket: Socket): boolean {
    const network = countedNetwork(socket, ofAddress?.trustedProxies);
    if (open >= most) return refuse("full");
    if (ofAddress !== undefined && network !== undefined && (byNetwork.get(network) ?? 0) >= ofAddress.most)
      return refuse("address", { network });
    count(1, network);
    socket.once("close", () => count(-1, network));
    return true;
  }

  function count(change: 1 | -1, network: string | undefined): void {
    open += change;
    metrics.callersConnections.set({ port }, open);
    if (network === undefined) return;
    const left = (byNetwork.get(network) ?? 0) + change;
    if (left > 0) byNetwork.set(network, left);
    else byNetwork.delete(network);
  }

  function refuse(cause: Cause, details: { network?: string; err?: Error } = {}): false {
    metrics.callersRefused.inc({ port, cause });
    const nowMs = performance.now();
    const isNews = nowMs - (lastRefusedMs.get(cause) ?? Number.NEGATIVE_INFINITY) > QUIET_MS;
    lastRefusedMs.set(cause, nowMs);
    if (isNews) log.warn({ listener: port, cause, open, most, ...details }, "connections are refused");
    return false;
  }

  return (server) => {
    const accept = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      if (admit(socket)) for (const listener of accept) Reflect.apply(listener, server, [socket]);
      else socket.destroy();
    });
    // An error that nobody listens for would end the process.
    const listen = () => server.on("error", (err: Error) => refuse("descriptors", { err }));
    if (server.listening) listen();
    else server.once("listening", listen);
  };
}

/** undefined: a proxy that is believed, or addresses are not counted. */
function countedNetwork({ remoteAddress = "" }: Socket, trustedProxies: BlockList | undefined): string | undefined {
  if (trustedProxies === undefined || isTrustedProxy(remoteAddress, trustedProxies)) return undefined;
  return networkOf(clientAddress(remoteAddress, undefined, trustedProxies));
}
