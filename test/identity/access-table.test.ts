/**
 * Who gets in where: every RPC, called by everybody, over both ports.
 *
 * The table is written by hand from the promises, not read from the proto, and an RPC that is missing from it fails.
 * The requests are mostly empty: a caller who is admitted is then refused for what is in them, or answered, which is
 * both "admitted" here. Where an RPC names an order, it is the customer's, so that the other customer and a service
 * that did not place it must not find it.
 */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createClient, type Transport } from "@connectrpc/connect";
import type { DescMethod } from "@bufbuild/protobuf";
import jwt from "jsonwebtoken";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { startTestApi, type TestApi, withToken } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";
import { type Refusal, refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

const CALLERS = [
  "anonymous",
  "customer",
  "other customer",
  "service",
  "admin",
  "expired",
  "forged",
  "disabled",
] as const;
type Caller = (typeof CALLERS)[number];

/** What a cell means: a code, the reason in its ErrorInfo, and in words. */
const OUTCOMES: Record<string, { code: string; reason: RegExp }> = {
  "?": { code: "Unauthenticated", reason: /^NOT_SIGNED_IN$/ },
  x: { code: "Unauthenticated", reason: /^INVALID_TOKEN$/ },
  "-": { code: "PermissionDenied", reason: /^ACCESS_DENIED$/ },
  0: { code: "NotFound", reason: /^ORDER_NOT_FOUND$/ },
};

/** In the order of CALLERS. `+` is admitted; the others as OUTCOMES says. */
const TABLE: Record<string, string> = {
  "IdentityService/Register": "           + + + + + x x x",
  "IdentityService/Login": "              + + + + + x x x",
  "IdentityService/RefreshTokens": "      + + + + + x x x",
  "IdentityService/Logout": "             + + + + + x x x",
  "IdentityService/GetProfile": "         ? + + - + x x x",
  "IdentityService/UpdateProfile": "      ? + + - + x x x",
  "IdentityService/ChangePassword": "     ? + + - + x x x",
  "IdentityService/CompleteLogin": "      + + + + + x x x",
  "IdentityService/EnrolTotp": "          ? + + - + x x x",
  "IdentityService/ConfirmTotp": "        ? + + - + x x x",
  "IdentityService/DisableTotp": "        ? + + - + x x x",
  "IdentityService/ResetMfa": "           ? - - - + x x x",
  "IdentityService/RequestPasswordReset": "     + + + + + x x x",
  "IdentityService/ResetPassword": "            + + + + + x x x",
  "IdentityService/RequestEmailVerification": " ? + + - + x x x",
  "IdentityService/VerifyEmail": "              + + + + + x x x",
  "IdentityService/CreateUser": "         ? - - - + x x x",
  "IdentityService/ListUsers": "          ? - - - + x x x",
  "IdentityService/GetUser": "            ? - - - + x x x",
  "IdentityService/UpdateUser": "         ? - - - + x x x",
  "IdentityService/DeleteUser": "         ? - - - + x x x",
  "IdentityService/CreateServiceKey": "   ? - - - + x x x",
  "IdentityService/ListServiceKeys": "    ? - - - + x x x",
  "IdentityService/RevokeServiceKey": "   ? - - - + x x x",
  "IdentityService/ListAuditEvents": "    ? - - - + x x x",
  "CatalogService/ListCategories": "      + + + + + x x x",
  "CatalogService/GetCategory": "         + + + + + x x x",
  "CatalogService/CreateCategory": "      ? - - - + x x x",
  "CatalogService/UpdateCategory": "      ? - - - + x x x",
  "CatalogService/DeleteCategory": "      ? - - - + x x x",
  "CatalogService/ListProducts": "        + + + + + x x x",
  "CatalogService/GetProduct": "          + + + + + x x x",
  "CatalogService/BatchGetProducts": "    + + + + + x x x",
  "CatalogService/CreateProduct": "       ? - - - + x x x",
  "CatalogService/UpdateProduct": "       ? - - - + x x x",
  "CatalogService/DeleteProduct": "       ? - - - + x x x",
  "CatalogService/SearchProducts": "      + + + + + x x x",
  "CatalogService/SuggestProducts": "     + + + + + x x x",
  "CatalogService/UploadProductImage": "  ? - - - + x x x",
  "CatalogService/UploadCategoryImage": " ? - - - + x x x",
  "InventoryService/ListStores": "        + + + + + x x x",
  "InventoryService/GetStore": "          + + + + + x x x",
  "InventoryService/CreateStore": "       ? - - - + x x x",
  "InventoryService/UpdateStore": "       ? - - - + x x x",
  "InventoryService/DeleteStore": "       ? - - - + x x x",
  "InventoryService/ListInventory": "     + + + + + x x x",
  "InventoryService/GetStock": "          + + + + + x x x",
  "InventoryService/SetStock": "          ? - - + + x x x",
  "InventoryService/AdjustStock": "       ? - - + + x x x",
  "InventoryService/TransferStock": "     ? - - + + x x x",
  "InventoryService/ListStockMovements": "? - - + + x x x",
  "OrderService/QuoteOrder": "            + + + + + x x x",
  "OrderService/PlaceOrder": "            ? + + + + x x x",
  "OrderService/ConfirmOrder": "          ? + 0 0 + x x x",
  "OrderService/CancelOrder": "           ? + 0 0 + x x x",
  "OrderService/ShipOrder": "             ? - - + + x x x",
  "OrderService/DeliverOrder": "          ? - - + + x x x",
  "OrderService/GetOrder": "              ? + 0 0 + x x x",
  "OrderService/ListOrders": "            ? + + + + x x x",
  "OrderService/ListStoreOrders": "       ? - - + + x x x",
  "OrderService/GetOrderEvents": "        ? - - - + x x x",
  "OrderService/WatchOrders": "           ? + 0 - + x x x",
  "CartService/GetCart": "                ? + + - + x x x",
  "CartService/AddCartItem": "            ? + + - + x x x",
  "CartService/UpdateCartItem": "         ? + + - + x x x",
  "CartService/RemoveCartItem": "         ? + + - + x x x",
  "CartService/ClearCart": "              ? + + - + x x x",
  "CartService/CheckoutCart": "           ? + + - + x x x",
  "PromotionService/ListPromotions": "    ? - - - + x x x",
  "PromotionService/GetPromotion": "      ? - - - + x x x",
  "PromotionService/CreatePromotion": "   ? - - - + x x x",
  "PromotionService/UpdatePromotion": "   ? - - - + x x x",
  "PromotionService/DeletePromotion": "   ? - - - + x x x",
  "PromotionService/CheckPromotion": "    + + + + + x x x",
  "NotificationService/GetOrderEmails": "       ? - - - + x x x",
  "NotificationService/ListDeadLetters": "      ? - - - + x x x",
  "NotificationService/RetryDeadLetter": "      ? - - - + x x x",
  "NotificationService/RetryDeadLetters": "     ? - - - + x x x",
  "NotificationService/GetDeliveryHealth": "    ? - - - + x x x",
  "NotificationService/CreateWebhook": "        ? - - - + x x x",
  "NotificationService/ListWebhooks": "         ? - - - + x x x",
  "NotificationService/UpdateWebhook": "        ? - - - + x x x",
  "NotificationService/DeleteWebhook": "        ? - - - + x x x",
  "NotificationService/TestWebhook": "          ? - - - + x x x",
  "NotificationService/ListWebhookDeliveries": "? - - - + x x x",
  "NotificationService/ReplayWebhookDelivery": "? - - - + x x x",
  "AnalyticsService/GetSalesSummary": "   ? - - - + x x x",
  "AnalyticsService/ListTopProducts": "   ? - - - + x x x",
  "AnalyticsService/ListLowStock": "      ? - - - + x x x",
  "AnalyticsService/ListLowStockStores": "? - - - + x x x",
  "AnalyticsService/GetOrderCounts": "    ? - - - + x x x",
  "OperationsService/GetStatus": "        ? - - - + x x x",
};

/** What is not empty in a request: the customer's order. */
const NAMES_ORDER: Record<string, string> = {
  "OrderService/ConfirmOrder": "id",
  "OrderService/CancelOrder": "id",
  "OrderService/GetOrder": "id",
  "OrderService/WatchOrders": "orderId",
};
/** A stream that is admitted may wait for its first message for long. */
const STREAM_TIMEOUT_MS = 500;

let api: TestApi;
let tokens: Record<Caller, string | undefined>;
let orderId: string;

test.before(async () => {
  api = await startTestApi();
  const [admin, customer, other, disabled] = await Promise.all([
    api.signUp("ADMIN"),
    api.signUp("CUSTOMER"),
    api.signUp("CUSTOMER"),
    api.signUp("CUSTOMER"),
  ]);
  const { identity } = api.clients({ token: admin.token });
  const { secret } = await identity.createServiceKey({ serviceKey: { name: "table" } });
  await identity.updateUser({ user: { id: disabled.id, disabled: true } });
  const { kid, privateKey } = (await SigningKeys.open(api.database)).signing;
  const claims = jwt.decode(admin.token, { json: true }) ?? {};
  const sign = (change: object, key = privateKey) =>
    jwt.sign({ ...claims, ...change, jti: randomUUID() }, key, { algorithm: "ES256", keyid: kid });
  tokens = {
    anonymous: undefined,
    customer: customer.token,
    "other customer": other.token,
    service: secret,
    admin: admin.token,
    expired: sign({ exp: Math.floor(Date.now() / 1_000) - 1 }),
    forged: sign({}, generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
    disabled: disabled.token,
  };
  const shop = await shopWith(api, { mug: 5 });
  const { order } = await api
    .clients({ token: customer.token })
    .order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  orderId = order?.id ?? "";
});
test.after(() => api.stop());

function nameOf(method: DescMethod): string {
  return `${method.parent.name}/${method.name}`;
}

test("every RPC is in the table, and nothing else", () => {
  assert.equal(Object.keys(TABLE).sort(), rpcs.map(nameOf).sort());
});

for (const method of rpcs) {
  const name = nameOf(method);
  test(`${name} admits and refuses whom it should, by both protocols`, async () => {
    const expected = (TABLE[name] ?? "").trim().split(" ");
    assert.is(expected.length, CALLERS.length);
    for (const protocol of ["connect", "grpc"] as const) {
      const seen = [];
      for (const [column, caller] of CALLERS.entries())
        seen.push(await cell(method, { caller, transport: api[protocol], wanted: expected[column] ?? "" }));
      assert.is(seen.join(" "), expected.join(" "), `${protocol}: ${CALLERS.join(", ")}`);
    }
  });
}

interface Case {
  caller: Caller;
  transport: Transport;
  wanted: string;
}

/** The sign for what happened, or words for what no cell may say. */
async function cell(method: DescMethod, { caller, transport, wanted }: Case): Promise<string> {
  const token = tokens[caller];
  const refusal = await call(method, token === undefined ? transport : withToken(transport, token));
  if (refusal === undefined) return "+";
  const { code, reason } = refusal;
  const [sign] = Object.entries(OUTCOMES).find(
    ([, outcome]) => outcome.code === code && outcome.reason.test(reason),
  ) ?? ["+"];
  // Not answered by this version: whose order it is, is asked by the handler, which is to come.
  if (wanted === "0" && reason === "NOT_IMPLEMENTED") return "0";
  const isWrong = ["Internal", "Unknown", "Unauthenticated", "PermissionDenied"].includes(code) && sign === "+";
  return isWrong ? `${code} ${reason}` : sign;
}

async function call(method: DescMethod, transport: Transport): Promise<Refusal | undefined> {
  const client: object = createClient(method.parent, transport);
  const field = NAMES_ORDER[nameOf(method)];
  const request = field === undefined ? {} : { [field]: orderId };
  const answer = Reflect.apply(Reflect.get(client, method.localName), client, [
    request,
    isStream(method) ? { timeoutMs: STREAM_TIMEOUT_MS } : {},
  ]);
  let isAnswered = false;
  const done = (async () => {
    await (isStream(method) ? firstOf(answer as AsyncIterable<unknown>) : answer);
    isAnswered = true;
  })();
  await done.catch(() => undefined);
  return isAnswered ? undefined : refusalOf(done);
}

function isStream(method: DescMethod): boolean {
  return method.methodKind === "server_streaming";
}

async function firstOf(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of stream) return;
}

test.run();
