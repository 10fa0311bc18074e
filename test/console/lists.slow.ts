/**
 * Lists by hand and by keyboard: many rows changed at once with an honest account, pages that a reload and Back find
 * again, columns and views that are kept, and a file of all that is filtered.
 */
// time limit: 300 s
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { buyMugs } from "../support/fixture.ts";
import { assertNoSidewaysScroll, goTo, leave, openSignedIn, seriousFindings, settled } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage & { categoryId: string }>("lists");
/** More than two pages of twenty. */
const PENS = 45;

test.before(async (stage) => {
  Object.assign(stage, await openStage());
  const { catalog } = stage.clients;
  const { category } = await catalog.createCategory({ category: { name: "Pens" } });
  stage.categoryId = category?.id ?? "";
  const price = { currencyCode: "USD", units: 10n };
  for (let n = 0; n < PENS; n++) {
    const sku = `PEN-${String(n).padStart(2, "0")}`;
    await catalog.createProduct({
      product: { sku, title: `Pen ${sku}`, price, categoryId: stage.categoryId, active: true },
    });
  }
  await catalog.createProduct({
    product: { sku: "=SUM(1)", title: "Öl, fein", price, categoryId: stage.categoryId, active: true },
  });
});
test.after(closeStage);

test("three prices are raised by percent after one question; the one that somebody changed meanwhile is told, and taken on a second try", async ({
  api,
  browser,
  admin,
  clients,
}) => {
  const opened = await openSignedIn(browser, api, admin, { statuses: [409] });
  const { page } = opened;
  await goTo(opened, "Products");
  await page.getByLabel("Category").selectOption("Pens");
  await page.getByRole("button", { name: "Title" }).click();
  await page.locator("th[aria-sort=ascending]").waitFor();
  await page.getByRole("checkbox", { name: "Select Pen PEN-01" }).check();
  for (const sku of ["PEN-02", "PEN-03"]) await page.getByRole("checkbox", { name: `Select Pen ${sku}` }).check();
  await page.getByText("3 selected").waitFor();
  const find = async (sku: string) =>
    (await clients.catalog.searchProducts({ query: sku })).results.find(({ product }) => product?.sku === sku)?.product;
  const overtaken = await find("PEN-02");
  await clients.catalog.updateProduct({
    product: { id: overtaken?.id, description: "Theirs" },
    updateMask: { paths: ["description"] },
  });
  await page.getByRole("button", { name: "Change price" }).click();
  const dialog = page.getByRole("dialog", { name: "Change price: 3 products?" });
  await dialog.getByLabel("By").fill("ten");
  await dialog.getByText("must be a price such as 12.50").waitFor();
  await dialog.getByLabel("By").fill("+10%");
  assert.is(await dialog.getByText("$10.00 → $11.00").count(), 3);
  assert.equal(await seriousFindings(page), []);
  await dialog.getByRole("button", { name: "Change price (3)" }).dblclick();
  await dialog.getByText("2 of 3 done.").waitFor();
  await dialog.getByRole("alert").getByText("Pen PEN-02").waitFor();
  await dialog.getByRole("alert").getByText("STALE_ETAG").waitFor();
  await dialog.getByRole("button", { name: "Retry the 1 that failed" }).click();
  await dialog.getByText("1 of 1 done.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  for (const sku of ["PEN-01", "PEN-02", "PEN-03"]) assert.is((await find(sku))?.price?.units, 11n, sku);
  assert.is((await find("PEN-02"))?.description, "Theirs");
  assert.is(await page.getByText("selected").count(), 0);
  await leave(opened);
});

test("orders are shipped together; those that cannot be are told before", async (stage) => {
  const { api, browser, admin, clients } = stage;
  const ids = [await buyMugs(stage, 1), await buyMugs(stage, 1), await buyMugs(stage, 1)];
  await clients.order.cancelOrder({ id: ids[2] ?? "" });
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Orders");
  await page.getByRole("checkbox", { name: "Select all of this page" }).check();
  await page.getByRole("button", { name: "Ship" }).click();
  const dialog = page.getByRole("dialog", { name: "Ship: 3 orders?" });
  await dialog.getByText("is cancelled, not confirmed").waitFor();
  await dialog.getByRole("button", { name: "Ship (2)" }).click();
  await dialog.getByText("2 of 2 done.").waitFor();
  const states = await Promise.all(ids.map(async (id) => (await clients.order.getOrder({ id })).order?.status));
  assert.equal(states, [OrderStatus.SHIPPED, OrderStatus.SHIPPED, OrderStatus.CANCELLED]);
  await leave(opened);
});

test("the page of a list is in its address: a reload and Back give the same rows", async ({
  api,
  browser,
  admin,
  categoryId,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Products");
  await page.getByLabel("Category").selectOption("Pens");
  await page.waitForURL(new RegExp(categoryId));
  const first = async () => {
    await settled(page);
    return page.locator("tbody tr").first().innerText();
  };
  const turn = async (to: string, words: string) => {
    await page.getByRole("button", { name: to }).click();
    await page.getByText(words).waitFor();
  };
  const one = await first();
  await turn("Next page", "Page 2");
  const two = await first();
  await turn("Next page", "Page 3");
  await page.reload();
  await page.getByText("Page 3").waitFor();
  await turn("Previous page", "Page 2");
  assert.is(await first(), two);
  await page.locator("tbody a").first().click();
  await page.getByRole("button", { name: "Save" }).waitFor();
  await page.goBack();
  await page.getByText("Page 2").waitFor();
  assert.is(await first(), two);
  await turn("Previous page", "Page 1");
  assert.is(await first(), one);
  await page.getByRole("button", { name: "Price" }).click();
  await page.locator("th[aria-sort=ascending]").waitFor();
  assert.match(page.url(), /order=price/);
  await leave(opened);
});

test("columns and views are kept over a reload, in this browser alone", async ({ api, browser, admin }) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Products");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "SKU" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("columnheader", { name: "SKU" }).waitFor({ state: "detached" });
  await page.getByLabel("Category").selectOption("Pens");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Save this view…" }).click();
  await page.getByLabel("Name").fill("Pens only");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await goTo(opened, "Orders");
  await goTo(opened, "Products");
  await page.reload();
  await page.getByRole("columnheader", { name: "Title" }).waitFor();
  assert.is(await page.getByRole("columnheader", { name: "SKU" }).count(), 0);
  await page.getByRole("button", { name: "Views" }).click();
  assert.equal(await seriousFindings(page), []);
  await page.getByRole("menuitem", { name: "Pens only", exact: true }).click();
  await page.waitForURL(/category=/);
  await page.getByText(`Page 1 · ${PENS + 1} in all`).waitFor();
  await leave(opened);
});

test("the file has every page of what is filtered, and no cell that a spreadsheet runs", async ({
  api,
  browser,
  admin,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Products");
  await page.getByLabel("Category").selectOption("Pens");
  await page.getByText(`${PENS + 1} in all`).waitFor();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CSV" }).click(),
  ]);
  assert.is(file.suggestedFilename(), "products.csv");
  const text = readFileSync((await file.path()) ?? "", "utf8");
  const lines = text.split("\r\n");
  assert.equal([lines[0], lines.length], ["\uFEFFTitle,SKU,Category,Price,Status", PENS + 3]);
  assert.ok(text.includes(`"Öl, fein",'=SUM(1),Pens,10.00,Active`), text);
  await leave(opened);
});

test("a list is worked through by keyboard alone", async ({ api, browser, admin }) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Products");
  await page.locator("h1:focus").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("PEN-04");
  await page.keyboard.press("Enter");
  await page.getByText("Page 1 · 1 in all").waitFor();
  await page.getByRole("region", { name: "products" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByText("1 selected").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Pen PEN-04" }).waitFor();
  await leave(opened);
});

test("an error that would come again offers no second try, and a void page leads to the first", async ({
  api,
  browser,
  admin,
}) => {
  const opened = await openSignedIn(browser, api, admin, { statuses: [400], width: 390 });
  const { page } = opened;
  await goTo(opened, "Products");
  await page.goto(`${api.baseUrl}/console/products?page=void`);
  await page.getByRole("alert").waitFor();
  assert.is(await page.getByRole("button", { name: "Try again" }).count(), 0);
  assert.equal(await seriousFindings(page), []);
  await assertNoSidewaysScroll(page, "a list that failed");
  await page.getByRole("button", { name: "Go to the first page" }).click();
  await page.getByText("Page 1").waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByLabel("Category").waitFor();
  await leave(opened);
});

test.run();
