/** Which services the API has, and which parts each is made of. */
import { create, type Message } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { LowStock } from "../domains/analytics/low-stock.ts";
import { Sales } from "../domains/analytics/sales.ts";
import { analyticsService } from "../domains/analytics/service.ts";
import { TopProducts } from "../domains/analytics/top-products.ts";
import { Carts } from "../domains/cart/carts.ts";
import { cartSource } from "../domains/cart/checkout.ts";
import { forgetCart } from "../domains/cart/cart-cleanup.ts";
import { cartService } from "../domains/cart/service.ts";
import { CachedReads } from "../domains/catalog/cached-reads.ts";
import { Categories } from "../domains/catalog/categories.ts";
import { Images } from "../domains/catalog/images.ts";
import { Products } from "../domains/catalog/products.ts";
import { FoundProducts } from "../domains/catalog/search/found-products.ts";
import { Search } from "../domains/catalog/search/search.ts";
import { catalogService } from "../domains/catalog/service.ts";
import { DeadLetters } from "../domains/notification/email/dead-letters.ts";
import { EmailDeliveries } from "../domains/notification/email/deliveries.ts";
import { OrderEmails } from "../domains/notification/email/order-emails.ts";
import type { Identity } from "../domains/identity/create.ts";
import type { OnAccount } from "../domains/identity/service.ts";
import { Ledger } from "../domains/inventory/stock-ledger.ts";
import { inventoryService } from "../domains/inventory/service.ts";
import { StockChanges } from "../domains/inventory/adjust-stock.ts";
import { Stock } from "../domains/inventory/stock.ts";
import type { Stores } from "../domains/inventory/stores.ts";
import { ChangeWriter } from "../domains/order/change/change-writer.ts";
import { OrderChanges } from "../domains/order/change/change-orders.ts";
import { storeImage } from "../domains/media/store-image.ts";
import type { MediaStore } from "../domains/media/image-store.ts";
import { factReader } from "../domains/order/place/read-facts.ts";
import { placedOrder } from "../domains/order/mapping.ts";
import type { Orders } from "../domains/order/orders.ts";
import { PlaceOrders } from "../domains/order/place/place-orders.ts";
import { Quotes } from "../domains/order/place/quotes.ts";
import { orderService } from "../domains/order/service.ts";
import { notificationService } from "../domains/notification/service.ts";
import { ChangeLog } from "../domains/order/watch/change-log.ts";
import type { Watches } from "../domains/order/watch/watch-orders.ts";
import type { VersionedCache } from "../platform/cache/versioned-cache.ts";
import type { Config } from "../platform/config/config.ts";
import type { PageTokens } from "../platform/wire/page-token.ts";
import { statementRunner } from "../platform/database/prepared-statements.ts";
import type { ReplicaSet } from "../platform/database/replica-set.ts";
import { Promotions } from "../domains/promotion/promotions.ts";
import { Redemptions } from "../domains/promotion/redemptions.ts";
import { promotionService } from "../domains/promotion/service.ts";
import type { Service } from "../rpc/service.ts";
import type { AddressGuard } from "../domains/notification/webhook/address-guard.ts";
import { WebhookDeliveries } from "../domains/notification/webhook/deliveries.ts";
import { DeliveryLog } from "../domains/notification/webhook/delivery-log.ts";
import { testWebhook } from "../domains/notification/webhook/test-webhook.ts";
import type { Webhooks } from "../domains/notification/webhook/webhooks.ts";

export interface ServiceDeps {
  /** With connections that only orders use. */
  orderDatabase: Sequelize;
  identity: Identity;
  media: MediaStore;
  pageTokens: PageTokens;
  catalog: VersionedCache<Message>;
  replicas: ReplicaSet | undefined;
  stores: Stores;
  orders: Orders;
  watches: Watches;
  onEvents: () => void;
  guard: AddressGuard;
  webhooks: Webhooks;
  config: Config;
}

/** Every service with its handlers; a repository that two of them need is made once. */
export function servicesOf(database: Sequelize, deps: ServiceDeps): Service[] {
  const { identity, pageTokens, stores, config } = deps;
  const { currency } = config;
  const promotionCodes = new Promotions(database, pageTokens);
  return [
    identity.service,
    catalogServiceOf(database, deps),
    inventoryService({
      stores,
      stock: new Stock(database, pageTokens),
      stockChanges: new StockChanges(database),
      ledger: new Ledger(database, pageTokens),
      currency,
    }),
    ...orderServicesOf(database, deps),
    promotionService({ promotionCodes, currency }),
    notificationServiceOf(database, deps),
    analyticsService({
      sales: new Sales(database),
      topProducts: new TopProducts(database, pageTokens),
      lowStock: new LowStock(database, pageTokens),
      requireStore: requireStoreOf(deps),
      currency,
    }),
  ];
}

function requireStoreOf({ stores }: ServiceDeps) {
  return async (id: string) => {
    await stores.get(id);
  };
}

function catalogServiceOf(database: Sequelize, deps: ServiceDeps): Service {
  const { media, pageTokens, catalog, replicas, config } = deps;
  const { currency } = config;
  const search = new Search(database, pageTokens);
  const reads = new CachedReads(catalog, replicas);
  return catalogService({
    categories: new Categories(database, pageTokens),
    products: new Products(database),
    foundProducts: new FoundProducts({ search, reads, requireStore: requireStoreOf(deps), currency }),
    images: new Images(database),
    storeImage: (content) => storeImage(media, content),
    reads,
    currency,
  });
}

/** Orders and carts, which place orders too. */
function orderServicesOf(database: Sequelize, deps: ServiceDeps): Service[] {
  const { identity, orders, watches, onEvents, config } = deps;
  const { currency } = config;
  const promotions = new Redemptions(database);
  const placements = placeOrdersOf(deps);
  return [
    orderService({
      orders,
      placements,
      changes: new OrderChanges(database, { orders, writer: new ChangeWriter(database, { promotions, onEvents }) }),
      changeLog: new ChangeLog(database, { orders, currency }),
      quotes: new Quotes(database, promotions),
      watches,
      requireUser: (id) => identity.users.requireEnabled(id),
      currency,
      maxOpenHolds: config.rateLimits.openHolds,
    }),
    cartService({ carts: new Carts(database), placements, currency }),
  ];
}

function placeOrdersOf({ orderDatabase, onEvents, config }: ServiceDeps): PlaceOrders {
  const statements = statementRunner({ prepared: config.preparedStatements });
  return new PlaceOrders({
    database: orderDatabase,
    statements,
    facts: factReader(statements, cartSource),
    cartSource,
    orderLimit: config.rateLimits.windows.orders,
    answer: (order) => create(PlaceOrderResponseSchema, { order: placedOrder(order, config.currency) }),
    onEvents,
  });
}

function notificationServiceOf(database: Sequelize, { pageTokens, orders, guard, webhooks }: ServiceDeps): Service {
  const deliveries = new WebhookDeliveries(database);
  return notificationService({
    deadLetters: new DeadLetters(database, pageTokens),
    channels: { emails: new EmailDeliveries(database), webhooks: deliveries },
    orderEmails: new OrderEmails(database),
    findOrder: async (id) => (await orders.get(id, { ownedBy: "anybody" })).order,
    webhooks,
    deliveryLog: new DeliveryLog(database, pageTokens),
    tryWebhook: (id) => testWebhook(id, { webhooks, deliveries, guard }),
  });
}

/** An account's beginning brings an e-mail, and so do guesses at its password; its end takes mail and cart with it. */
export function onAccount(database: Sequelize): OnAccount {
  const deliveries = new EmailDeliveries(database);
  return {
    registered: (userId) => deliveries.expectFor(userId, "WELCOME"),
    guessedAt: (userId) => deliveries.expectFor(userId, "PASSWORD_GUESSED"),
    async deleted(userId) {
      await deliveries.dropFor(userId);
      await forgetCart(database, userId);
    },
  };
}
