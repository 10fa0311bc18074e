/**
 * Every RPC: there, open to the callers that were promised, and honest about what repeating it does.
 *
 * The table is written by hand from the promises, not read from the proto: an RPC that is missing from either side, or
 * that was opened to somebody, shows.
 */
import { getOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AccessSchema, access } from "../../gen/bodega/access/v1/access_pb.ts";
import { rpcs } from "../support/contract.ts";

const promised: Record<string, Record<string, string>> = {
  IdentityService: {
    PUBLIC: "Register Login CompleteLogin RefreshTokens Logout RequestPasswordReset ResetPassword VerifyEmail",
    CUSTOMER: "GetProfile UpdateProfile ChangePassword EnrolTotp ConfirmTotp DisableTotp RequestEmailVerification",
    ADMIN:
      "CreateUser ListUsers GetUser UpdateUser DeleteUser CreateServiceKey ListServiceKeys RevokeServiceKey " +
      "ListAuditEvents ResetMfa",
  },
  CatalogService: {
    PUBLIC: "ListCategories GetCategory ListProducts GetProduct BatchGetProducts SearchProducts SuggestProducts",
    ADMIN:
      "CreateCategory UpdateCategory DeleteCategory CreateProduct UpdateProduct DeleteProduct " +
      "UploadProductImage UploadCategoryImage",
  },
  InventoryService: {
    PUBLIC: "ListStores GetStore ListInventory GetStock",
    ADMIN: "CreateStore UpdateStore DeleteStore",
    "ADMIN SERVICE": "SetStock AdjustStock TransferStock ListStockMovements",
  },
  OrderService: {
    PUBLIC: "QuoteOrder",
    "CUSTOMER SERVICE": "PlaceOrder ConfirmOrder CancelOrder GetOrder ListOrders",
    "ADMIN SERVICE": "ShipOrder DeliverOrder ListStoreOrders",
    "ADMIN CUSTOMER": "WatchOrders",
    ADMIN: "GetOrderEvents",
  },
  CartService: {
    CUSTOMER: "GetCart AddCartItem UpdateCartItem RemoveCartItem ClearCart CheckoutCart",
  },
  PromotionService: {
    PUBLIC: "CheckPromotion",
    ADMIN: "ListPromotions GetPromotion CreatePromotion UpdatePromotion DeletePromotion",
  },
  NotificationService: {
    ADMIN:
      "GetOrderEmails ListDeadLetters RetryDeadLetter RetryDeadLetters GetDeliveryHealth CreateWebhook ListWebhooks UpdateWebhook " +
      "DeleteWebhook TestWebhook ListWebhookDeliveries ReplayWebhookDelivery",
  },
  AnalyticsService: {
    ADMIN: "GetSalesSummary ListTopProducts ListLowStock ListLowStockStores GetOrderCounts",
  },
  OperationsService: {
    ADMIN: "GetStatus",
  },
};

const READ = /^(Get|List|BatchGet|Search|Suggest|Quote|Check|Watch)[A-Z]/;

test("every promised RPC is declared, open to the promised callers and nobody else", () => {
  const table = Object.entries(promised).flatMap(([service, rows]) =>
    Object.entries(rows).flatMap(([who, names]) => names.split(" ").map((name) => `${service}/${name}: ${who}`)),
  );
  const declared = rpcs.map((rpc) => {
    const who = getOption(rpc, access).map((one) => AccessSchema.value[one]?.localName);
    return `${rpc.parent.name}/${rpc.name}: ${who.toSorted((a, b) => String(a).localeCompare(String(b))).join(" ")}`;
  });
  assert.equal(declared.sort(), table.sort());
});

test("every read, and nothing else, is marked as having no side effects", () => {
  for (const rpc of rpcs) {
    assert.is(rpc.idempotency === Level.NO_SIDE_EFFECTS, READ.test(rpc.name), `${rpc.parent.name}/${rpc.name}`);
  }
});

test("an RPC is said to be repeatable, or takes a request_id, or is known to count each time", () => {
  const counts = rpcs
    .filter((rpc) => rpc.idempotency === Level.IDEMPOTENCY_UNKNOWN)
    .filter((rpc) => !rpc.input.fields.some((field) => field.name === "request_id"))
    .map((rpc) => rpc.name);
  const signingIn =
    "Register Login CompleteLogin RefreshTokens ChangePassword ResetPassword VerifyEmail EnrolTotp ConfirmTotp DisableTotp";
  const known = `${signingIn} ConfirmOrder CancelOrder ShipOrder DeliverOrder`;
  assert.equal(counts.sort(), [...known.split(" "), "TestWebhook", "ReplayWebhookDelivery"].sort());
});

test("only WatchOrders streams, from the server", () => {
  const streaming = rpcs.filter((rpc) => rpc.methodKind !== "unary");
  assert.equal(
    streaming.map((rpc) => `${rpc.name} ${rpc.methodKind}`),
    ["WatchOrders server_streaming"],
  );
});

test.run();
