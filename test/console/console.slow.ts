/**
 * A day of somebody who runs the shop, in Chromium over the real API: signed in, a product made with an image, stocked,
 * ordered, shipped; overtaken by somebody else; and a customer kept out.
 */
// time limit: 300 s
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { image } from "../media/sample-images.ts";
import { buyMugs } from "../support/fixture.ts";
import { positioning } from "../support/watching.ts";
import { PASSWORD } from "../support/api.ts";
import { totpCode } from "../support/totp.ts";
import { goTo, leave, openConsole, openSignedIn, seriousFindings, settled, signIn } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/console");
/** Sign-in and Today, compressed as most browsers get them. */
const FIRST_VIEW_MAX_BYTES = 300_000;
/** All screens together. */
const MAX_BYTES = 500_000;

const test = suite<Stage>("console");

test.before(async (context) => void Object.assign(context, await openStage()));
test.after(closeStage);

test("a product is made with an image, stocked, ordered by somebody and shipped", async ({
  api,
  browser,
  admin,
  buyer,
  clients,
  shop,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Products");
  await page.getByRole("link", { name: "New product" }).click();
  await page.getByLabel("SKU").fill("LAMP-1");
  await page.getByLabel("Title").fill("Reading lamp");
  await page.getByLabel("Price").fill("49.90");
  await page.getByLabel("Category").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Create product" }).click();
  await page.getByRole("heading", { level: 1, name: "Reading lamp" }).waitFor();
  const buffer = await image({ width: 64, height: 48 }).png().toBuffer();
  await page.getByLabel("Another image").setInputFiles({ name: "lamp.png", mimeType: "image/png", buffer });
  await page.getByRole("img", { name: "The image, as it is now" }).waitFor();
  await page.getByLabel("Price").fill("1,049.90");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const productId = page.url().split("/").at(-1) ?? "";
  const { product } = await clients.catalog.getProduct({ id: productId });
  assert.equal([product?.sku, product?.price?.units, product?.price?.nanos], ["LAMP-1", 1_049n, 900_000_000]);
  assert.match(product?.imageUri ?? "", /^\/media\//);

  await page.getByRole("region", { name: "Stock" }).getByRole("link").first().click();
  await page.getByRole("button", { name: /^set stock/ }).click();
  await page.getByLabel("Quantity").fill("12");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("12 can be sold").waitFor();
  const { totalQuantity } = await clients.inventory.getStock({ productId });
  assert.is(totalQuantity, 12);

  const { order } = await api
    .clients({ token: buyer.token })
    .order.placeOrder({ storeId: shop.storeId, items: [{ productId, quantity: 2 }] });
  await goTo(opened, "Orders");
  await page.getByRole("link", { name: order?.id ?? "no order" }).click();
  await page.getByRole("button", { name: "Ship" }).click();
  await page.getByRole("button", { name: "Deliver" }).click();
  await page.getByText("Nothing more can be done with it.").waitFor();
  const { order: delivered } = await clients.order.getOrder({ id: order?.id ?? "" });
  assert.is(delivered?.status, OrderStatus.DELIVERED);
  await leave(opened);
});

test("an order appears on Today as it is placed, and the figures move with it", async (stage) => {
  const { api, browser, admin } = stage;
  const relay = positioning(api.database);
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Today");
  await page.getByText("Live", { exact: true }).waitFor();
  const before = Number(await page.locator("dt:has-text('Orders confirmed') + dd").innerText());
  const id = await buyMugs(stage, 1);
  await page
    .getByRole("region", { name: "Live orders" })
    .getByRole("link", { name: `Order ${id}` })
    .waitFor();
  await page
    .locator("dt:has-text('Orders confirmed') + dd")
    .filter({ hasText: new RegExp(`^${before + 1}$`) })
    .waitFor();
  await leave(opened);
  await relay.stop();
});

test("an edit that somebody else overtook shows both, and nothing is saved until one is chosen", async ({
  api,
  browser,
  admin,
  clients,
  shop,
}) => {
  const opened = await openSignedIn(browser, api, admin, { statuses: [409] });
  const { page } = opened;
  await goTo(opened, "Products");
  await page.getByRole("link", { name: "mug", exact: true }).click();
  await page.getByLabel("Title").fill("Mug of mine");
  await clients.catalog.updateProduct({
    product: { id: shop.products.mug, title: "Mug of theirs" },
    updateMask: { paths: ["title"] },
  });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const alert = page.getByRole("alert").filter({ hasText: "Somebody else changed this product" });
  await alert.waitFor();
  assert.match(await alert.innerText(), /Mug of theirs\s+Mug of mine/);
  assert.is((await clients.catalog.getProduct({ id: shop.products.mug })).product?.title, "Mug of theirs");
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  assert.is((await clients.catalog.getProduct({ id: shop.products.mug })).product?.title, "Mug of mine");
  await leave(opened);
});

test("whoever was overtaken while what is stored cannot be read is told so, and nothing is saved", async ({
  api,
  browser,
  admin,
  clients,
}) => {
  const { category } = await clients.catalog.createCategory({ category: { name: "Fragile" } });
  const opened = await openSignedIn(browser, api, admin, { statuses: [409], disconnected: true });
  const { page } = opened;
  await goTo(opened, "Categories");
  await page.getByRole("link", { name: "Fragile" }).click();
  await page.getByLabel("Description").fill("Mine");
  await clients.catalog.updateCategory({ category: { id: category?.id, description: "Theirs" } });
  const cut = page.waitForEvent("requestfailed");
  await page.route(/CatalogService\/GetCategory/, (route) => route.abort());
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await cut;
  await page.getByText("STALE_ETAG").waitFor();
  assert.is(await page.getByLabel("Description").inputValue(), "Mine");
  assert.is((await clients.catalog.getCategory({ id: category?.id })).category?.description, "Theirs");
  await leave(opened);
});

test("what breaks a rule of the proto is said beside its field, and never sent", async ({
  api,
  browser,
  admin,
  clients,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Users");
  await page.getByRole("link", { name: "New user" }).click();
  await page.getByLabel("Email").fill("not an address");
  await page.getByLabel("Username").fill("ab");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create user" }).click();
  await page.locator("[aria-invalid=true]").first().waitFor();
  const wrong = await page
    .locator("[aria-invalid=true]")
    .evaluateAll((inputs) => inputs.map((input) => input.getAttribute("name")));
  assert.equal(new Set(wrong), new Set(["email", "password", "username"]));
  assert.is((await clients.identity.listUsers({ query: "not an address" })).users.length, 0);
  await leave(opened);
});

test("deleting asks first", async ({ api, browser, admin, clients }) => {
  const { category } = await clients.catalog.createCategory({ category: { name: "Passing fancies" } });
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Categories");
  await page.getByRole("link", { name: "Passing fancies" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Keep" }).click();
  assert.is((await clients.catalog.getCategory({ id: category?.id })).category?.name, "Passing fancies");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete category" }).click();
  await page.getByRole("heading", { level: 1, name: "Categories" }).waitFor();
  await settled(page);
  assert.is(await page.getByRole("link", { name: "Passing fancies" }).count(), 0);
  await leave(opened);
});

test("a reload goes on with the session, nothing of it is where scripts can read it, and signing out ends it", async ({
  api,
  browser,
  admin,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page, context } = opened;
  await goTo(opened, "Products");
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Products" }).waitFor();
  const kept = await page.evaluate("JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])");
  assert.is(kept, '["",{},{}]');
  const cookies = await context.cookies(`${api.baseUrl}/console/session`);
  assert.equal(
    cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite })),
    [{ httpOnly: true, sameSite: "Strict" }],
  );
  // The form is there at once; the session ends when the server has said so.
  const ended = page.waitForResponse((response) => response.request().method() === "DELETE");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await ended;
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await leave(opened);
});

test("a customer is kept out, and a wrong password is told with its reason", async ({ api, browser }) => {
  const opened = await openConsole(browser, api, { statuses: [401] });
  const { page } = opened;
  await signIn(opened, { email: "nobody@test.example" });
  await page.getByText("WRONG_CREDENTIALS").waitFor();
  await signIn(opened, await api.signUp("CUSTOMER"));
  await page.getByRole("heading", { name: "Not for this account" }).waitFor();
  assert.is(await page.getByRole("navigation").count(), 0);
  await leave(opened);
});

test("an account with a second factor is asked for a code, a wrong one is told, and after five the sign-in begins anew", async ({
  api,
  browser,
}) => {
  const user = await api.signUp("ADMIN");
  const own = api.clients(user).identity;
  const { secret } = await own.enrolTotp({ currentPassword: PASSWORD });
  await own.confirmTotp({ code: totpCode(secret, -1) });
  const opened = await openConsole(browser, api, { statuses: [401] });
  const { page } = opened;
  const giveCode = async (code: string) => {
    await page.getByRole("textbox", { name: "Code" }).fill(code);
    await page.keyboard.press("Enter");
  };
  await signIn(opened, user);
  for (let tries = 0; tries < 5; tries++) {
    const answered = page.waitForResponse((response) => response.url().endsWith("/code"));
    await giveCode("abcdef");
    await answered;
    await page.getByText("WRONG_MFA_CODE").waitFor();
  }
  await giveCode(totpCode(secret));
  await page.getByText("INVALID_MFA_TOKEN").waitFor();
  await signIn(opened, user);
  await page.getByRole("textbox", { name: "Code" }).waitFor();
  assert.equal(await seriousFindings(page), []);
  await giveCode(totpCode(secret));
  await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
  await leave(opened);
});

test("blanks alone are no login, and around one they do not count", async ({ api, browser, admin }) => {
  const opened = await openConsole(browser, api);
  const { page } = opened;
  await signIn(opened, { email: " \u00A0\u200B" });
  assert.is(await page.getByLabel("E-mail or username").evaluate((input) => input.matches(":invalid")), true);
  await signIn(opened, { email: `\u200B${admin.email} ` });
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await leave(opened);
});

test("a name of blanks is told beside its field before it is sent, and blanks around one are not kept", async ({
  api,
  browser,
  admin,
  clients,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Categories");
  await page.getByRole("link", { name: "New category" }).click();
  await page.getByLabel("Name").fill(" \u200B");
  await page.getByRole("button", { name: "Create category" }).click();
  await page.getByText("name must be given").first().waitFor();
  await page.getByLabel("Name").fill("Lamps\u00A0");
  await page.getByRole("button", { name: "Create category" }).click();
  await page.getByRole("heading", { level: 1, name: "Lamps" }).waitFor();
  const { categories } = await clients.catalog.listCategories({ pageSize: 100 });
  assert.equal(
    categories.filter(({ name }) => name.includes("Lamps")).map(({ name }) => name),
    ["Lamps"],
  );
  await leave(opened);
});

test("the first view costs less than 300 KB, compressed as most browsers get it, and all of the console less than 500", () => {
  const page = readFileSync(path.join(BUILT, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\/console\/assets\/([^"]+)"/g)].map(([, name = ""]) => name);
  assert.ok(named.some((name) => name.endsWith(".js")) && named.some((name) => name.endsWith(".css")), named.join());
  const all = readdirSync(path.join(BUILT, "assets")).filter((name) => /\.(?:js|css)$/.test(name));
  const today = all.filter((name) => name.startsWith("today-"));
  assert.ok(today.length > 0);
  const first = bytesOf(withImports([...named, ...today]));
  assert.ok(first < FIRST_VIEW_MAX_BYTES, `${first} bytes in the first view`);
  // No split hides a byte.
  assert.ok(bytesOf(all) < MAX_BYTES, `${bytesOf(all)} bytes in all`);
});

/** Files and what they import before they run. */
function withImports(names: string[]): string[] {
  const found = new Set(names);
  for (const name of found) {
    const text = readFileSync(path.join(BUILT, "assets", name), "utf8");
    for (const [, imported = ""] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) found.add(imported);
  }
  return [...found];
}

function bytesOf(names: string[]): number {
  return names
    .filter((name) => /\.(?:js|css)$/.test(name))
    .map((name) => readFileSync(path.join(BUILT, "assets", `${name}.br`)).length)
    .reduce((sum, one) => sum + one, 0);
}

test.run();
