/** Which services the API has, and which parts each is made of. */
import { create, type Message } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { LowStock } from "../analytics/low-stock.ts";
import { Sales } from "../analytics/sales.ts";
import { analyticsService } from "../analytics/service.ts";
import { TopProducts } from "../analytics/top-products.ts";
import { Carts } from "../cart/carts.ts";
import { cartSource } from "../cart/checkout.ts";
import { forgetCart } from "../cart/forgotten-carts.ts";
import { cartService } from "../cart/service.ts";
import { CachedReads } from "../catalog/cached-reads.ts";
import { Categories } from "../catalog/categories.ts";
import { Images } from "../catalog/images.ts";
import { Products } from "../catalog/products.ts";
import { Search } from "../catalog/search.ts";
import { catalogService } from "../catalog/service.ts";
import { DeadLetters } from "../email/dead-letters.ts";
import { EmailDeliveries } from "../email/deliveries.ts";
import { OrderEmails } from "../email/order-emails.ts";
import type { Identity } from "../identity/identity.ts";
import type { OnAccount } from "../identity/service.ts";
import { Ledger } from "../inventory/ledger.ts";
import { inventoryService } from "../inventory/service.ts";
import { StockChanges } from "../inventory/stock-changes.ts";
import { Stock } from "../inventory/stock.ts";
import type { Stores } from "../inventory/stores.ts";
import { ChangeWriter } from "../order/change-writer.ts";
import { OrderChanges } from "../order/changes.ts";
import { keepPicture } from "../media/pictures.ts";
import type { MediaStore } from "../media/store.ts";
import { factReader } from "../order/facts.ts";
import { placedOrder } from "../order/mapping.ts";
import type { Orders } from "../order/orders.ts";
import { Placements } from "../order/placements.ts";
import { Quotes } from "../order/quotes.ts";
import { orderService } from "../order/service.ts";
import { notificationService } from "../notification/service.ts";
import { ChangeLog } from "../order/watch/change-log.ts";
import type { Watches } from "../order/watch/watches.ts";
import type { VersionedCache } from "../platform/cache.ts";
import type { Config } from "../platform/config.ts";
import type { PageTokens } from "../platform/page-token.ts";
import { statementRunner } from "../platform/prepared.ts";
import type { Replicas } from "../platform/replicas.ts";
import { PromotionCodes } from "../promotion/promotion-codes.ts";
import { Promotions } from "../promotion/promotions.ts";
import { promotionService } from "../promotion/service.ts";
import type { Service } from "../rpc/service.ts";
import type { AddressGuard } from "../webhook/address-guard.ts";
import { WebhookDeliveries } from "../webhook/deliveries.ts";
import { DeliveryLog } from "../webhook/delivery-log.ts";
import { tryWebhook } from "../webhook/trial.ts";
import type { Webhooks } from "../webhook/webhooks.ts";

export interface ServiceParts {
  /** With connections that only orders use. */
  orderDatabase: Sequelize;
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

/** Every service with its handlers; each repository is made once. */
export function servicesOf(database: Sequelize, parts: ServiceParts): Service[] {
  const {
    orderDatabase,
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
    onEvents,
    config,
  } = parts;
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
  const statements = statementRunner({ prepared: config.preparedStatements });
  const placements = new Placements({
    database: orderDatabase,
    statements,
    facts: factReader(statements, cartSource),
    cartSource,
    orderLimit: config.rateLimits.windows.orders,
    answer: (order) => create(PlaceOrderResponseSchema, { order: placedOrder(order, currency) }),
    onEvents,
  });
  const images = new Images(database);
  const keep = (content: Uint8Array) => keepPicture(media, content);
  const carts = new Carts(database);
  const sales = new Sales(database);
  const topProducts = new TopProducts(database, pageTokens);
  const lowStock = new LowStock(database, pageTokens);
  const webhookDeliveries = new WebhookDeliveries(database);
  const requireStore = async (id: string) => {
    await stores.get(id);
  };
  const requireUser = (id: string) => identity.users.requireEnabled(id);
  return [
    identity.service,
    catalogService({
      categories,
      products,
      search,
      images,
      keepPicture: keep,
      requireStore,
      reads: new CachedReads(catalog, replicas),
      currency,
    }),
    inventoryService({ stores, stock, stockChanges, ledger, currency }),
    orderService({
      orders,
      placements,
      changes,
      changeLog: new ChangeLog(database, { orders, currency }),
      quotes,
      watches,
      requireUser,
      currency,
      maxOpenHolds: config.rateLimits.openHolds,
    }),
    cartService({ carts, placements, currency }),
    promotionService({ promotionCodes, currency }),
    notificationService({
      deadLetters: new DeadLetters(database, pageTokens),
      channels: { emails: new EmailDeliveries(database), webhooks: webhookDeliveries },
      orderEmails: new OrderEmails(database),
      findOrder: async (id) => (await orders.get(id, { ownedBy: "anybody" })).order,
      webhooks,
      deliveryLog: new DeliveryLog(database, pageTokens),
      tryWebhook: (id) => tryWebhook(id, { webhooks, deliveries: webhookDeliveries, guard }),
    }),
    analyticsService({ sales, topProducts, lowStock, requireStore, currency }),
  ];
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
