/**
 * Every field that callers were promised, by its name; and a bound on everything that they may send.
 *
 * The table is written by hand from the promises: a field that is renamed keeps `buf breaking` content as long as it
 * was never committed, and would still break whoever reads the documents.
 */
import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence as Presence } from "@bufbuild/protobuf/wkt";
import { field as rulesOf, type FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messagesFrom, rpcs, shortName } from "../support/contract.ts";

const page = "page_size page_token";
const promised: Record<string, string> = {
  "identity.User":
    "id email username first_name last_name phone address birth_date role disabled create_time update_time etag " +
    "email_verified pending_email",
  "identity.Tokens": "access_token access_token_expire_time refresh_token refresh_token_expire_time",
  "identity.RegisterRequest": "email username password first_name last_name phone",
  "identity.RegisterResponse": "user tokens",
  "identity.LoginRequest": "login password",
  "identity.LoginResponse": "user tokens",
  "identity.RefreshTokensRequest": "refresh_token",
  "identity.RefreshTokensResponse": "tokens",
  "identity.LogoutRequest": "refresh_token",
  "identity.GetProfileResponse": "user",
  "identity.UpdateProfileRequest": "user update_mask current_password",
  "identity.ChangePasswordRequest": "current_password new_password",
  "identity.RequestPasswordResetRequest": "email",
  "identity.ResetPasswordRequest": "token new_password",
  "identity.VerifyEmailRequest": "token",
  "identity.VerifyEmailResponse": "user",
  "identity.CreateUserRequest": "user request_id",
  "identity.CreateServiceKeyRequest": "request_id",
  "catalog.Product":
    "id sku title description price category_id category image_uri featured active create_time update_time etag",
  "catalog.Category": "id name description image_uri active create_time update_time etag",
  "catalog.CreateProductRequest": "product request_id",
  "catalog.CreateProductResponse": "product",
  "catalog.UpdateProductRequest": "product update_mask",
  "catalog.DeleteProductRequest": "id",
  "catalog.CreateCategoryRequest": "category request_id",
  "catalog.UpdateCategoryRequest": "category update_mask",
  "catalog.ListCategoriesResponse": "categories next_page_token",
  "catalog.ListProductsRequest": `category_id featured store_id order_by ${page}`,
  "catalog.ListProductsResponse": "results next_page_token",
  "catalog.ProductResult": "product quantity",
  "catalog.BatchGetProductsResponse": "products",
  "catalog.SearchProductsRequest":
    "query category_id category min_price max_price store_id in_stock featured order_by " + page,
  "catalog.SearchProductsResponse": "results total_size total_size_is_estimate facets next_page_token",
  "catalog.SuggestProductsRequest": "query",
  "catalog.SuggestProductsResponse": "titles",
  "catalog.UploadProductImageRequest": "id content",
  "catalog.UploadProductImageResponse": "image_uri",
  "catalog.UploadCategoryImageRequest": "id content",
  "catalog.UploadCategoryImageResponse": "image_uri",
  "inventory.CreateStoreRequest": "store request_id",
  "inventory.ListStoresResponse": "stores next_page_token",
  "inventory.ListInventoryRequest": `store_id ${page}`,
  "inventory.ListInventoryResponse": "items next_page_token",
  "inventory.InventoryItem": "product_id title sku price category quantity reserved",
  "inventory.GetStockRequest": "product_id",
  "inventory.Stock": "store_id quantity",
  "inventory.AdjustStockRequest": "delta reason request_id",
  "inventory.TransferStockRequest": "from_store_id to_store_id product_id quantity request_id",
  "inventory.ListStockMovementsResponse": "movements next_page_token",
  "inventory.StockMovement": "delta",
  "order.Order":
    "id user_id store_id status items subtotal discount total promo_code short_items hold_expire_time " +
    "create_time update_time etag",
  "order.OrderItem": "product_id sku title quantity_requested unit_price line_total",
  "order.OrderItemInput": "product_id quantity",
  "order.QuoteOrderResponse": "lines subtotal discount total",
  "order.PlaceOrderRequest": "store_id items promo_code hold request_id user_id",
  "order.PlaceOrderResponse": "order",
  "order.ConfirmOrderRequest": "id",
  "order.CancelOrderRequest": "id",
  "order.ShipOrderRequest": "id",
  "order.DeliverOrderRequest": "id",
  "order.GetOrderRequest": "id",
  "order.ListOrdersRequest": `user_id status ${page}`,
  "order.ListOrdersResponse": "orders next_page_token",
  "order.ListStoreOrdersRequest": `store_id ${page}`,
  "order.ListStoreOrdersResponse": "orders next_page_token",
  "order.StoreOrder": "id status create_time total_items",
  "order.WatchOrdersRequest": "order_id store_id resume_token",
  "order.WatchOrdersResponse": "event heartbeat",
  "order.OrderEvent": "order sequence occur_time resume_token",
  "cart.AddCartItemRequest": "product_id quantity request_id",
  "cart.CheckoutCartRequest": "store_id promo_code request_id",
  "cart.CheckoutCartResponse": "order",
  "promotion.Promotion":
    "id code fixed_amount percent max_discount min_subtotal start_time end_time usage_limit " +
    "usage_limit_per_user redeemed_count active",
  "promotion.CreatePromotionRequest": "promotion request_id",
  "promotion.UpdatePromotionRequest": "promotion update_mask",
  "notification.CreateWebhookRequest": "request_id",
  "analytics.SalesBucket": "confirmed rejected revenue",
};

/** Fields of resources that come from the server: what a caller sends there is never looked at. */
const outputOnly = new Set(
  ["catalog.Category.image_uri", "catalog.Product.category", "catalog.Product.image_uri"].concat(
    ["catalog.Category.thumbnail_uri", "catalog.Product.thumbnail_uri"],
    ["identity.ServiceKey.prefix", "identity.ServiceKey.creator_id", "promotion.Promotion.redeemed_count"],
  ),
);

test("every field that was promised is there, by its name", () => {
  const messages = new Map(
    messagesFrom(rpcs.flatMap(({ input, output }) => [input, output])).map((one) => [shortName(one.typeName), one]),
  );
  for (const [name, fields] of Object.entries(promised)) {
    const names = messages.get(name)?.fields.map((field) => field.name) ?? [];
    for (const field of fields.split(" ")) assert.ok(names.includes(field), `${name} has no ${field}`);
  }
});

test("a list takes page_size and page_token, and gives next_page_token", () => {
  for (const { input, output } of rpcs.filter((rpc) => /^(List|Search)/.test(rpc.name))) {
    const taken = new Set(input.fields.map((field) => field.name));
    assert.ok(taken.has("page_size") && taken.has("page_token"), input.typeName);
    assert.ok(
      output.fields.some((field) => field.name === "next_page_token"),
      output.typeName,
    );
  }
});

test("a yes or no that a caller may leave out is told from no", () => {
  for (const message of messagesFrom(rpcs.map((rpc) => rpc.input))) {
    for (const field of message.fields.filter((one) => one.scalar === ScalarType.BOOL)) {
      assert.ok(field.presence !== Presence.IMPLICIT, nameOf(message, field));
    }
  }
});

test("everything that a caller sends has a bound", () => {
  const unbounded = messagesFrom(rpcs.map((rpc) => rpc.input)).flatMap((message) =>
    message.fields
      .filter((field) => !outputOnly.has(nameOf(message, field)) && !isBounded(field))
      .map((field) => nameOf(message, field)),
  );
  assert.equal(unbounded, []);
});

test("the list of fields that need no bound names only fields that have none", () => {
  const fields = messagesFrom(rpcs.map((rpc) => rpc.input)).flatMap((message) =>
    message.fields.filter((field) => !isBounded(field)).map((field) => nameOf(message, field)),
  );
  assert.equal([...outputOnly].sort(), fields.sort());
});

function nameOf(message: DescMessage, field: DescField): string {
  return `${shortName(message.typeName)}.${field.name}`;
}

/** Yes and no are bounded by themselves, messages by their own fields; Money and times of ours carry CEL or a range. */
function isBounded(field: DescField): boolean {
  if (field.scalar === ScalarType.BOOL) return true;
  if (field.message !== undefined && field.fieldKind === "message") return isOwnOrOutput(field) || hasRule(field);
  if (!hasRule(field)) return false;
  return isBoundedBy(getOption(field, rulesOf));
}

function hasRule(field: DescField): boolean {
  return hasOption(field, rulesOf);
}

function isOwnOrOutput(field: DescField): boolean {
  const written = ["create_time", "update_time", "last_used_time", "revoke_time"];
  return field.message?.typeName.startsWith("bodega.") === true || written.includes(field.name);
}

function isBoundedBy({ type }: FieldRules): boolean {
  switch (type.case) {
    case "string":
      return (
        type.value.maxLen > 0n ||
        type.value.in.length > 0 ||
        type.value.wellKnown.case === "uuid" ||
        /\{\d+,\d+\}/.test(type.value.pattern)
      );
    case "bytes":
      return type.value.maxLen > 0n;
    case "repeated":
      return type.value.maxItems > 0n && (type.value.items === undefined || isBoundedBy(type.value.items));
    case "enum":
      return type.value.definedOnly || type.value.in.length > 0;
    case "int32":
    case "double":
      return type.value.greaterThan.case !== undefined;
    default:
      return false;
  }
}

test.run();
