/** The contract as descriptors: every service, and every message that its RPCs take or give. */
import type { DescField, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { AnalyticsService } from "../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CartService } from "../../gen/bodega/cart/v1/cart_service_pb.ts";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OperationsService } from "../../gen/bodega/operations/v1/operations_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { PromotionService } from "../../gen/bodega/promotion/v1/promotion_service_pb.ts";

export const services: DescService[] = [
  AnalyticsService,
  CartService,
  CatalogService,
  IdentityService,
  InventoryService,
  NotificationService,
  OperationsService,
  OrderService,
  PromotionService,
];

export const rpcs: DescMethod[] = services.flatMap((service) => service.methods);

/** The messages that are reached from these, themselves among them; those of others (Money, Timestamp …) left out. */
export function messagesFrom(roots: DescMessage[]): DescMessage[] {
  const reached = new Set<DescMessage>();
  const waiting = [...roots];
  for (let message = waiting.pop(); message !== undefined; message = waiting.pop()) {
    if (reached.has(message) || !message.typeName.startsWith("bodega.")) continue;
    reached.add(message);
    waiting.push(...message.fields.flatMap(messagesOf));
  }
  return [...reached];
}

/** `catalog.Product` for `bodega.catalog.v1.Product`: how the tables of the tests name things. */
export function shortName(typeName: string): string {
  return typeName.replace(/^bodega\.(\w+)\.v1\./, "$1.");
}

function messagesOf(field: DescField): DescMessage[] {
  return field.message === undefined ? [] : [field.message];
}
