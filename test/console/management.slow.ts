/**
 * Running the shop by clicks: stock adjusted and transferred, a promotion, a user who is locked out, and the audit log
 * that tells of it.
 */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PASSWORD } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";
import { until } from "../support/until.ts";
import { goTo, leave, openSignedIn } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage>("management");

test.before(async (context) => void Object.assign(context, await openStage()));
test.after(closeStage);

test("stock is adjusted with a reason and transferred to another store, and the ledger has both", async ({
  api,
  browser,
  admin,
  clients,
  shop,
}) => {
  const { store: depot } = await clients.inventory.createStore({ store: { name: "Depot" } });
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Stock");
  await page.getByRole("combobox", { name: "Store" }).selectOption(shop.storeId);
  await page.getByRole("button", { name: "adjust stock of mug" }).click();
  await page.getByLabel("Delta").fill("-3");
  await page.getByLabel("Reason").fill("Broken on the way");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "37", exact: true }).waitFor();
  await page.getByRole("button", { name: "transfer stock of mug" }).click();
  await page.getByLabel("To store").selectOption({ label: "Depot" });
  await page.getByLabel("Quantity").fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "30", exact: true }).waitFor();
  const { stocks } = await clients.inventory.getStock({ productId: shop.products.mug });
  assert.equal(
    new Map(stocks.map(({ storeId, quantity }) => [storeId, quantity])),
    new Map([
      [shop.storeId, 30],
      [depot?.id ?? "", 7],
    ]),
  );
  await goTo(opened, "Ledger");
  await page.getByRole("combobox", { name: "Store" }).selectOption(shop.storeId);
  await page.getByRole("row").filter({ hasText: "Broken on the way" }).filter({ hasText: "-3" }).waitFor();
  await page.getByRole("row").filter({ hasText: "Transfer" }).filter({ hasText: "-7" }).waitFor();
  await leave(opened);
});

test("stock that was sold since it was shown is not overwritten unseen: the dialog says how many there are, and saves the next time", async ({
  api,
  browser,
  admin,
  clients,
  shop,
}) => {
  const opened = await openSignedIn(browser, api, admin, { statuses: [409] });
  const { page } = opened;
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  await clients.inventory.setStock({ ...key, quantity: 30 });
  await goTo(opened, "Stock");
  await page.getByRole("combobox", { name: "Store" }).selectOption(shop.storeId);
  await page.getByRole("cell", { name: "30", exact: true }).waitFor();
  await clients.inventory.adjustStock({ ...key, delta: -1 });
  await page.getByRole("button", { name: "set stock of mug" }).click();
  await page.getByText("30 can be sold now.").waitFor();
  await page.getByLabel("Quantity").fill("31");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("STALE_QUANTITY").waitFor();
  await page.getByText("29 can be sold now.").waitFor();
  assert.is(await shop.quantity("mug"), 29);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "31", exact: true }).waitFor();
  await clients.inventory.setStock({ ...key, quantity: 30 });
  await leave(opened);
});

test("more than there is cannot be taken, and the dialog says why", async ({ api, browser, admin, shop }) => {
  const opened = await openSignedIn(browser, api, admin, { statuses: [400] });
  const { page } = opened;
  await goTo(opened, "Stock");
  await page.getByRole("combobox", { name: "Store" }).selectOption(shop.storeId);
  const before = await shop.quantity("mug");
  await page.getByRole("button", { name: "adjust stock of mug" }).click();
  await page.getByLabel("Delta").fill("-1000");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").getByText("INSUFFICIENT_STOCK").waitFor();
  assert.is(await shop.quantity("mug"), before);
  await leave(opened);
});

test("a promotion is made, and ends when it is made inactive", async ({ api, browser, admin, clients, shop }) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Promotions");
  await page.getByRole("link", { name: "New promotion" }).click();
  await page.getByLabel("Code").fill("SPRING");
  await page.getByRole("button", { name: "Create promotion" }).click();
  await page.getByRole("alert").getByText("fixed amount or percent must be given").waitFor();
  await page.getByLabel("Percent").fill("20");
  await page.getByRole("button", { name: "Create promotion" }).click();
  await page.getByRole("heading", { level: 1, name: "SPRING" }).waitFor();
  const order = { storeId: shop.storeId, items: shop.items({ mug: 2 }), promoCode: "spring" };
  assert.is((await clients.order.quoteOrder(order)).discount?.units, 1n);
  await page.getByLabel("Active").uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  assert.is(await reasonOf(clients.order.quoteOrder(order)), "PROMOTION_NOT_APPLICABLE");
  await goTo(opened, "Promotions");
  await page.getByLabel("Active").selectOption("Off");
  await page.getByRole("link", { name: "SPRING" }).waitFor();
  await leave(opened);
});

test("a user who is disabled cannot sign in any more, and the list finds him", async ({ api, browser, admin }) => {
  const user = await api.signUp("CUSTOMER");
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Users");
  await page.getByLabel("Search").fill(user.email);
  await page.getByRole("button", { name: "Find" }).click();
  await page.locator(`table a[href="/console/users/${user.id}"]`).click();
  await page.getByLabel("Disabled").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  assert.is(
    await reasonOf(api.clients().identity.login({ login: user.email, password: PASSWORD })),
    "WRONG_CREDENTIALS",
  );
  await goTo(opened, "Users");
  await page.getByLabel("Sign-in").selectOption("Disabled");
  await page.getByRole("cell", { name: user.email }).waitFor();
  await page.getByRole("cell", { name: admin.email }).waitFor({ state: "detached" });
  await leave(opened);
});

test("the audit log says who did what to which thing, and is narrowed to a person, a kind, a thing and a time", async ({
  api,
  browser,
  admin,
  clients,
}) => {
  const { category } = await clients.catalog.createCategory({ category: { name: "Watched" } });
  const id = category?.id ?? "";
  await clients.catalog.updateCategory({ category: { id, description: "Changed" } });
  const { category: gone } = await clients.catalog.createCategory({ category: { name: "Gone" } });
  await clients.catalog.deleteCategory({ id: gone?.id ?? "" });
  const other = await api.signUp("ADMIN");
  const { store } = await api.clients({ token: other.token }).inventory.createStore({ store: { name: "Quay" } });
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Audit log");
  const said = async (text: RegExp) => page.getByRole("row").filter({ hasText: text }).first().waitFor();
  const name = (user: { email: string }) => user.email.slice(0, user.email.indexOf("@"));
  await said(new RegExp(`${name(admin)} set the description of Watched to Changed`));
  await said(new RegExp(`${name(admin)} deleted the category Gone`));
  await said(new RegExp(`${name(other)} created the store Quay`));
  const linked = async (words: string) => page.getByRole("link", { name: words }).first().getAttribute("href");
  assert.is(await linked("Watched"), `/console/categories/${id}`);
  assert.is(await linked("Quay"), `/console/stores/${store?.id}`);
  assert.is(await linked(name(other)), `/console/users/${other.id}`);
  assert.is(await page.getByRole("link", { name: "Gone" }).count(), 1, "what is deleted leads nowhere");
  const rows = async (count: number) =>
    until(`${count} rows`, async () => (await page.locator("tbody tr").count()) === count);
  await page.getByLabel("Person").selectOption(name(other));
  await rows(1);
  await page.getByLabel("Kind of thing").selectOption("product");
  await page.getByText("No audit events match.").waitFor();
  await page.getByLabel("Kind of thing").selectOption("");
  await rows(1);
  await page.getByLabel("Person").selectOption("");
  await page.getByLabel("Thing’s id").fill(id);
  await page.getByRole("button", { name: "Find" }).click();
  await rows(2);
  await page.getByLabel("From").fill("2999-01-01T00:00");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("No audit events match.").waitFor();
  await leave(opened);
});

test.run();
