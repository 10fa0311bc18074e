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
import { grpcServer } from "../rpc/grpc/server.ts";
import type { Health } from "../rpc/health.ts";
import { httpListener, type HttpListener } from "../rpc/http/listener.ts";
import { type HttpRequest } from "../rpc/http/handler.ts";
import { withSecurityHeaders } from "../rpc/http/security-headers.ts";
import { withHostCheck } from "./host.ts";
import { addReflectionToConnect, addReflectionToGrpc } from "../rpc/reflection.ts";
import { type Route, staticRoutes } from "../rpc/http/static-routes.ts";

export interface ListenerDeps {
  config: Config;
  rpcs: Rpc[];
  descriptors: DescService[];
  health: Health;
  log: Logger;
  ending: AbortSignal;
  streamPatienceMs: number | undefined;
}

/** The server behind GRPC_PORT, for internal services. */
export function grpcOf({
  config: { apiDocs },
  rpcs,
  descriptors,
  health,
  log,
  ending,
  streamPatienceMs,
}: ListenerDeps): GrpcServer {
  const server = grpcServer(rpcs, { log, shutdownSignal: ending, streamPatienceMs });
  health.addToGrpc(server);
  if (apiDocs) addReflectionToGrpc(server, reflected(descriptors));
  return server;
}

export interface HttpListenerDeps extends ListenerDeps {
  buckets: TokenBuckets;
  media: MediaStore;
  pages: Record<string, Route>;
}

/** The server behind PORT, for everybody else: the RPCs, the console with its session, pictures and pages. */
export function httpOf({
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
  const admits = admission(config, buckets);
  const connect = connectRouter({
    rpcs,
    shutdownSignal: ending,
    streamPatienceMs,
    admits,
    more: (router) => {
      health.addToConnect(router);
      if (config.apiDocs) addReflectionToConnect(router, reflected(descriptors), admits);
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
): (request: HttpRequest) => boolean {
  return ({ socket, headers }) => {
    if (calls === undefined) return true;
    const forwardedFor = [headers["x-forwarded-for"]].flat().join(", ") || undefined;
    return (
      buckets.take(networkOf(clientAddress(socket.remoteAddress ?? "", forwardedFor, trustedProxies)), calls) === 0
    );
  };
}

/** What tools may ask the schema of: our services, and those that every gRPC server has. */
function reflected(descriptors: DescService[]): DescService[] {
  return [...descriptors, HealthService, ReflectionService];
}
