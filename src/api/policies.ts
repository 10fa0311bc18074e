/**
 * What holds for single RPCs beyond who may call them, which the proto says. How often each may be called stands in
 * rate-limit-rules.ts; which calls the audit log keeps follows from their names (rpc/steps/audit/audited-object.ts).
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { AnalyticsService } from "../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CartService } from "../../gen/bodega/cart/v1/cart_service_pb.ts";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { isRead } from "../rpc/http/protocols/unary.ts";

const { method: catalog } = CatalogService;
const { method: identity } = IdentityService;
const { method: inventory } = InventoryService;
const { method: order } = OrderService;
const { method: cart } = CartService;
const { method: notification } = NotificationService;

/** A crowd of strangers comes by these: it is let in little by little. */
export const SIGN_INS: DescMethod[] = [
  identity.login,
  identity.register,
  identity.requestPasswordReset,
  identity.resetPassword,
];

/** Whoever guesses comes by these: the log says where from, whatever became of the call. */
export const GUESSED: DescMethod[] = [
  identity.register,
  identity.login,
  identity.refreshTokens,
  identity.changePassword,
  identity.updateProfile,
  identity.requestPasswordReset,
  identity.resetPassword,
  identity.verifyEmail,
  identity.completeLogin,
  identity.enrolTotp,
  identity.confirmTotp,
  identity.disableTotp,
];

/** What an account may do that must have a second factor and has none. */
export const WITHOUT_MFA: DescMethod[] = [
  identity.enrolTotp,
  identity.confirmTotp,
  identity.getProfile,
  identity.login,
  identity.completeLogin,
  identity.refreshTokens,
  identity.logout,
];

/** After each of them, what is kept of the catalog is asked for again. */
export const CATALOG_CHANGES: DescMethod[] = CatalogService.methods.filter((method) => !isRead(method));

/** They keep the answer to a request_id by themselves, with the order. */
export const OWN_IDEMPOTENCY: DescMethod[] = [order.placeOrder, cart.checkoutCart];

/** Audited ones that wait for somebody else: written down afterwards, with no transaction open meanwhile. */
export const AUDITED_WAITS: DescMethod[] = [notification.testWebhook];

/** Audited ones that first work for long, on what they were sent: their transaction may stand still meanwhile. */
export const AUDITED_WORK: DescMethod[] = [catalog.uploadProductImage, catalog.uploadCategoryImage];

/** What replicas answer, beside the catalog; a look at one stock row is no dearer than the question how far the primary is. */
export const REPLICATED: DescMethod[] = [
  order.getOrder,
  order.listOrders,
  order.listStoreOrders,
  inventory.listInventory,
  inventory.listStockMovements,
  identity.listAuditEvents,
  ...AnalyticsService.methods,
];

/** What waits for stock rows, beside the batches of orders, which have connections of their own. */
export const STOCK_CHANGES: DescMethod[] = [
  inventory.setStock,
  inventory.adjustStock,
  inventory.transferStock,
  inventory.deleteStore,
  order.confirmOrder,
  order.cancelOrder,
];
