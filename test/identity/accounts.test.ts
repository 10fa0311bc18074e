/** Accounts: what users change of themselves, what admins do with users, and that one admin always stays. */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, PASSWORD, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

let api: TestApi;
let admin: Clients;
let adminId: string;

test.before(async () => {
  api = await startTestApi();
  const user = await api.signUp("ADMIN");
  adminId = user.id;
  admin = api.clients({ token: user.token });
});
test.after(() => api.stop());

async function customer(): Promise<{ id: string; user: TestUser; clients: Clients }> {
  const user = await api.signUp("CUSTOMER");
  return { id: user.id, user, clients: api.clients({ token: user.token }) };
}

test("a user reads and changes his own account; without a mask every field that is set is written", async () => {
  const { id, clients } = await customer();
  const { user: before } = await clients.identity.getProfile({});
  assert.is(before?.id, id);
  const birthDate = { year: 1990, month: 2, day: 28 };
  const { user: after } = await clients.identity.updateProfile({
    user: { firstName: "Grace", address: "1 Road\nTown", birthDate },
  });
  assert.equal(
    [after?.firstName, after?.address, after?.birthDate?.day, after?.email],
    ["Grace", "1 Road\nTown", 28, before?.email],
  );
  assert.is.not(after?.etag, before?.etag);
  assert.equal((await clients.identity.getProfile({})).user, after);
});

test("with a mask exactly the named fields are written, and an empty one is cleared", async () => {
  const { clients } = await customer();
  await clients.identity.updateProfile({
    user: { firstName: "Grace", phone: "+1 212 555 0100", birthDate: { year: 1990, month: 2, day: 28 } },
  });
  const updateMask = { paths: ["phone", "birth_date", "last_name"] };
  const { user } = await clients.identity.updateProfile({
    user: { firstName: "ignored", lastName: "Hopper" },
    updateMask,
  });
  assert.equal([user?.firstName, user?.lastName, user?.phone, user?.birthDate], ["Grace", "Hopper", "", undefined]);
});

test("an unknown path, a cleared e-mail and a role in one's own profile are refused or not looked at", async () => {
  const { id, clients } = await customer();
  const update = (paths: string[], user = {}) =>
    refusalOf(clients.identity.updateProfile({ user, updateMask: { paths } }));
  assert.is((await update(["nonsense"])).code, "InvalidArgument");
  assert.is((await update(["role"], { role: Role.ADMIN })).code, "InvalidArgument");
  assert.is((await update(["birth_date.year"])).reason, "UNKNOWN_UPDATE_PATH");
  assert.is((await update(["email"])).reason, "INVALID_FIELDS");
  await clients.identity.updateProfile({ user: { id: adminId, role: Role.ADMIN, disabled: true, lastName: "Same" } });
  const { user } = await admin.identity.getUser({ id });
  assert.equal([user?.role, user?.disabled, user?.lastName], [Role.CUSTOMER, false, "Same"]);
});

test("a stale etag changes nothing; of two that change the same version one is told so", async () => {
  const { clients } = await customer();
  const { user } = await clients.identity.getProfile({});
  const outcomes = await race(6, async (index) => {
    const answer = clients.identity.updateProfile({ user: { lastName: `Name ${index}`, etag: user?.etag } });
    return answer.then(
      () => "written",
      () => reasonOf(answer),
    );
  });
  assert.equal(tally(outcomes), { written: 1, STALE_ETAG: 5 });
  assert.equal((await refusalOf(clients.identity.updateProfile({ user: { etag: "v0" } }))).code, "Aborted");
});

test("e-mail and username stay unique whatever their case, also by an update", async () => {
  const { user: taken } = await customer();
  const { id, clients } = await customer();
  const asked = { user: { email: taken.email.toUpperCase() }, currentPassword: PASSWORD };
  const refused = await refusalOf(clients.identity.updateProfile(asked));
  assert.equal(refused, { code: "AlreadyExists", reason: "EMAIL_TAKEN", fields: ["user.email"], metadata: {} });
  const username = taken.email.split("@")[0]?.toUpperCase();
  assert.is(await reasonOf(admin.identity.updateUser({ user: { id, username } })), "USERNAME_TAKEN");
  const free = { email: `${newId()}@example.com`, username: newId().slice(0, 30) };
  const outcomes = await race(4, async () => {
    const one = await customer();
    const answer = admin.identity.updateUser({ user: { id: one.id, ...free } });
    return answer.then(
      () => "written",
      () => reasonOf(answer),
    );
  });
  assert.is(tally(outcomes)["written"], 1);
});

test("an admin makes users with any role, and the same request_id makes one", async () => {
  const name = newId().slice(0, 30);
  const request = {
    user: { email: `${name}@example.com`, username: name, role: Role.ADMIN, lastName: "Boss" },
    password: PASSWORD,
    requestId: crypto.randomUUID(),
  };
  const [first, again] = [await admin.identity.createUser(request), await admin.identity.createUser(request)];
  assert.equal(again, first);
  const { tokens } = await api.clients().identity.login({ login: name, password: PASSWORD });
  await api.clients({ token: tokens?.accessToken ?? "" }).identity.listUsers({});
  assert.equal((await refusalOf(admin.identity.createUser({ ...request, requestId: "" }))).fields, ["user.email"]);
  const other = { email: `x${name}@example.com`, username: `x${name.slice(1)}` };
  assert.is(await reasonOf(admin.identity.createUser({ user: other, password: "password123" })), "WEAK_PASSWORD");
  assert.is((await admin.identity.createUser({ user: other, password: PASSWORD })).user?.role, Role.CUSTOMER);
  assert.is(
    await reasonOf(admin.identity.createUser({ user: { ...other, role: Role.SERVICE }, password: PASSWORD })),
    "INVALID_FIELDS",
  );
  await admin.identity.deleteUser({ id: first.user?.id });
});

test("users come newest first, page by page, and are found by a part of e-mail, username or name", async () => {
  const mark = newId().slice(-10);
  const made: string[] = [];
  for (const index of [1, 2, 3]) {
    const user = {
      email: `${mark}-${index}@example.com`,
      username: `list-${mark}-${index}`,
      firstName: "Ann%",
      lastName: `O_${mark}`,
    };
    made.unshift((await admin.identity.createUser({ user, password: PASSWORD })).user?.id ?? "");
  }
  const found: string[] = [];
  let pageToken = "";
  do {
    const page = await admin.identity.listUsers({ query: mark.toUpperCase(), pageSize: 2, pageToken });
    found.push(...page.users.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.equal(found, made);
  assert.is((await admin.identity.listUsers({ query: `ann% o_${mark}` })).users.length, 3);
  assert.is((await admin.identity.listUsers({ query: `nn_ o%${mark}` })).users.length, 0);
  await admin.identity.updateUser({ user: { id: made[0], disabled: true } });
  assert.equal(
    (await admin.identity.listUsers({ query: mark, disabled: true })).users.map(({ id }) => id),
    [made[0]],
  );
  assert.is((await admin.identity.listUsers({ query: mark, role: Role.ADMIN })).users.length, 0);
  const { nextPageToken } = await admin.identity.listUsers({ query: mark, pageSize: 1 });
  assert.is(
    await reasonOf(admin.identity.listUsers({ query: "other", pageToken: nextPageToken })),
    "INVALID_PAGE_TOKEN",
  );
});

test("who is not there is not found", async () => {
  const id = newId();
  const { identity } = admin;
  assert.is(await reasonOf(identity.getUser({ id })), "USER_NOT_FOUND");
  assert.is(await reasonOf(identity.updateUser({ user: { id, firstName: "A" } })), "USER_NOT_FOUND");
  assert.is(await reasonOf(identity.deleteUser({ id })), "USER_NOT_FOUND");
});

test("a deleted user is anonymous: names are free, sessions over, mail and cart dropped, the orders stay", async () => {
  const { id, user, clients } = await customer();
  await clients.identity.updateProfile({
    user: { firstName: "Grace", lastName: "Hopper", phone: "+1 212 555 0100", address: "1 Road" },
  });
  const shop = await shopWith(api, { mug: 5 });
  const { order } = await clients.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  await runSql(
    api.database,
    "INSERT INTO email.deliveries (store_id, order_id, sequence, type) VALUES ($1, $2, 1, 'ORDER_CONFIRMED')",
    [shop.storeId, order?.id],
  );
  await clients.cart.addCartItem({ productId: shop.products.mug, quantity: 1 });
  assert.is(await reasonOf(admin.identity.deleteUser({ id, etag: "v0" })), "STALE_ETAG");
  await admin.identity.deleteUser({ id });
  assert.is(await reasonOf(clients.identity.getProfile({})), "INVALID_TOKEN");
  assert.is(
    await reasonOf(api.clients().identity.login({ login: user.email, password: PASSWORD })),
    "WRONG_CREDENTIALS",
  );
  assert.is(await reasonOf(admin.identity.getUser({ id })), "USER_NOT_FOUND");
  assert.is(await reasonOf(admin.identity.deleteUser({ id })), "USER_NOT_FOUND");
  const username = user.email.split("@")[0] ?? "";
  await api.clients().identity.register({ email: user.email, username, password: PASSWORD });
  assert.is((await admin.order.getOrder({ id: order?.id })).order?.userId, id);
  const [row] = await runSql<{ person: string; pending: string; carts: string; tokens: string }>(
    api.database,
    `SELECT (SELECT concat(email, username, first_name, last_name, phone, address, birth_date, password_hash) FROM identity.users WHERE id = $1) AS person,
            (SELECT count(*) FROM email.deliveries WHERE user_id = $1 OR order_id = $2) AS pending,
            (SELECT count(*) FROM carts.carts WHERE user_id = $1) AS carts,
            (SELECT count(*) FROM identity.refresh_tokens WHERE user_id = $1) AS tokens`,
    [id, order?.id],
  );
  assert.equal(row, { person: "", pending: "0", carts: "0", tokens: "0" });
  await admin.identity.deleteUser({ id: (await customer()).id });
});

test("the last admin is neither demoted, nor disabled, nor deleted", async () => {
  const { id } = await onlyAdmin();
  for (const change of [{ role: Role.CUSTOMER }, { disabled: true }]) {
    assert.equal(await refusalOf(admin.identity.updateUser({ user: { id, ...change } })), {
      code: "FailedPrecondition",
      reason: "LAST_ADMIN",
      fields: [],
      metadata: {},
    });
  }
  assert.is(await reasonOf(admin.identity.deleteUser({ id })), "LAST_ADMIN");
  assert.is(await admins(), 1);
  await admin.identity.updateUser({ user: { id, lastName: "Still here" } });
});

/** The others are made customers behind the API's back. */
async function onlyAdmin(): Promise<{ id: string }> {
  await runSql(api.database, "UPDATE identity.users SET role = 'CUSTOMER' WHERE role = 'ADMIN' AND id <> $1", [
    adminId,
  ]);
  return { id: adminId };
}

async function admins(): Promise<number> {
  const [row] = await runSql<{ count: string }>(
    api.database,
    "SELECT count(*) FROM identity.users WHERE role = 'ADMIN' AND NOT disabled AND deleted_at IS NULL",
  );
  return Number(row?.count);
}

test("two admins take each other's place away at once: one of them succeeds, one admin stays", async () => {
  for (let times = 0; times < 5; times++) {
    const pair = await twoAdmins();
    const outcomes = await race(2, async (index) => {
      const [self, target] = index === 0 ? pair : pair.toReversed();
      const { identity } = api.clients({ token: self?.token ?? "" });
      const answer =
        times % 2 === 0
          ? identity.updateUser({ user: { id: target?.id, role: Role.CUSTOMER } })
          : identity.deleteUser({ id: target?.id });
      return answer.then(
        () => "done",
        () => reasonOf(answer),
      );
    });
    assert.is(tally(outcomes)["done"], 1, outcomes.join());
    assert.is(await admins(), 1);
  }
  await runSql(api.database, "UPDATE identity.users SET role = 'ADMIN' WHERE id = $1", [adminId]);
});

async function twoAdmins(): Promise<TestUser[]> {
  await runSql(api.database, "UPDATE identity.users SET role = 'CUSTOMER' WHERE role = 'ADMIN'");
  return [await api.signUp("ADMIN"), await api.signUp("ADMIN")];
}

test("without the lock the same race leaves no admin", async () => {
  const left: number[] = [];
  for (let times = 0; times < 5; times++) {
    const pair = await twoAdmins();
    await race(2, (index) => demoteWithoutLock(api.database, pair[index]?.id ?? ""));
    left.push(await admins());
  }
  await runSql(api.database, "UPDATE identity.users SET role = 'ADMIN' WHERE id = $1", [adminId]);
  assert.ok(left.includes(0), `${left.join()} admins were left`);
});

/** Counts the admins, then takes one away. */
function demoteWithoutLock(database: Sequelize, id: string): Promise<void> {
  return withTransaction(database, async () => {
    if ((await admins()) < 2) return;
    await runSql(database, "UPDATE identity.users SET role = 'CUSTOMER' WHERE id = $1", [id]);
  });
}

test.run();
