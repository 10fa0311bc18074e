/** The ways to the screens; those whose RPC the caller may not use are not shown. */
import type { DescMethod } from "@bufbuild/protobuf";
import { AnalyticsService } from "../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CatalogService } from "../../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OrderService } from "../../../gen/bodega/order/v1/order_service_pb.ts";
import { PromotionService } from "../../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { may } from "./auth/permission.ts";
import { Link } from "./route.tsx";

const ways: [string, string, DescMethod][] = [
  ["today", "Today", AnalyticsService.method.getSalesSummary],
  ["orders", "Orders", OrderService.method.listOrders],
  ["products", "Products", CatalogService.method.updateProduct],
  ["categories", "Categories", CatalogService.method.updateCategory],
  ["stores", "Stores", InventoryService.method.updateStore],
  ["stock", "Stock", InventoryService.method.setStock],
  ["ledger", "Ledger", InventoryService.method.listStockMovements],
  ["promotions", "Promotions", PromotionService.method.listPromotions],
  ["users", "Users", IdentityService.method.listUsers],
  ["webhooks", "Webhooks", NotificationService.method.listWebhooks],
  ["deliveries", "Deliveries", NotificationService.method.listWebhookDeliveries],
  ["service-keys", "Service keys", IdentityService.method.listServiceKeys],
  ["dead-letters", "Dead letters", NotificationService.method.listDeadLetters],
  ["audit", "Audit log", IdentityService.method.listAuditEvents],
];

export function Navigation({ open, current, close }: { open: boolean; current: string; close(): void }) {
  return (
    <nav id="navigation" className={open ? "side open" : "side"} aria-label="Screens" onClick={close}>
      <ul>
        {ways
          .filter(([, , method]) => may(method))
          .map(([path, words]) => (
            <li key={path}>
              <Link to={path === "today" ? "/" : `/${path}`} current={path === current}>
                {words}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}
