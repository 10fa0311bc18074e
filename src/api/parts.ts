/** What the services and steps of one API process share: opened once, in this order, and closed at the end. */
import type { Message } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { catalogVersion } from "../domains/catalog/cached-reads.ts";
import { type Identity, openIdentity } from "../domains/identity/create.ts";
import { Stores } from "../domains/inventory/stores.ts";
import { createMedia } from "../domains/media/create.ts";
import type { MediaStore } from "../domains/media/image-store.ts";
import { AddressGuard } from "../domains/notification/webhook/address-guard.ts";
import { Webhooks } from "../domains/notification/webhook/webhooks.ts";
import { Orders } from "../domains/order/orders.ts";
import { createWatches } from "../domains/order/watch/create.ts";
import type { WatchLimits } from "../domains/order/watch/limits.ts";
import type { Watches } from "../domains/order/watch/watch-orders.ts";
import { openClusterInvalidation } from "../platform/cache/cluster-invalidation.ts";
import { redisCache } from "../platform/cache/redis-cache.ts";
import { VersionedCache } from "../platform/cache/versioned-cache.ts";
import type { Config } from "../platform/config/config.ts";
import { ReplicaSet } from "../platform/database/replica-set.ts";
import { sharedSecret } from "../platform/database/shared-secrets.ts";
import { RedisWindow } from "../platform/rate-limit/redis-window.ts";
import { TokenBuckets } from "../platform/rate-limit/token-bucket.ts";
import { closeRedis, openRedis, type Redis } from "../platform/redis/redis.ts";
import { EVENTS_WRITTEN, wakeUpBy } from "../platform/redis/wake-up-channel.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { PageTokens } from "../platform/wire/page-token.ts";
import { auditedStores, auditedUsers, auditedWebhooks } from "./audited.ts";
import { type Databases, openDatabases } from "./databases.ts";
import { onAccount } from "./on-account.ts";

export interface Parts {
  config: Config;
  log: Logger;
  databases: Databases;
  /** The pool for every call: `databases.shared`. */
  database: Sequelize;
  replicas: ReplicaSet | undefined;
  limiter: RedisWindow;
  buckets: TokenBuckets;
  catalog: VersionedCache<Message>;
  pageTokens: PageTokens;
  identity: Identity;
  media: MediaStore;
  stores: Stores;
  /** @throws Failure STORE_NOT_FOUND */
  requireStore: (id: string) => Promise<void>;
  orders: Orders;
  watches: Watches;
  guard: AddressGuard;
  webhooks: Webhooks;
  /** Tells who waits for events that there are new ones. */
  onEvents: () => void;
  close(): Promise<void>;
}

export interface PartsOptions {
  warm: boolean;
  watchLimits: Partial<WatchLimits> | undefined;
  redisTimeoutMs: number | undefined;
}

/** @throws StartupError when a database does not answer, or the signing keys are encrypted with another key */
export async function openParts(
  config: Config & { databaseUrl: string },
  log: Logger,
  { warm, watchLimits, redisTimeoutMs }: PartsOptions,
): Promise<Parts> {
  const { redisUrl, currency } = config;
  const databases = await openDatabases(config, warm);
  const database = databases.shared;
  const key = await sharedSecret(database, "page-tokens");
  const pageTokens = new PageTokens(key);
  const redis = redisUrl === undefined ? undefined : await openRedis(redisUrl, log, "limits", redisTimeoutMs);
  const limiter = new RedisWindow(redis, redisTimeoutMs);
  const identity = await openIdentity({
    ...config,
    database,
    watching: databases.revocations,
    pageTokens,
    onAccount: onAccount(database, config.keyEncryptionKey),
    audited: auditedUsers,
    limits: { limiter, windows: config.rateLimits.windows },
    log,
  });
  const media = await createMedia(config);
  const stores = new Stores(database, pageTokens, auditedStores);
  const requireStore = async (id: string) => {
    await stores.get(id);
  };
  const orders = new Orders(database, pageTokens);
  const watching = { database, orders, limiter, redis, redisUrl, key, currency, log, requireStore };
  const guard = new AddressGuard({ allowed: config.webhookNetworks });
  const replicas = openReplicas(config, database, log);
  const wakeUp = wakeUpBy(redis, EVENTS_WRITTEN);
  const shared = { config, log, databases, database, replicas, limiter, pageTokens, identity, media, stores, orders };
  return {
    ...shared,
    requireStore,
    guard,
    buckets: new TokenBuckets(),
    catalog: catalogCache(database, redis),
    watches: await createWatches({ ...watching, limits: watchLimits }),
    webhooks: new Webhooks(database, { pageTokens, guard, encryptionKey: config.keyEncryptionKey, ...auditedWebhooks }),
    onEvents: () => wakeUp(""),
    async close() {
      await Promise.all([identity.stop(), replicas?.close()]);
      media.close();
      if (redis !== undefined) await closeRedis(redis);
      await databases.close();
    },
  };
}

/** What PostgreSQL answered about the catalog, until it changes; in Redis too, for the other processes. */
function catalogCache(database: Sequelize, redis: Redis | undefined): VersionedCache<Message> {
  return new VersionedCache<Message>({
    version: () => catalogVersion(database),
    remote: redis === undefined ? undefined : redisCache(redis, "catalog"),
    siblings: openClusterInvalidation,
  });
}

function openReplicas(
  { databaseReplicaUrls: urls, databasePool: pool }: Config,
  primary: Sequelize,
  log: Logger,
): ReplicaSet | undefined {
  return urls.length === 0 ? undefined : new ReplicaSet({ urls, pool, primary, log });
}
