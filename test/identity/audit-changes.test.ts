/**
 * What the audit log says of each change: the thing by its name, each field before and after, and no secret.
 *
 * Method: every audited RPC is called once by an admin over the real API, from a table by hand that must name them all;
 * what was written is read back by ListAuditEvents and from the tables themselves.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AuditEvent } from "../../gen/bodega/identity/v1/audit_event_pb.ts";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { isAudited } from "../../src/rpc/steps/audit/audited-object.ts";
import { wholeImages } from "../media/sample-images.ts";
import { PASSWORD, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { totpCode } from "../support/totp.ts";
import { ok, receiver } from "../support/webhook-receiver.ts";

const MONEY = { currencyCode: "USD", units: 3n, nanos: 490_000_000 };
const DEARER = { ...MONEY, nanos: 990_000_000 };
const NEW_PASSWORD = "another horse battery staple";

let api: TestApi;
let admin: TestUser;
let shop: Shop<"mug">;

test.before(async () => {
  api = await startTestApi({ WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" });
  admin = await api.signUp("ADMIN");
  shop = await shopWith(api, { mug: 12 });
});
test.after(() => api.stop());

function asAdmin() {
  return api.clients({ token: admin.token });
}

async function lastBy(rpc: string): Promise<AuditEvent> {
  const { auditEvents } = await asAdmin().identity.listAuditEvents({ actorId: admin.id, pageSize: 100 });
  const event = auditEvents.find((one) => one.rpc.endsWith(`/${rpc}`));
  if (event === undefined) throw new Error(`nothing was written of ${rpc}`);
  return event;
}

/** `price: 3.49 USD → 3.99 USD` */
function lines({ changes }: AuditEvent): string[] {
  return changes.map(({ path, oldValue, newValue, redacted }) =>
    redacted ? `${path}: redacted` : `${path}: ${oldValue} → ${newValue}`,
  );
}

interface Expected {
  /** What the object is called. */
  name: string;
  changes: (string | RegExp)[];
}

async function requireTold(rpc: string, { name, changes }: Expected): Promise<void> {
  const event = await lastBy(rpc);
  assert.is(event.objectName, name, `${rpc}: ${event.objectName}`);
  const told = lines(event);
  assert.is(told.length, changes.length, `${rpc}: ${told.join("; ")}`);
  for (const [index, expected] of changes.entries()) {
    const line = told[index] ?? "";
    if (typeof expected === "string") assert.is(line, expected, rpc);
    else assert.match(line, expected, rpc);
  }
}

async function placed(): Promise<string> {
  const customer = await api.signUp("CUSTOMER");
  const { order } = await api
    .clients({ token: customer.token })
    .order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), hold: { seconds: 600n } });
  return order?.id ?? "";
}

type Steps = Record<string, () => Promise<Expected>>;

/** The audited RPCs, in an order in which each has something to change. */
const tables: Record<string, () => Promise<Steps>> = {
  categories: categorySteps,
  products: productSteps,
  inventory: inventorySteps,
  orders: orderSteps,
  promotions: promotionSteps,
  "second factors": secondFactorSteps,
  identity: identitySteps,
  "getting back in": recoverySteps,
  notifications: notificationSteps,
};

async function categorySteps(): Promise<Steps> {
  const { catalog } = asAdmin();
  const { png } = await wholeImages();
  const name = `Dairy ${newId()}`;
  let id = "";
  return {
    async CreateCategory() {
      const { category } = await catalog.createCategory({ category: { name, description: "cold" } });
      id = category?.id ?? "";
      return { name, changes: [`name:  → ${name}`, "description:  → cold", "active:  → true"] };
    },
    async UpdateCategory() {
      await catalog.updateCategory({
        category: { id, description: "x".repeat(300), active: false },
        updateMask: { paths: ["description", "active"] },
      });
      return { name, changes: [`description: cold → ${"x".repeat(199)}…`, "active: true → false"] };
    },
    async UploadCategoryImage() {
      await catalog.uploadCategoryImage({ id, content: png });
      return { name, changes: [/^image_uri: {2}→ \/media\/[0-9a-f]{64}\.png$/] };
    },
    async DeleteCategory() {
      await catalog.deleteCategory({ id });
      return { name, changes: [] };
    },
  };
}

async function productSteps(): Promise<Steps> {
  const { catalog } = asAdmin();
  const { png } = await wholeImages();
  const [dairy, drinks] = [`Dairy ${newId()}`, `Drinks ${newId()}`];
  const [first, second] = [await madeCategory(drinks), await madeCategory(dairy)];
  const product = { sku: newId(), title: "Oat milk", price: MONEY, categoryId: first };
  let id = "";
  return {
    async CreateProduct() {
      id = (await catalog.createProduct({ product })).product?.id ?? "";
      const made = ["title:  → Oat milk", "price:  → 3.49 USD", `category_id:  → ${first}`, `category:  → ${drinks}`];
      return {
        name: "Oat milk",
        changes: [`sku:  → ${product.sku}`, ...made, "featured:  → false", "active:  → true"],
      };
    },
    async UpdateProduct() {
      await catalog.updateProduct({
        product: { id, title: "Oat drink", price: DEARER, categoryId: second },
        updateMask: { paths: ["title", "price", "category_id"] },
      });
      const moved = [`category_id: ${first} → ${second}`, `category: ${drinks} → ${dairy}`];
      return {
        name: "Oat milk",
        changes: ["title: Oat milk → Oat drink", "price: 3.49 USD → 3.99 USD", ...moved],
      };
    },
    async UploadProductImage() {
      await catalog.uploadProductImage({ id, content: png });
      return { name: "Oat drink", changes: [/^image_uri: {2}→ \/media\//] };
    },
    async DeleteProduct() {
      await catalog.deleteProduct({ id });
      return { name: "Oat drink", changes: [] };
    },
  };
}

async function madeCategory(name: string): Promise<string> {
  return (await asAdmin().catalog.createCategory({ category: { name } })).category?.id ?? "";
}

async function inventorySteps(): Promise<Steps> {
  const { inventory } = asAdmin();
  const [pier, depot] = [`Pier ${newId()}`, `Depot ${newId()}`];
  const { store: other } = await inventory.createStore({ store: { name: depot } });
  const to = other?.id ?? "";
  let id = "";
  const at = () => ({ storeId: id, productId: shop.products.mug });
  return {
    async CreateStore() {
      id = (await inventory.createStore({ store: { name: pier, lowStockThreshold: 5 } })).store?.id ?? "";
      return { name: pier, changes: [`name:  → ${pier}`, "active:  → true", "low_stock_threshold:  → 5"] };
    },
    async UpdateStore() {
      await inventory.updateStore({ store: { id, phone: "123 456", lowStockThreshold: 8 } });
      return { name: pier, changes: ["phone:  → 123 456", "low_stock_threshold: 5 → 8"] };
    },
    async SetStock() {
      await inventory.setStock({ ...at(), quantity: 12 });
      return { name: `mug, ${pier}`, changes: ["quantity: 0 → 12"] };
    },
    async AdjustStock() {
      await inventory.adjustStock({ ...at(), delta: -3 });
      return { name: `mug, ${pier}`, changes: ["quantity: 12 → 9"] };
    },
    async TransferStock() {
      await inventory.transferStock({ productId: shop.products.mug, fromStoreId: id, toStoreId: to, quantity: 9 });
      const changes = ["from_stock.quantity: 9 → 0", "to_stock.quantity: 0 → 9"];
      return { name: `mug, ${pier} → ${depot}`, changes };
    },
    async DeleteStore() {
      await inventory.deleteStore({ id });
      return { name: pier, changes: [] };
    },
  };
}

async function orderSteps(): Promise<Steps> {
  const { order } = asAdmin();
  const [id, other] = [await placed(), await placed()];
  return {
    async ConfirmOrder() {
      await order.confirmOrder({ id });
      return { name: "", changes: ["status: PENDING → CONFIRMED"] };
    },
    async ShipOrder() {
      await order.shipOrder({ id });
      return { name: "", changes: ["status: CONFIRMED → SHIPPED"] };
    },
    async DeliverOrder() {
      await order.deliverOrder({ id });
      return { name: "", changes: ["status: SHIPPED → DELIVERED"] };
    },
    async CancelOrder() {
      await order.cancelOrder({ id: other });
      return { name: "", changes: ["status: PENDING → CANCELLED"] };
    },
  };
}

async function promotionSteps(): Promise<Steps> {
  const { promotion } = asAdmin();
  const code = `P${newId().slice(-12)}`.toUpperCase();
  const startTime = { seconds: 1_800_000_000n };
  let id = "";
  return {
    async CreatePromotion() {
      const made = await promotion.createPromotion({
        promotion: { code, discount: { case: "percent", value: 12.5 }, startTime },
      });
      id = made.promotion?.id ?? "";
      const changes = [`code:  → ${code}`, "percent:  → 12.5", "start_time:  → 2027-01-15T08:00:00.000Z"];
      return { name: code, changes: [...changes, "active:  → true"] };
    },
    async UpdatePromotion() {
      await promotion.updatePromotion({
        promotion: { id, usageLimit: 10, discount: { case: "fixedAmount", value: MONEY } },
        updateMask: { paths: ["usage_limit", "fixed_amount", "percent"] },
      });
      return {
        name: code,
        changes: ["fixed_amount:  → 3.49 USD", "percent: 12.5 → ", "usage_limit:  → 10"],
      };
    },
    async DeletePromotion() {
      await promotion.deletePromotion({ id });
      return { name: code, changes: [] };
    },
  };
}

async function identitySteps(): Promise<Steps> {
  const { identity } = asAdmin();
  const name = (text: string) => `${text}${newId().slice(-10)}`;
  const [username, key] = [name("grace-"), name("Warehouse ")];
  const email = `${username}@test.example`;
  const own = admin.email.slice(0, admin.email.indexOf("@"));
  let [id, keyId] = ["", ""];
  return {
    async CreateUser() {
      const user = { email, username, birthDate: { year: 1990, month: 2, day: 3 } };
      id = (await identity.createUser({ user, password: PASSWORD })).user?.id ?? "";
      const who = [`email:  → ${email}`, `username:  → ${username}`, "birth_date:  → 1990-02-03"];
      const flags = ["disabled", "mfa_enabled", "email_verified"].map((flag) => `${flag}:  → false`);
      return { name: username, changes: [...who, "role:  → CUSTOMER", ...flags] };
    },
    async UpdateUser() {
      await identity.updateUser({ user: { id, lastName: "Hopper", role: Role.ADMIN } });
      return { name: username, changes: ["last_name:  → Hopper", "role: CUSTOMER → ADMIN"] };
    },
    async DeleteUser() {
      await identity.deleteUser({ id });
      return { name: "", changes: [] };
    },
    async CreateServiceKey() {
      const made = await identity.createServiceKey({ serviceKey: { name: key, callsPerSecond: 5 } });
      keyId = made.serviceKey?.id ?? "";
      secrets.push(made.secret);
      return { name: key, changes: [`name:  → ${key}`, "calls_per_second:  → 5"] };
    },
    async RevokeServiceKey() {
      await identity.revokeServiceKey({ id: keyId });
      return { name: key, changes: [/^revoke_time: {2}→ 20\d\d-/] };
    },
    async UpdateProfile() {
      await identity.updateProfile({ user: { phone: "+49 30 1234" } });
      return { name: own, changes: ["phone:  → +49 30 1234"] };
    },
    async ChangePassword() {
      await identity.changePassword({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD });
      const { tokens } = await api.clients().identity.login({ login: own, password: NEW_PASSWORD });
      admin = { ...admin, token: tokens?.accessToken ?? "" };
      return { name: own, changes: ["password: redacted"] };
    },
  };
}

async function secondFactorSteps(): Promise<Steps> {
  const { identity } = asAdmin();
  const own = admin.email.slice(0, admin.email.indexOf("@"));
  let secret = "";
  return {
    async EnrolTotp() {
      ({ secret } = await identity.enrolTotp({ currentPassword: PASSWORD }));
      secrets.push(secret);
      return { name: own, changes: [] };
    },
    async ConfirmTotp() {
      secrets.push(...(await identity.confirmTotp({ code: totpCode(secret, -1) })).recoveryCodes);
      return { name: own, changes: ["mfa_enabled: false → true"] };
    },
    async DisableTotp() {
      await identity.disableTotp({ currentPassword: PASSWORD, code: totpCode(secret) });
      return { name: own, changes: ["mfa_enabled: true → false"] };
    },
    async ResetMfa() {
      const user = await api.signUp("CUSTOMER");
      const theirs = api.clients(user).identity;
      const enrolled = await theirs.enrolTotp({ currentPassword: PASSWORD });
      await theirs.confirmTotp({ code: totpCode(enrolled.secret) });
      await identity.resetMfa({ userId: user.id });
      return { name: user.email.slice(0, user.email.indexOf("@")), changes: ["mfa_enabled: true → false"] };
    },
  };
}

async function recoverySteps(): Promise<Steps> {
  return {
    async RequestEmailVerification() {
      await asAdmin().identity.requestEmailVerification({});
      return { name: admin.email.slice(0, admin.email.indexOf("@")), changes: [] };
    },
  };
}

async function notificationSteps(): Promise<Steps> {
  const { notification } = asAdmin();
  const { url, close } = await receiver(ok);
  const { origin } = new URL(url);
  const letter = newId();
  await runSql(
    api.database,
    `INSERT INTO email.deliveries (id, type, user_id, attempts, last_error, given_up_at) VALUES ($1, 'WELCOME', $2, 5, 'no', now())`,
    [letter, admin.id],
  );
  let id = "";
  return {
    async CreateWebhook() {
      const made = await notification.createWebhook({ webhook: { url: `${url}?token=${HOOK_TOKEN}` } });
      id = made.webhook?.id ?? "";
      secrets.push(made.secret);
      return { name: origin, changes: [`url:  → ${origin}`, "active:  → true"] };
    },
    async TestWebhook() {
      await notification.testWebhook({ id });
      return { name: origin, changes: [] };
    },
    async ReplayWebhookDelivery() {
      const { deliveries } = await notification.listWebhookDeliveries({ webhookId: id });
      await notification.replayWebhookDelivery({ id: deliveries[0]?.id ?? "" });
      return { name: "", changes: [] };
    },
    async UpdateWebhook() {
      await notification.updateWebhook({
        webhook: { id, eventTypes: ["order.shipped", "order.pending"], active: false },
      });
      const changes = ["event_types:  → order.shipped, order.pending", "active: true → false"];
      return { name: origin, changes };
    },
    async DeleteWebhook() {
      await notification.deleteWebhook({ id });
      await close();
      return { name: origin, changes: [] };
    },
    async RetryDeadLetter() {
      await notification.retryDeadLetter({ id: letter });
      return { name: "", changes: [/^retry_time: {2}→ 20\d\d-/] };
    },
    async RetryDeadLetters() {
      await notification.retryDeadLetters({ ids: [newId()] });
      return { name: "", changes: ["retried_count:  → 0"] };
    },
  };
}

const HOOK_TOKEN = "a-receivers-own-token";
const secrets = [PASSWORD, NEW_PASSWORD, HOOK_TOKEN];
const called: string[] = [];

for (const [what, stepsOf] of Object.entries(tables)) {
  test(`${what}: each change tells what it was of, and each field before and after`, async () => {
    for (const [rpc, step] of Object.entries(await stepsOf())) {
      await requireTold(rpc, await step());
      called.push(rpc);
    }
  });
}

test("no audited RPC is left out of the tables above, and an update tells of a change", () => {
  const audited = rpcs.filter(isAudited).map(({ name }) => name);
  assert.equal(called.toSorted(), audited.toSorted());
});

test("no password, secret, token or path of a receiver is in what was written", async () => {
  secrets.push(admin.token);
  for (const table of ["audit.events", "audit.personal_data"]) {
    const rows = await runSql<{ text: string }>(api.database, `SELECT t::text AS text FROM ${table} t`);
    assert.ok(rows.length > 0, table);
    for (const secret of secrets)
      assert.not.ok(
        rows.some(({ text }) => text.includes(secret)),
        secret,
      );
  }
});

test("what is told of a person is gone with the account, and what was done stays", async () => {
  const { identity } = asAdmin();
  const username = `lovelace${newId().slice(-10)}`;
  const email = `${username}@test.example`;
  const made = await identity.createUser({ user: { email, username, firstName: "Augusta" }, password: PASSWORD });
  const id = made.user?.id ?? "";
  await identity.updateUser({ user: { id, lastName: "Byron-King", address: "12 St James", disabled: true } });
  const told = async () => (await identity.listAuditEvents({ objectId: id })).auditEvents;
  assert.equal(
    (await told()).map(({ objectName }) => objectName),
    [username, username],
  );
  await identity.deleteUser({ id });
  const events = await told();
  assert.equal(
    events.map(({ objectName }) => objectName),
    ["", "", ""],
  );
  assert.equal(events.map(lines), [
    [],
    ["last_name: redacted", "address: redacted", "disabled: false → true"],
    [
      "email: redacted",
      "username: redacted",
      "first_name: redacted",
      "role:  → CUSTOMER",
      "disabled:  → false",
      "mfa_enabled:  → false",
      "email_verified:  → false",
    ],
  ]);
  for (const table of ["audit.events", "audit.personal_data"]) {
    const rows = await runSql<{ text: string }>(api.database, `SELECT t::text AS text FROM ${table} t`);
    for (const word of [username, email, "Augusta", "Byron-King", "12 St James"])
      assert.not.ok(
        rows.some(({ text }) => text.includes(word)),
        `${word} in ${table}`,
      );
  }
});

test("by gRPC it is the same", async () => {
  const { inventory } = api.clients({ token: admin.token, transport: api.grpc });
  const name = `Quay ${newId()}`;
  const { store } = await inventory.createStore({ store: { name } });
  await inventory.updateStore({ store: { id: store?.id ?? "", lowStockThreshold: 4 } });
  await requireTold("UpdateStore", { name, changes: ["low_stock_threshold: 0 → 4"] });
});

test("a change that changes nothing, and one that is refused, tell of nothing", async () => {
  const { inventory, identity } = asAdmin();
  const { store } = await inventory.createStore({ store: { name: `Wharf ${newId()}`, phone: "123 456" } });
  const id = store?.id ?? "";
  await inventory.updateStore({ store: { id, phone: "123 456" } });
  await inventory.updateStore({ store: { id, phone: "9", etag: "v9" } }).catch(() => undefined);
  const { auditEvents } = await identity.listAuditEvents({ objectId: id });
  assert.equal(auditEvents.map(lines)[0], []);
  assert.is(auditEvents.length, 2);
});

test("what the release before wrote is read as it was, without a name and changes", async () => {
  const objectId = newId();
  await runSql(
    api.database,
    `INSERT INTO audit.events (id, actor_id, actor_role, actor_name, rpc, object_type, object_id, old_etag, new_etag, request_id, address)
     VALUES ($1, $2, 'ADMIN', 'ada', 'bodega.catalog.v1.CatalogService/UpdateProduct', 'product', $3, 'v1', 'v2', 'r', '')`,
    [newId(), admin.id, objectId],
  );
  const { auditEvents } = await asAdmin().identity.listAuditEvents({ objectId });
  assert.equal(
    auditEvents.map((one) => [one.oldEtag, one.newEtag, one.objectName, one.changes]),
    [["v1", "v2", "", []]],
  );
});

test("a text that a cut would leave with half a character, or that is not well-formed, is written all the same", async () => {
  const { catalog } = asAdmin();
  const name = `Emoji ${newId()}`;
  const { category } = await catalog.createCategory({ category: { name, description: `${"x".repeat(198)}😀😀` } });
  const { auditEvents } = await asAdmin().identity.listAuditEvents({ objectId: category?.id ?? "" });
  const description = auditEvents[0]?.changes.find(({ path }) => path === "description");
  assert.is(description?.newValue, `${"x".repeat(198)}…`);
});

test.run();
