/** The listener on OPS_PORT: the metrics, for Prometheus. Plain text, for the network of those who operate. */
import { createServer, type ServerResponse } from "node:http";
import { AggregatorRegistry } from "prom-client";
import { connectionLimit } from "../platform/connections/connection-limit.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { registry, type Snapshot } from "../platform/telemetry/metrics.ts";
import { listenProblem } from "../platform/process/free-ports.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import { unawaited } from "../platform/async/unawaited.ts";

export interface MetricsServerOptions {
  host: string;
  opsPort: number;
  log: Logger;
}

export interface MetricsServer {
  port: number;
  close(): void;
}

/** A request line and a few headers. */
const MAX_HEADER_BYTES = 8 * 1024;
/** Several Prometheus, and people who look: the descriptors are for connections on their way to the API processes. */
const MAX_CONNECTIONS = 64;

/** @throws StartupError when the port cannot be had */
export async function startMetricsServer(
  { host, opsPort, log }: MetricsServerOptions,
  page: () => Promise<string>,
): Promise<MetricsServer> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    if (request.url?.split("?")[0] !== "/metrics") response.writeHead(404).end();
    else if (request.method !== "GET" && request.method !== "HEAD")
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    else unawaited(answer(response, page, log));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (error: NodeJS.ErrnoException) =>
    reject(new StartupError(listenProblem("OPS_PORT", host, opsPort, error))),
  );
  connectionLimit({ port: "OPS_PORT", most: MAX_CONNECTIONS, log })(server);
  server.listen({ host, port: opsPort }, resolve);
  await promise;
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the metrics have no port");
  log.info({ opsPort: address.port }, "metrics are shown");
  return {
    port: address.port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(response: ServerResponse, page: () => Promise<string>, log: Logger): Promise<void> {
  try {
    const text = await page();
    response.writeHead(200, { "content-type": registry.contentType }).end(text);
  } catch (error) {
    log.error({ err: error }, "the metrics cannot be shown");
    response.writeHead(500).end();
  }
}

/** What several processes counted, added up, as Prometheus reads it. */
export function pageOf(snapshots: Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots).metrics();
}
