/** What listens on the two ports: gRPC by grpc-js, and everything else over HTTP. */
import type { DescService } from "@bufbuild/protobuf";
import type { Server as GrpcServer } from "@grpc/grpc-js";
import { Health as HealthService } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection as ReflectionService } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { consoleOr } from "../console/serve.ts";
import { sessionOr } from "../console/session.ts";
import { serveImages } from "../domains/media/serve-images.ts";
import type { MediaStore } from "../domains/media/image-store.ts";
import { callerConnectionLimit } from "../platform/connections/caller-connections.ts";
import type { Config } from "../platform/config/config.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { clientAddress, networkOf } from "../platform/auth/client-address.ts";
import type { TokenBuckets } from "../platform/rate-limit/token-bucket.ts";
import type { Rpc } from "../rpc/call.ts";
import { connectRouter } from "../rpc/http/protocols/router.ts";
import { addressOf, cut, drainGrpc, grpcServer, listenGrpc, statusOf } from "../rpc/grpc/server.ts";
import type { Health } from "../rpc/health.ts";
import { httpListener, type HttpListener } from "../rpc/http/listener.ts";
import { type HttpRequest } from "../rpc/http/handler.ts";
import { withSecurityHeaders } from "../rpc/http/security-headers.ts";
import { withHostCheck } from "./host.ts";
import { valueOf } from "../rpc/grpc/admission.ts";
import { addReflectionToGrpc } from "../rpc/grpc/reflection.ts";
import { addReflectionToConnect, reflectionOf } from "../rpc/reflection.ts";
import { type Route, staticRoutes } from "../rpc/http/static-routes.ts";

export interface ListenerDeps {
  config: Config;
  rpcs: Rpc[];
  descriptors: DescService[];
  health: Health;
  buckets: TokenBuckets;
  log: Logger;
  ending: AbortSignal;
  streamPatienceMs: number | undefined;
}

export interface HttpListenerDeps extends ListenerDeps {
  media: MediaStore;
  pages: Record<string, Route>;
}

export interface Listeners {
  ports: { port: number; grpcPort: number };
  /** @returns whether connections were cut that did not end in time */
  close(idleGraceMs: number | undefined): Promise<boolean>;
}

/** @throws StartupError when a port is taken */
export async function listen(deps: HttpListenerDeps): Promise<Listeners> {
  const { config, log } = deps;
  const grpc = grpcOf(deps);
  const http = httpOf(deps);
  const port = await http.listen(config.host, config.port);
  const grpcPort = await listenGrpc(grpc, {
    host: config.host,
    port: config.grpcPort,
    tls: config.tls,
    limitConnections: callerConnectionLimit("GRPC_PORT", config, log),
  });
  return {
    ports: { port, grpcPort },
    close: async (idleGraceMs) => (await Promise.all([http.close(idleGraceMs), drainGrpc(grpc)])).includes(true),
  };
}

/** The server behind GRPC_PORT, for internal services. */
function grpcOf({
  config,
  rpcs,
  descriptors,
  health,
  buckets,
  log,
  ending,
  streamPatienceMs,
}: ListenerDeps): GrpcServer {
  const server = grpcServer(rpcs, { log, shutdownSignal: ending, streamPatienceMs });
  health.addToGrpc(server);
  if (config.apiDocs) {
    const admits = admission(config, buckets);
    addReflectionToGrpc(server, {
      answer: reflectionOf(reflected(descriptors)),
      admits: (asking) => admits(addressOf(asking.getPeer()), valueOf(asking.metadata, "x-forwarded-for")),
      statusOf,
      cut,
    });
  }
  return server;
}

/** The server behind PORT, for everybody else: the RPCs, the console with its session, images and pages. */
function httpOf({
  config,
  rpcs,
  descriptors,
  health,
  buckets,
  media,
  pages,
  log,
  ending,
  streamPatienceMs,
}: HttpListenerDeps): HttpListener {
  const tls = config.tls !== undefined;
  const { trustedProxies } = config;
  const files = consoleOr(serveImages(staticRoutes(pages), media, log));
  const admitsFrom = admission(config, buckets);
  const admits = ({ socket, headers }: HttpRequest): boolean =>
    admitsFrom(socket.remoteAddress ?? "", [headers["x-forwarded-for"]].flat().join(", ") || undefined);
  const connect = connectRouter({
    rpcs,
    shutdownSignal: ending,
    streamPatienceMs,
    admits,
    more: (router) => {
      health.addToConnect(router);
      if (config.apiDocs) addReflectionToConnect(router, reflectionOf(reflected(descriptors)), admits);
    },
    fallback: sessionOr(files, { rpcs, tls, trustedProxies }),
  });
  const edged = withSecurityHeaders(withHostCheck(connect, config), {
    corsOrigins: config.corsOrigins,
    tls,
    trustedProxies,
  });
  return httpListener(edged, { log, tls: config.tls, limitConnections: callerConnectionLimit("PORT", config, log) });
}

/** The limit of all calls, for answers that no step sees: the same buckets, by the same address. */
function admission(
  { rateLimits: { calls }, trustedProxies }: Config,
  buckets: TokenBuckets,
): (address: string, forwardedFor: string | undefined) => boolean {
  return (address, forwardedFor) =>
    calls === undefined || buckets.take(networkOf(clientAddress(address, forwardedFor, trustedProxies)), calls) === 0;
}

/** What tools may ask the schema of: our services, and those that every gRPC server has. */
function reflected(descriptors: DescService[]): DescService[] {
  return [...descriptors, HealthService, ReflectionService];
}
