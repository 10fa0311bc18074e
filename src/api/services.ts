/** Which services the API has, and which parts each is made of. */
import { create } from "@bufbuild/protobuf";
import { PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { LowStock } from "../domains/analytics/low-stock.ts";
import { OrderCounter } from "../domains/analytics/order-counter.ts";
import { Sales } from "../domains/analytics/sales.ts";
import { analyticsService } from "../domains/analytics/service.ts";
import { TopProducts } from "../domains/analytics/top-products.ts";
import { Carts } from "../domains/cart/carts.ts";
import { cartSource } from "../domains/cart/checkout.ts";
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
import { Ledger } from "../domains/inventory/stock-ledger.ts";
import { inventoryService } from "../domains/inventory/service.ts";
import { StockChanges } from "../domains/inventory/adjust-stock.ts";
import { Stock } from "../domains/inventory/stock.ts";
import { ChangeWriter } from "../domains/order/change/change-writer.ts";
import { OrderChanges } from "../domains/order/change/change-orders.ts";
import { storeImage } from "../domains/media/store-image.ts";
import { namesOf } from "../domains/order/find/names.ts";
import { factReader } from "../domains/order/place/read-facts.ts";
import { placedOrder } from "../domains/order/mapping.ts";
import { PlaceOrders } from "../domains/order/place/place-orders.ts";
import { Quotes } from "../domains/order/place/quotes.ts";
import { orderService } from "../domains/order/service.ts";
import { notificationService } from "../domains/notification/service.ts";
import { ChangeLog } from "../domains/order/watch/change-log.ts";
import { statementRunner } from "../platform/database/prepared-statements.ts";
import { Promotions } from "../domains/promotion/promotions.ts";
import { Redemptions } from "../domains/promotion/redemptions.ts";
import { promotionService } from "../domains/promotion/service.ts";
import { operationsService } from "../operations/service.ts";
import { auditedCategories, auditedProducts, auditedPromotions } from "./audited.ts";
import type { Parts } from "./parts.ts";
import type { Service } from "../rpc/service.ts";
import { WebhookDeliveries } from "../domains/notification/webhook/deliveries.ts";
import { DeliveryLog } from "../domains/notification/webhook/delivery-log.ts";
import { testWebhook } from "../domains/notification/webhook/test-webhook.ts";

/** Every service with its handlers; a repository that two of them need is made once. */
export function servicesOf(parts: Parts): Service[] {
  const { database, identity, pageTokens, stores, requireStore } = parts;
  const { currency } = parts.config;
  const promotionCodes = new Promotions(database, pageTokens, auditedPromotions(currency));
  return [
    identity.service,
    catalogServiceOf(parts),
    inventoryService({
      stores,
      stock: new Stock(database, pageTokens),
      stockChanges: new StockChanges(database),
      ledger: new Ledger(database, pageTokens),
      currency,
    }),
    ...orderServicesOf(parts),
    promotionService({ promotionCodes, currency }),
    notificationServiceOf(parts),
    analyticsService({
      sales: new Sales(database),
      orderCounter: new OrderCounter(database),
      topProducts: new TopProducts(database, pageTokens),
      lowStock: new LowStock(database, pageTokens),
      requireStore,
      currency,
    }),
    operationsService(parts.config),
  ];
}

function catalogServiceOf(parts: Parts): Service {
  const { database, media, pageTokens, catalog, replicas, requireStore } = parts;
  const { currency } = parts.config;
  const search = new Search(database, pageTokens);
  const reads = new CachedReads(catalog, replicas);
  return catalogService({
    categories: new Categories(database, pageTokens, auditedCategories),
    products: new Products(database, auditedProducts(currency)),
    foundProducts: new FoundProducts({ search, reads, requireStore, currency }),
    images: new Images(database),
    storeImage: (content) => storeImage(media, content),
    reads,
    currency,
  });
}

/** Orders and carts, which place orders too. */
function orderServicesOf(parts: Parts): Service[] {
  const { database, identity, orders, watches, onEvents, config } = parts;
  const { currency } = config;
  const promotions = new Redemptions(database);
  const placements = placeOrdersOf(parts);
  return [
    orderService({
      orders,
      placements,
      changes: new OrderChanges(database, { orders, writer: new ChangeWriter(database, { promotions, onEvents }) }),
      changeLog: new ChangeLog(database, { orders, currency }),
      quotes: new Quotes(database, promotions),
      namesOf: (rows) => namesOf(database, rows),
      watches,
      requireUser: (id) => identity.users.requireEnabled(id),
      currency,
      maxOpenHolds: config.rateLimits.openHolds,
    }),
    cartService({ carts: new Carts(database), placements, currency }),
  ];
}

function placeOrdersOf({ databases, onEvents, config }: Parts): PlaceOrders {
  const statements = statementRunner({ prepared: config.preparedStatements });
  return new PlaceOrders({
    database: databases.orders,
    statements,
    facts: factReader(statements, cartSource),
    cartSource,
    orderLimit: config.rateLimits.windows.orders,
    answer: (order) => create(PlaceOrderResponseSchema, { order: placedOrder(order, config.currency) }),
    onEvents,
  });
}

function notificationServiceOf({ database, pageTokens, orders, guard, webhooks }: Parts): Service {
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
