/** The ways to the screens; those whose RPC the caller may not use are not shown. */
import type { DescMethod } from "@bufbuild/protobuf";
import { NavLink, Text } from "@mantine/core";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CatalogService } from "../../../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OperationsService } from "../../../../gen/bodega/operations/v1/operations_service_pb.ts";
import { OrderService } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import { PromotionService } from "../../../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { may } from "../auth/permission.ts";
import { hrefOf, follow } from "../route.tsx";
import { words } from "../words/frame.ts";

type Way = [path: keyof typeof words.ways, rpc: DescMethod];

/** As people look for them: what is sold, what there is of it, who buys, what else is connected. */
const groups: [keyof typeof words.groups, Way[]][] = [
  [
    "sales",
    [
      ["today", AnalyticsService.method.getSalesSummary],
      ["orders", OrderService.method.listOrders],
      ["promotions", PromotionService.method.listPromotions],
      ["users", IdentityService.method.listUsers],
    ],
  ],
  [
    "catalog",
    [
      ["products", CatalogService.method.updateProduct],
      ["categories", CatalogService.method.updateCategory],
    ],
  ],
  [
    "inventory",
    [
      ["stores", InventoryService.method.updateStore],
      ["stock", InventoryService.method.setStock],
      ["ledger", InventoryService.method.listStockMovements],
    ],
  ],
  [
    "connections",
    [
      ["webhooks", NotificationService.method.listWebhooks],
      ["deliveries", NotificationService.method.listWebhookDeliveries],
      ["service-keys", IdentityService.method.listServiceKeys],
      ["dead-letters", NotificationService.method.listDeadLetters],
    ],
  ],
  [
    "oversight",
    [
      ["health", OperationsService.method.getStatus],
      ["audit", IdentityService.method.listAuditEvents],
    ],
  ],
];

export interface NavigationProps {
  current: string;
  /** Called when a way was taken. */
  taken?(): void;
}

export function Navigation({ current, taken }: NavigationProps) {
  return (
    <nav className="side" aria-label={words.screens} onClick={taken}>
      {groups
        .map(([name, ways]) => [name, ways.filter(([, rpc]) => may(rpc))] as const)
        .filter(([, ways]) => ways.length > 0)
        .map(([name, ways]) => (
          <div key={name}>
            <Text size="xs" c="dimmed" fw={600} px="sm" pb={4} id={`ways-${name}`}>
              {words.groups[name]}
            </Text>
            <ul className="screens" aria-labelledby={`ways-${name}`}>
              {ways.map(([path]) => (
                <li key={path}>
                  <Way to={path === "today" ? "/" : `/${path}`} name={words.ways[path]} current={path === current} />
                </li>
              ))}
            </ul>
          </div>
        ))}
    </nav>
  );
}

function Way({ to, name, current }: { to: string; name: string; current: boolean }) {
  return (
    <NavLink
      component="a"
      href={hrefOf(to)}
      onClick={follow(to)}
      label={name}
      aria-current={current ? "page" : undefined}
    />
  );
}
