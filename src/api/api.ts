/** The API of one process: opens its parts, puts services behind steps, listens on both ports, and stops in order. */
import type { Message } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { catalogVersion } from "../domains/catalog/cached-reads.ts";
import { openIdentity } from "../domains/identity/create.ts";
import { Stores } from "../domains/inventory/stores.ts";
import { createMedia } from "../domains/media/create.ts";
import { Orders } from "../domains/order/orders.ts";
import type { WatchLimits } from "../domains/order/watch/limits.ts";
import { createWatches } from "../domains/order/watch/create.ts";
import { VersionedCache } from "../platform/cache/versioned-cache.ts";
import { callerConnectionLimit } from "../platform/connections/caller-connections.ts";
import { type Config, requireKeyEncryption } from "../platform/config/config.ts";
import { PrimaryMonitor } from "../platform/database/primary-monitor.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { TokenBuckets } from "../platform/rate-limit/token-bucket.ts";
import { EVENTS_WRITTEN, wakeUpBy } from "../platform/redis/wake-up-channel.ts";
import { PageTokens } from "../platform/wire/page-token.ts";
import { RedisWindow } from "../platform/rate-limit/redis-window.ts";
import { ReplicaSet } from "../platform/database/replica-set.ts";
import { closeRedis, openRedis } from "../platform/redis/redis.ts";
import { redisCache } from "../platform/cache/redis-cache.ts";
import { sharedSecret } from "../platform/database/shared-secrets.ts";
import { openClusterInvalidation } from "../platform/cache/cluster-invalidation.ts";
import { admissionBy } from "../rpc/bodies/admission.ts";
import { drainGrpc, listenGrpc } from "../rpc/grpc/server.ts";
import { Health } from "../rpc/health.ts";
import { pipeline } from "../rpc/pipeline.ts";
import { AddressGuard } from "../domains/notification/webhook/address-guard.ts";
import { Webhooks } from "../domains/notification/webhook/webhooks.ts";
import { openDatabases } from "./databases.ts";
import { grpcOf, httpOf } from "./listeners.ts";
import { pages } from "./pages.ts";
import { onAccount, servicesOf } from "./services.ts";
import { stepsOf } from "./steps.ts";

export interface Api {
  port: number;
  grpcPort: number;
  /** undefined where there are none. */
  replicas: Pick<ReplicaSet, "states" | "fallbacks"> | undefined;
  /**
   * No new calls; those in flight finish, inside a bound; then everything is closed.
   * @param idleGraceMs how long idle connections of HTTP/1.1 may bring a last call; 0 unless told
   */
  stop(idleGraceMs?: number): Promise<void>;
}

export interface ApiOptions {
  /** Where they differ from the usual ones. */
  watchLimits?: Partial<WatchLimits>;
  streamPatienceMs?: number;
  /** Whether what a kind of call needs for the first time is made at the start, and not when it comes; true unless told. */
  warm?: boolean;
  maxCallsAtOnce?: number;
  /** How long a call waits for Redis before it counts by itself. */
  redisTimeoutMs?: number;
}

/** @throws StartupError when a database does not answer, a port is taken, or an RPC declares no access */
export async function startApi(
  config: Config & { databaseUrl: string },
  log: Logger,
  { watchLimits, streamPatienceMs, warm = true, maxCallsAtOnce, redisTimeoutMs }: ApiOptions = {},
): Promise<Api> {
  requireKeyEncryption(config);
  const databases = await openDatabases(config, warm);
  const { shared: database } = databases;
  const tokenKey = await sharedSecret(database, "page-tokens");
  const pageTokens = new PageTokens(tokenKey);
  const redis =
    config.redisUrl === undefined ? undefined : await openRedis(config.redisUrl, log, "limits", redisTimeoutMs);
  const limiter = new RedisWindow(redis, redisTimeoutMs);
  const limits = { limiter, windows: config.rateLimits.windows };
  const identity = await openIdentity({
    ...config,
    database,
    watching: databases.revocations,
    pageTokens,
    onAccount: onAccount(database),
    limits,
    log,
  });
  const media = await createMedia(config);
  const buckets = new TokenBuckets();
  const catalog = new VersionedCache<Message>({
    version: () => catalogVersion(database),
    remote: redis === undefined ? undefined : redisCache(redis, "catalog"),
    siblings: openClusterInvalidation,
  });
  const replicas = openReplicas(config, database, log);
  const guard = new AddressGuard({ allowed: config.webhookNetworks });
  const webhooks = new Webhooks(database, { pageTokens, guard, encryptionKey: config.keyEncryptionKey });
  const stores = new Stores(database, pageTokens);
  const orders = new Orders(database, pageTokens);
  const requireStore = async (id: string) => {
    await stores.get(id);
  };
  const { redisUrl, currency } = config;
  const watches = await createWatches({
    database,
    orders,
    limiter,
    redis,
    redisUrl,
    key: tokenKey,
    currency,
    log,
    requireStore,
    limits: watchLimits,
  });
  const hint = wakeUpBy(redis, EVENTS_WRITTEN);
  const services = servicesOf(database, {
    orderDatabase: databases.orders,
    identity,
    media,
    pageTokens,
    catalog,
    replicas,
    stores,
    orders,
    watches,
    guard,
    webhooks,
    onEvents: () => hint(""),
    config,
  });
  const descriptors = services.map(({ descriptor }) => descriptor);
  const steps = stepsOf({
    config,
    buckets,
    database,
    limiter,
    identity,
    catalog,
    replicas,
    webhooks,
    log,
    descriptors,
    warm,
    maxCallsAtOnce,
  });
  const rpcs = pipeline(services, steps, admissionBy(identity.signIn));
  const health = new Health(descriptors.map(({ typeName }) => typeName));
  const ending = new AbortController();
  const watch = await PrimaryMonitor.open({
    database: databases.monitor,
    cut: databases.all,
    onChange: (useful) => health.set(useful ? "SERVING" : "NOT_SERVING"),
    log,
  });

  const listening = { config, rpcs, descriptors, health, buckets, log, ending: ending.signal, streamPatienceMs };
  const grpc = grpcOf(listening);
  const http = httpOf({
    ...listening,
    media,
    pages: pages({ watch, identity, ending: ending.signal, apiDocs: config.apiDocs }),
  });
  const port = await http.listen(config.host, config.port);
  const grpcPort = await listenGrpc(grpc, {
    host: config.host,
    port: config.grpcPort,
    tls: config.tls,
    limitConnections: callerConnectionLimit("GRPC_PORT", config, log),
  });

  return {
    port,
    grpcPort,
    replicas,
    async stop(idleGraceMs) {
      const unwatched = watch.stop();
      health.set("NOT_SERVING");
      const unread = watches.stop();
      ending.abort();
      const cut = await Promise.all([http.close(idleGraceMs), drainGrpc(grpc)]);
      if (cut.includes(true)) log.warn("connections were cut that did not end in time");
      await Promise.all([unwatched, unread, identity.stop(), replicas?.close()]);
      media.close();
      if (redis !== undefined) await closeRedis(redis);
      await databases.close();
    },
  };
}

function openReplicas(
  { databaseReplicaUrls: urls, databasePool: pool }: Config,
  primary: Sequelize,
  log: Logger,
): ReplicaSet | undefined {
  return urls.length === 0 ? undefined : new ReplicaSet({ urls, pool, primary, log });
}
