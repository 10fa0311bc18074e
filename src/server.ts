/** The API of one process: which services, behind which steps in which order, on which ports. */
import { create, type DescService, type Message } from "@bufbuild/protobuf";
import type { Server as GrpcServer } from "@grpc/grpc-js";
import type { Sequelize } from "sequelize";
import { AnalyticsService } from "../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CatalogService } from "../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../gen/bodega/notification/v1/notification_service_pb.ts";
import { OrderService, PlaceOrderResponseSchema } from "../gen/bodega/order/v1/order_service_pb.ts";
import { Health as HealthService } from "../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection as ReflectionService } from "../gen/grpc/reflection/v1/reflection_pb.ts";
import { LowStock } from "./analytics/low-stock.ts";
import { Sales } from "./analytics/sales.ts";
import { analyticsService } from "./analytics/service.ts";
import { TopProducts } from "./analytics/top-products.ts";
import { Carts } from "./cart/carts.ts";
import { forgetCart } from "./cart/forgotten-carts.ts";
import { cartService } from "./cart/service.ts";
import { CachedReads, catalogVersion } from "./catalog/cached-reads.ts";
import { Categories } from "./catalog/categories.ts";
import { Images } from "./catalog/images.ts";
import { Products } from "./catalog/products.ts";
import { Search } from "./catalog/search.ts";
import { catalogService } from "./catalog/service.ts";
import { DeadLetters } from "./email/dead-letters.ts";
import { Deliveries } from "./email/deliveries.ts";
import { OrderEmails } from "./email/order-emails.ts";
import { type Identity, openIdentity } from "./identity/identity.ts";
import { consoleOr } from "./console/serve.ts";
import { sessionOr } from "./console/session.ts";
import type { OnAccount } from "./identity/service.ts";
import { Ledger } from "./inventory/ledger.ts";
import { inventoryService } from "./inventory/service.ts";
import { StockChanges } from "./inventory/stock-changes.ts";
import { Stock } from "./inventory/stock.ts";
import { Stores } from "./inventory/stores.ts";
import { ChangeWriter } from "./order/change-writer.ts";
import { OrderChanges } from "./order/changes.ts";
import { documentationPages } from "./openapi/pages.ts";
import { openMedia } from "./media/open.ts";
import { keepPicture } from "./media/pictures.ts";
import { mediaOr } from "./media/serve.ts";
import type { MediaStore } from "./media/store.ts";
import { placedOrder } from "./order/mapping.ts";
import { Orders } from "./order/orders.ts";
import { Placements } from "./order/placements.ts";
import { Quotes } from "./order/quotes.ts";
import { orderService } from "./order/service.ts";
import { notificationService, secretAgain } from "./notification/service.ts";
import { ChangeLog } from "./order/watch/change-log.ts";
import type { WatchLimits } from "./order/watch/limits.ts";
import { openWatches } from "./order/watch/open.ts";
import type { Watches } from "./order/watch/watches.ts";
import { VersionedCache } from "./platform/cache.ts";
import { type Config, requireKeyEncryption } from "./platform/config.ts";
import { openDatabase } from "./platform/database.ts";
import { DatabaseWatch } from "./platform/database-watch.ts";
import type { Logger } from "./platform/log.ts";
import { clientAddress, networkOf } from "./platform/client-address.ts";
import { CallBuckets } from "./platform/call-bucket.ts";
import { EVENTS_WRITTEN, hintBy } from "./platform/hints.ts";
import { PageTokens } from "./platform/page-token.ts";
import { watchPool } from "./platform/pool-metrics.ts";
import { statementRunner } from "./platform/prepared.ts";
import { RateLimiter } from "./platform/rate-limit.ts";
import { Replicas } from "./platform/replicas.ts";
import { closeRedis, openRedis } from "./platform/redis.ts";
import { redisCache } from "./platform/redis-cache.ts";
import { secret } from "./platform/secrets.ts";
import { openSiblings } from "./platform/siblings.ts";
import { PromotionCodes } from "./promotion/promotion-codes.ts";
import { Promotions } from "./promotion/promotions.ts";
import { promotionService } from "./promotion/service.ts";
import type { Rpc, Step } from "./rpc/call.ts";
import { isRead } from "./rpc/connect-unary.ts";
import { connectHandler } from "./rpc/connect.ts";
import { drainGrpc, grpcServer, listenGrpc } from "./rpc/grpc.ts";
import { Health } from "./rpc/health.ts";
import { httpListener, type HttpRequest } from "./rpc/http.ts";
import { edge } from "./rpc/edge.ts";
import { pipeline } from "./rpc/pipeline.ts";
import { rateLimitRules } from "./rpc/rate-limit-rules.ts";
import { addReflectionToConnect, addReflectionToGrpc } from "./rpc/reflection.ts";
import { type Route, routes } from "./rpc/routes.ts";
import { type Service } from "./rpc/service.ts";
import { accessStep } from "./rpc/steps/access.ts";
import { announceStep } from "./rpc/steps/announce.ts";
import { addressStep } from "./rpc/steps/address.ts";
import { auditStep } from "./rpc/steps/audit.ts";
import { replicaStep } from "./rpc/steps/replica.ts";
import { deadlineStep } from "./rpc/steps/deadline.ts";
import { decodeStep } from "./rpc/steps/decode.ts";
import { errorsStep } from "./rpc/steps/errors.ts";
import { idempotencyStep } from "./rpc/steps/idempotency.ts";
import { overloadStep } from "./rpc/steps/overload.ts";
import { callLimitStep, windowLimitStep } from "./rpc/steps/rate-limit.ts";
import { signInStep } from "./rpc/steps/sign-in.ts";
import { turnsStep } from "./rpc/steps/turns.ts";
import { telemetryStep } from "./rpc/steps/telemetry.ts";
import { validationStep } from "./rpc/steps/validation.ts";
import { AddressGuard } from "./webhook/address-guard.ts";
import { WebhookDeliveries } from "./webhook/deliveries.ts";
import { DeliveryLog } from "./webhook/delivery-log.ts";
import { tryWebhook } from "./webhook/trial.ts";
import { Webhooks } from "./webhook/webhooks.ts";

/** Connections to PostgreSQL beside the pool: one asks for revocations, one whether the database is of use. */
export const API_CONNECTIONS_BESIDE_POOL = 2;
/** They ask again soon. */
const WATCH_CONNECT_TIMEOUT_MS = 1_500;

export interface Api {
  port: number;
  grpcPort: number;
  /** undefined where there are none. */
  replicas: Pick<Replicas, "states" | "fallbacks"> | undefined;
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
}

/** @throws StartupProblem when a database does not answer, a port is taken, or an RPC declares no access */
export async function startApi(config: Config & { databaseUrl: string }, log: Logger, { watchLimits, streamPatienceMs, warm = true }: ApiOptions = {}): Promise<Api> {
  requireKeyEncryption(config);
  const database = openDatabase({
    url: config.databaseUrl,
    pool: config.databasePool,
    name: "bodega api",
    pipelined: config.preparedStatements,
  });
  const watching = openDatabase({ url: config.databaseUrl, pool: API_CONNECTIONS_BESIDE_POOL, name: "bodega watch", connectTimeoutMs: WATCH_CONNECT_TIMEOUT_MS });
  const endWatch = watchPool("primary", database);
  const tokenKey = await secret(database, "page-tokens");
  const pageTokens = new PageTokens(tokenKey);
  const identity = await openIdentity({ ...config, database, watching, pageTokens, onAccount: onAccount(database) });
  const media = await openMedia(config);
  const buckets = new CallBuckets();
  const redis = config.redisUrl === undefined ? undefined : await openRedis(config.redisUrl, log, "limits");
  const catalog = new VersionedCache<Message>({
    version: () => catalogVersion(database),
    remote: redis === undefined ? undefined : redisCache(redis, "catalog"),
    siblings: openSiblings,
  });
  const replicas = openReplicas(config, database, log);
  const guard = new AddressGuard({ allowed: config.webhookNetworks });
  const webhooks = new Webhooks(database, { pageTokens, guard, encryptionKey: config.keyEncryptionKey });
  const limiter = new RateLimiter(redis);
  const stores = new Stores(database, pageTokens);
  const orders = new Orders(database, pageTokens);
  const requireStore = async (id: string) => void (await stores.get(id));
  const { redisUrl, currency } = config;
  const watches = await openWatches({ database, orders, limiter, redis, redisUrl, key: tokenKey, currency, log, requireStore, limits: watchLimits });
  const hint = hintBy(redis, EVENTS_WRITTEN);
  const services = servicesOf(database, {
    identity, media, pageTokens, catalog, replicas, stores, orders, watches, guard, webhooks, onEvents: () => hint(""), config,
  });
  const descriptors = services.map(({ descriptor }) => descriptor);
  const rpcs = pipeline(services, stepsOf({ config, buckets, database, limiter, identity, catalog, replicas, webhooks, log, descriptors, warm }));
  const health = new Health(descriptors.map(({ typeName }) => typeName));
  const ending = new AbortController();
  const tls = config.tls !== undefined;
  const watch = await DatabaseWatch.open({
    database: watching,
    cut: [database, watching],
    onChange: (useful) => health.set(useful ? "SERVING" : "NOT_SERVING"),
    log,
  });

  const grpc = grpcOf(rpcs, { health, descriptors, ending: ending.signal, streamPatienceMs });
  const http = httpListener(
    edge(
      connectHandler({
        rpcs,
        shutdownSignal: ending.signal,
        streamPatienceMs,
        admits: admission(config, buckets),
        more: (router) => {
          health.addToConnect(router);
          addReflectionToConnect(router, reflected(descriptors));
        },
        fallback: sessionOr(consoleOr(mediaOr(routes(pages({ watch, identity, ending: ending.signal })), media, log)), { rpcs, tls, trustedProxies: config.trustedProxies }),
      }),
      { corsOrigins: config.corsOrigins, tls },
    ),
    config.tls,
  );
  const port = await http.listen(config.host, config.port);
  const grpcPort = await listenGrpc(grpc, config.host, config.grpcPort, config.tls);

  return {
    port,
    grpcPort,
    replicas,
    async stop(idleGraceMs) {
      const unwatched = watch.stop();
      health.set("NOT_SERVING");
      const unread = watches.stop();
      ending.abort();
      await Promise.all([http.close(idleGraceMs), drainGrpc(grpc)]);
      endWatch();
      await Promise.all([unwatched, unread, identity.stop(), replicas?.close()]);
      media.close();
      if (redis !== undefined) await closeRedis(redis);
      await Promise.all([database.close(), watching.close()]);
    },
  };
}

/** An account's beginning brings an e-mail; its end takes mail and cart with it. */
function onAccount(database: Sequelize): OnAccount {
  const deliveries = new Deliveries(database);
  return {
    registered: (userId) => deliveries.expectFor(userId, "WELCOME"),
    async deleted(userId) {
      await deliveries.dropFor(userId);
      await forgetCart(database, userId);
    },
  };
}

interface ServiceParts {
  identity: Identity;
  media: MediaStore;
  pageTokens: PageTokens;
  catalog: VersionedCache<Message>;
  replicas: Replicas | undefined;
  stores: Stores;
  orders: Orders;
  watches: Watches;
  onEvents: () => void;
  guard: AddressGuard;
  webhooks: Webhooks;
  config: Config;
}

function openReplicas({ databaseReplicaUrls: urls, databasePool: pool }: Config, primary: Sequelize, log: Logger): Replicas | undefined {
  return urls.length === 0 ? undefined : new Replicas({ urls, pool, primary, log });
}

function servicesOf(database: Sequelize, parts: ServiceParts): Service[] {
  const { identity, media, pageTokens, catalog, replicas, stores, orders, watches, guard, webhooks, onEvents, config } = parts;
  const { currency } = config;
  const categories = new Categories(database, pageTokens);
  const products = new Products(database);
  const search = new Search(database, pageTokens);
  const stock = new Stock(database, pageTokens);
  const stockChanges = new StockChanges(database);
  const ledger = new Ledger(database, pageTokens);
  const promotions = new Promotions(database);
  const promotionCodes = new PromotionCodes(database, pageTokens);
  const quotes = new Quotes(database, promotions);
  const changes = new OrderChanges(database, { orders, writer: new ChangeWriter(database, { promotions, onEvents }) });
  const placements = new Placements({
    database,
    statements: statementRunner({ prepared: config.preparedStatements }),
    promotions,
    answer: (order) => create(PlaceOrderResponseSchema, { order: placedOrder(order, currency) }),
    onEvents,
  });
  const images = new Images(database);
  const keep = (content: Uint8Array) => keepPicture(media, content);
  const carts = new Carts({ database, place: (wish) => placements.placeWithin(wish) });
  const sales = new Sales(database);
  const topProducts = new TopProducts(database, pageTokens);
  const lowStock = new LowStock(database, pageTokens);
  const webhookDeliveries = new WebhookDeliveries(database);
  const requireStore = async (id: string) => void (await stores.get(id));
  const requireUser = async (id: string) => void (await identity.users.get(id));
  return [
    identity.service,
    catalogService({ categories, products, search, images, keepPicture: keep, requireStore, reads: new CachedReads(catalog, replicas), currency }),
    inventoryService({ stores, stock, stockChanges, ledger, currency }),
    orderService({ orders, placements, changes, changeLog: new ChangeLog(database, { orders, currency }), quotes, watches, requireUser, currency }),
    cartService({ carts, currency }),
    promotionService({ promotionCodes, currency }),
    notificationService({
      deadLetters: new DeadLetters(database, pageTokens),
      orderEmails: new OrderEmails(database),
      findOrder: async (id) => (await orders.get(id, { ownedBy: "anybody" })).order,
      webhooks,
      deliveryLog: new DeliveryLog(database, pageTokens),
      tryWebhook: (id) => tryWebhook(id, { webhooks, deliveries: webhookDeliveries, guard }),
    }),
    analyticsService({ sales, topProducts, lowStock, requireStore, currency }),
  ];
}

interface StepParts {
  config: Config;
  buckets: CallBuckets;
  database: Sequelize;
  limiter: RateLimiter;
  identity: Identity;
  catalog: VersionedCache<Message>;
  replicas: Replicas | undefined;
  webhooks: Webhooks;
  log: Logger;
  descriptors: DescService[];
  warm: boolean;
}

/** From the outside in; docs/architecture.md says why in this order. */
function stepsOf({ config, buckets, database, limiter, identity, catalog, replicas, webhooks, log, descriptors, warm }: StepParts): Step[] {
  return [
    telemetryStep(log),
    errorsStep,
    deadlineStep,
    turnsStep([IdentityService.method.login, IdentityService.method.register]),
    overloadStep(),
    addressStep(config.trustedProxies),
    signInStep(identity.signIn),
    accessStep,
    callLimitStep({ calls: config.rateLimits.calls, buckets }),
    decodeStep,
    validationStep(warm ? descriptors.flatMap(({ methods }) => methods) : []),
    windowLimitStep({ limiter, windows: config.rateLimits.windows, rules: rateLimitRules(accountOf(identity)) }),
    announceStep(CatalogService.methods.filter((method) => !isRead(method)), () => catalog.changed()),
    idempotencyStep(database, { except: [OrderService.method.placeOrder], complete: secretAgain(webhooks) }),
    auditStep(database, { record: (entry) => identity.auditLog.add(entry), waiting: [NotificationService.method.testWebhook] }),
    replicaStep(HISTORY, replicas),
  ];
}

/** What replicas answer, beside the catalog; a look at one stock row is no dearer than the question how far the primary is. */
const HISTORY = [
  OrderService.method.getOrder,
  OrderService.method.listOrders,
  OrderService.method.listStoreOrders,
  InventoryService.method.listInventory,
  InventoryService.method.listStockMovements,
  IdentityService.method.listAuditEvents,
  ...AnalyticsService.methods,
];

interface GrpcParts {
  health: Health;
  descriptors: DescService[];
  ending: AbortSignal;
  streamPatienceMs: number | undefined;
}

/** The limit of all calls, for answers that no step sees: the same buckets, by the same address. */
function admission({ rateLimits: { calls }, trustedProxies }: Config, buckets: CallBuckets): (request: HttpRequest) => boolean {
  return ({ socket, headers }) => {
    if (calls === undefined) return true;
    const forwardedFor = [headers["x-forwarded-for"]].flat().join(", ");
    return buckets.take(networkOf(clientAddress(socket.remoteAddress ?? "", forwardedFor, trustedProxies)), calls) === 0;
  };
}

/** For limits: whose account a login names. */
function accountOf({ users }: Identity): (login: string) => Promise<string | undefined> {
  return async (login) => (await users.findByLogin(login))?.id;
}

function grpcOf(rpcs: Rpc[], { health, descriptors, ending, streamPatienceMs }: GrpcParts): GrpcServer {
  const server = grpcServer(rpcs, ending, streamPatienceMs);
  health.addToGrpc(server);
  addReflectionToGrpc(server, reflected(descriptors));
  return server;
}

/** What tools may ask the schema of: our services, and those that every gRPC server has. */
function reflected(descriptors: DescService[]): DescService[] {
  return [...descriptors, HealthService, ReflectionService];
}

interface PageParts {
  watch: DatabaseWatch;
  identity: Identity;
  ending: AbortSignal;
}

function pages({ watch, identity, ending }: PageParts): Record<string, Route> {
  return {
    "/healthz": async () => ({ status: 200, type: "text/plain", body: "alive\n" }),
    "/readyz": async () => readiness(watch, ending),
    "/.well-known/jwks.json": async () => ({
      status: 200,
      type: "application/json",
      body: JSON.stringify(identity.keys.jwks()),
      headers: { "cache-control": "public, max-age=60" },
    }),
    ...documentationPages(),
  };
}

async function readiness(watch: DatabaseWatch, ending: AbortSignal) {
  const why = ending.aborted ? "stopping" : await watch.ask();
  return { status: why === undefined ? 200 : 503, type: "text/plain", body: `${why ?? "ready"}\n` };
}
