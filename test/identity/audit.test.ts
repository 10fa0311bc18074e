/**
 * The audit log: every change by an admin or a service, with the change or not at all, for ever.
 *
 * Method: changes over the API, read back by ListAuditEvents; the application's own role tries on the tables.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AuditEvent } from "../../gen/bodega/identity/v1/audit_event_pb.ts";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { APPEND_ONLY } from "../../src/platform/database/schema/grants.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { isAudited, objectTypeOf } from "../../src/rpc/steps/audit/audited-object.ts";
import { isRead } from "../../src/rpc/http/protocols/unary.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";
import { reasonOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

let api: TestApi;
let admin: TestUser;

test.before(async () => {
  api = await startTestApi();
  admin = await api.signUp("ADMIN");
});
test.after(() => api.stop());

function asAdmin() {
  return api.clients({ token: admin.token });
}

async function eventsOf(objectId: string): Promise<AuditEvent[]> {
  return (await asAdmin().identity.listAuditEvents({ objectId })).auditEvents;
}

function short({ rpc, objectType, oldEtag, newEtag }: AuditEvent): string {
  return `${rpc.slice(rpc.indexOf("/") + 1)} ${objectType} ${oldEtag}→${newEtag}`;
}

test("each change says who, by which RPC, what, from which etag to which, in which request and from where", async () => {
  const { store } = await asAdmin().inventory.createStore({ store: { name: `Store ${newId()}` } });
  const id = store?.id ?? "";
  const headers = { "x-request-id": "audit-4711" };
  await asAdmin().inventory.updateStore(
    { store: { id, phone: "123 456" }, updateMask: { paths: ["phone"] } },
    { headers },
  );
  await asAdmin().inventory.deleteStore({ id });
  const events = await eventsOf(id);
  assert.equal(events.map(short), ["DeleteStore store v2→", "UpdateStore store v1→v2", "CreateStore store →v1"]);
  const [, update] = events;
  assert.is(update?.rpc, "bodega.inventory.v1.InventoryService/UpdateStore");
  assert.is(update?.actorId, admin.id);
  assert.is(update?.actorRole, Role.ADMIN);
  assert.is(update?.actorName, admin.email.slice(0, admin.email.indexOf("@")));
  assert.is(update?.requestId, "audit-4711");
  assert.is(update?.address, "127.0.0.1");
  assert.ok(Math.abs(Number(update?.occurTime?.seconds) - Date.now() / 1_000) < 60);
});

test("a service's changes are written down under its key's name", async () => {
  const name = `Warehouse ${newId()}`;
  const { serviceKey, secret } = await asAdmin().identity.createServiceKey({ serviceKey: { name } });
  const shop = await shopWith(api, { mug: 5 });
  await api
    .clients({ token: secret })
    .inventory.adjustStock({ storeId: shop.storeId, productId: shop.products.mug, delta: 3 });
  const { auditEvents } = await asAdmin().identity.listAuditEvents({ actorId: serviceKey?.id ?? "" });
  assert.equal(auditEvents.map(short), ["AdjustStock stock →"]);
  assert.is(auditEvents[0]?.actorRole, Role.SERVICE);
  assert.is(auditEvents[0]?.actorName, name);
  assert.is(auditEvents[0]?.objectId, shop.products.mug);
  assert.equal((await eventsOf(serviceKey?.id ?? "")).map(short), ["CreateServiceKey service_key →"]);
});

test("an order that an admin ships has both its etags; a customer's own steps are no administration", async () => {
  const customer = await api.signUp("CUSTOMER");
  const shop = await shopWith(api, { mug: 5 });
  const { order } = await api
    .clients({ token: customer.token })
    .order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  await asAdmin().order.shipOrder({ id: order?.id ?? "" });
  assert.equal((await eventsOf(order?.id ?? "")).map(short), ["ShipOrder order v1→v2"]);
  assert.equal((await asAdmin().identity.listAuditEvents({ actorId: customer.id })).auditEvents, []);
});

test("a change that is refused leaves nothing, and a change that cannot be written down is not made", async () => {
  const { store } = await asAdmin().inventory.createStore({ store: { name: `Store ${newId()}` } });
  const id = store?.id ?? "";
  assert.is(
    await reasonOf(asAdmin().inventory.updateStore({ store: { id, phone: "123 456", etag: "v9" } })),
    "STALE_ETAG",
  );
  assert.is((await eventsOf(id)).length, 1);
  await runSql(api.database, "ALTER TABLE audit.events ADD CONSTRAINT full_disk CHECK (request_id <> 'doomed')");
  const doomed = asAdmin().inventory.updateStore(
    { store: { id, phone: "999 999" } },
    { headers: { "x-request-id": "doomed" } },
  );
  assert.is(await reasonOf(doomed), "INTERNAL");
  await runSql(api.database, "ALTER TABLE audit.events DROP CONSTRAINT full_disk");
  assert.is((await asAdmin().inventory.getStore({ id })).store?.phone, "");
  assert.is((await eventsOf(id)).length, 1);
});

test("a repeated request is one change", async () => {
  const request = { store: { name: `Store ${newId()}` }, requestId: newId() };
  const [first, second] = [
    await asAdmin().inventory.createStore(request),
    await asAdmin().inventory.createStore(request),
  ];
  assert.is(first.store?.id, second.store?.id);
  assert.is((await eventsOf(first.store?.id ?? "")).length, 1);
});

test("filters combine, and pages neither repeat nor leave out", async () => {
  const clerk = await api.signUp("ADMIN");
  const { inventory } = api.clients({ token: clerk.token });
  for (let index = 0; index < 5; index++) await inventory.createStore({ store: { name: `Store ${newId()}` } });
  const filter = {
    actorId: clerk.id.toUpperCase(),
    rpc: "bodega.inventory.v1.InventoryService/CreateStore",
    objectType: "store",
  };
  const seen: string[] = [];
  for (let pageToken = ""; ;) {
    const page = await asAdmin().identity.listAuditEvents({ ...filter, pageSize: 2, pageToken });
    seen.push(...page.auditEvents.map(({ id }) => id));
    ({ nextPageToken: pageToken } = page);
    if (pageToken === "") break;
  }
  assert.is(seen.length, 5);
  assert.equal(seen, [...new Set(seen)].sort().toReversed());
  const later = { seconds: BigInt(Math.floor(Date.now() / 1_000) + 60) };
  assert.is((await asAdmin().identity.listAuditEvents({ ...filter, startTime: later })).auditEvents.length, 0);
  assert.is((await asAdmin().identity.listAuditEvents({ ...filter, endTime: later })).auditEvents.length, 5);
});

test("the application's role can add to the audit log and the ledger, and can change, delete or empty nothing of them", async () => {
  await asAdmin().inventory.createStore({ store: { name: `Store ${newId()}` } });
  const application = openDatabase({ url: api.config.databaseUrl, pool: 1, name: "test" });
  const said = async (sql: string) =>
    runSql(application, sql).then(
      () => "done",
      (error: unknown) => String(error),
    );
  try {
    const [role] = await runSql<{ name: string; owns: string }>(
      application,
      "SELECT current_user AS name, (SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole) AS owns",
    );
    assert.equal(role, { name: "bodega", owns: "0" });
    for (const table of APPEND_ONLY) {
      // PostgreSQL only warns that it grants nothing; the attempts after it show that.
      await said(`GRANT ALL ON ${table} TO CURRENT_USER`);
      for (const attempt of [
        `UPDATE ${table} SET id = id`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
        `SELECT * FROM ${table} FOR UPDATE`,
      ]) {
        assert.match(await said(attempt), /permission denied for table/, attempt);
      }
      assert.match(await said(`ALTER TABLE ${table} DISABLE TRIGGER ALL`), /must be owner/);
      assert.is(await said(`SELECT count(*) FROM ${table}`), "done");
    }
    assert.match(await said("CREATE TABLE orders.more (id integer)"), /permission denied for schema/);
    assert.match(await said("CREATE TABLE public.more (id integer)"), /permission denied for schema/);
    assert.match(await said("DROP SCHEMA audit CASCADE"), /must be owner/);
    assert.match(await said("SET ROLE bodega_owner"), /permission denied/);
  } finally {
    await application.close();
  }
});

test("the owner cannot change the audit log or the ledger by a statement either", async () => {
  for (const table of APPEND_ONLY) {
    for (const attempt of [
      `UPDATE ${table} SET id = id`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ]) {
      assert.match(await runSql(api.database, attempt).then(() => "done", String), /append-only/, attempt);
    }
  }
  assert.match(
    await runSql(api.database, "TRUNCATE catalog.products CASCADE").then(() => "done", String),
    /append-only/,
  );
});

/** Written by hand: what each changing RPC is said to change. */
const EXPECTED: Record<string, string> = {
  CreateCategory: "category",
  UpdateCategory: "category",
  DeleteCategory: "category",
  UploadCategoryImage: "category",
  CreateProduct: "product",
  UpdateProduct: "product",
  DeleteProduct: "product",
  UploadProductImage: "product",
  CreateStore: "store",
  UpdateStore: "store",
  DeleteStore: "store",
  SetStock: "stock",
  AdjustStock: "stock",
  TransferStock: "stock",
  ConfirmOrder: "order",
  CancelOrder: "order",
  ShipOrder: "order",
  DeliverOrder: "order",
  CreatePromotion: "promotion",
  UpdatePromotion: "promotion",
  DeletePromotion: "promotion",
  UpdateProfile: "user",
  ChangePassword: "user",
  EnrolTotp: "user",
  ConfirmTotp: "user",
  DisableTotp: "user",
  ResetMfa: "user",
  RequestEmailVerification: "user",
  CreateUser: "user",
  UpdateUser: "user",
  DeleteUser: "user",
  CreateServiceKey: "service_key",
  RevokeServiceKey: "service_key",
  RetryDeadLetter: "dead_letter",
  RetryDeadLetters: "dead_letter",
  CreateWebhook: "webhook",
  UpdateWebhook: "webhook",
  DeleteWebhook: "webhook",
  TestWebhook: "webhook",
  ReplayWebhookDelivery: "webhook_delivery",
};

test("every RPC that changes something is written down, but shopping and signing in", () => {
  const types = rpcs.filter(isAudited).map((method: DescMethod) => [method.name, objectTypeOf(method)]);
  assert.equal(Object.fromEntries(types), EXPECTED);
  const left = rpcs
    .filter((method) => !isRead(method) && !isAudited(method))
    .map(({ name }) => name)
    .sort();
  assert.equal(left, [
    "AddCartItem",
    "CheckoutCart",
    "ClearCart",
    "CompleteLogin",
    "Login",
    "Logout",
    "PlaceOrder",
    "RefreshTokens",
    "Register",
    "RemoveCartItem",
    "RequestPasswordReset",
    "ResetPassword",
    "UpdateCartItem",
    "VerifyEmail",
  ]);
});

test.run();
