/** Which steps every call passes, in which order. */
import type { DescService, Message } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { AnalyticsService } from "../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CartService } from "../../gen/bodega/cart/v1/cart_service_pb.ts";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import type { Identity } from "../domains/identity/create.ts";
import { secretAgain } from "../domains/notification/service.ts";
import type { VersionedCache } from "../platform/cache/versioned-cache.ts";
import type { Config } from "../platform/config/config.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import type { TokenBuckets } from "../platform/rate-limit/token-bucket.ts";
import type { RedisWindow } from "../platform/rate-limit/redis-window.ts";
import type { ReplicaSet } from "../platform/database/replica-set.ts";
import type { Step } from "../rpc/call.ts";
import { isRead } from "../rpc/http/protocols/unary.ts";
import { rateLimitRules } from "../rpc/steps/rate-limit/rules.ts";
import { authorizationStep } from "../rpc/steps/authorization.ts";
import { cacheInvalidationStep } from "../rpc/steps/cache-invalidation.ts";
import { clientAddressStep } from "../rpc/steps/client-address.ts";
import { auditStep } from "../rpc/steps/audit/audit.ts";
import { replicaStep } from "../rpc/steps/replica.ts";
import { deadlineStep } from "../rpc/steps/deadline.ts";
import { decodeStep } from "../rpc/steps/decode.ts";
import { errorsStep } from "../rpc/steps/errors.ts";
import { idempotencyStep } from "../rpc/steps/idempotency.ts";
import { messageSizeStep } from "../rpc/steps/message-size.ts";
import { loadSheddingStep } from "../rpc/steps/load-shedding.ts";
import { callLimitStep, windowLimitStep } from "../rpc/steps/rate-limit/rate-limit.ts";
import { authenticationStep } from "../rpc/steps/authentication.ts";
import { signInQueueStep } from "../rpc/steps/sign-in-queue.ts";
import { telemetryStep } from "../rpc/steps/telemetry.ts";
import { validationStep } from "../rpc/steps/validation.ts";
import type { Webhooks } from "../domains/notification/webhook/webhooks.ts";

export interface StepDeps {
  config: Config;
  buckets: TokenBuckets;
  database: Sequelize;
  limiter: RedisWindow;
  identity: Identity;
  catalog: VersionedCache<Message>;
  replicas: ReplicaSet | undefined;
  webhooks: Webhooks;
  log: Logger;
  descriptors: DescService[];
  warm: boolean;
  maxCallsAtOnce: number | undefined;
}

/** From the outside in; docs/architecture.md says why in this order. */
export function stepsOf({
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
}: StepDeps): Step[] {
  return [
    telemetryStep(log),
    errorsStep,
    deadlineStep,
    signInQueueStep([IdentityService.method.login, IdentityService.method.register]),
    loadSheddingStep(maxCallsAtOnce),
    clientAddressStep(config.trustedProxies, log),
    messageSizeStep,
    authenticationStep(identity.signIn),
    authorizationStep,
    callLimitStep({ calls: config.rateLimits.calls, buckets }),
    decodeStep,
    validationStep(warm ? descriptors.flatMap(({ methods }) => methods) : []),
    windowLimitStep({ limiter, windows: config.rateLimits.windows, rules: rateLimitRules() }),
    cacheInvalidationStep(
      CatalogService.methods.filter((method) => !isRead(method)),
      () => catalog.changed(),
    ),
    idempotencyStep(database, {
      except: [OrderService.method.placeOrder, CartService.method.checkoutCart],
      complete: secretAgain(webhooks),
    }),
    auditStep(database, {
      record: (entry) => identity.auditLog.add(entry),
      waiting: [NotificationService.method.testWebhook],
      slow: [CatalogService.method.uploadProductImage, CatalogService.method.uploadCategoryImage],
    }),
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

/** What waits for stock rows, beside the batches of orders, which have connections of their own. */
export const STOCK_CHANGES = [
  InventoryService.method.setStock,
  InventoryService.method.adjustStock,
  InventoryService.method.transferStock,
  InventoryService.method.deleteStore,
  OrderService.method.confirmOrder,
  OrderService.method.cancelOrder,
];
