/**
 * What a shopkeeper does all day, from the sign-in to the result, in at most six clicks each.
 *
 * Method: everything is done by a real mouse and real keys. A field is clicked into before it is typed in, unless the
 * page has put the focus there or Tab leads to it; the page itself counts the presses of the mouse.
 */
// time limit: 300 s
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Locator, Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CONSUMER, SearchRows } from "../../src/domains/order/find/search-rows.ts";
import { startRelay } from "../../src/outbox/relay.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { wholeImages } from "../media/sample-images.ts";
import { PASSWORD } from "../support/api.ts";
import { log } from "../support/environment.ts";
import { buyMugs } from "../support/fixture.ts";
import { reasonOf } from "../support/refusal.ts";
import { until } from "../support/until.ts";
import { leave, openConsole, type Opened } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const MOST_CLICKS = 6;
const PENS = 50;

const test = suite<Stage>("shopkeeper");

test.before(async (stage) => {
  Object.assign(stage, await openStage());
});
test.after(closeStage);

interface AtWork extends Opened {
  /** How often the mouse was pressed since the sign-in. */
  clicks(): Promise<number>;
}

/** Signs in by keys alone. */
async function atWork({ browser, api, admin }: Stage): Promise<AtWork> {
  const opened = await openConsole(browser, api);
  const { page } = opened;
  await page.evaluate("window.presses = 0; addEventListener('pointerdown', () => window.presses++, true)");
  await page.getByLabel("E-mail or username").and(page.locator(":focus")).waitFor();
  await page.keyboard.type(admin.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
  return { ...opened, clicks: () => page.evaluate<number>("window.presses") };
}

async function done({ clicks, ...opened }: AtWork): Promise<void> {
  const count = await clicks();
  assert.ok(count > 0 && count <= MOST_CLICKS, `${count} clicks`);
  await leave(opened);
}

function screen(page: Page, name: string): Locator {
  return page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name, exact: true });
}

async function openSearch(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("dialog").locator("input:focus").waitFor();
}

/** Tab until a field has the focus: what a hand on the keyboard does. */
async function tabTo(page: Page, field: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if ((await field.and(page.locator(":focus")).count()) === 1) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${field.toString()}`);
}

test("a caller's order is found by the name that the caller says", async (stage) => {
  const { api, clients, buyer } = stage;
  await api.clients(buyer).identity.updateProfile({ user: { firstName: "Katherine", lastName: "Johnson" } });
  const id = await buyMugs(stage, 1);
  // What a worker does all the time.
  const rows = new SearchRows(api.database);
  const handle = (events: Parameters<typeof rows.handle>[0]) => rows.handle(events);
  const relay = startRelay({ database: api.database, consumers: [{ name: CONSUMER, handle }], log });
  await until("the order is found", async () => {
    const { orders } = await clients.order.listOrders({ query: "kath joh" });
    return orders.length > 0;
  });
  await relay.stop();
  const work = await atWork(stage);
  const { page } = work;
  await openSearch(page);
  await page.keyboard.type("kath joh");
  await page.getByRole("dialog").locator(`a[href="/console/orders/${id}"]`).click();
  await page
    .getByRole("heading", { level: 1 })
    .filter({ hasText: id.slice(-8) })
    .waitFor();
  await page.getByRole("main").locator(`a[href="/console/users/${buyer.id}"]`).waitFor();
  await done(work);
});

test("fifty prices are raised by a tenth", async (stage) => {
  const { catalog } = stage.clients;
  const { category } = await catalog.createCategory({ category: { name: "Pens" } });
  for (let n = 0; n < PENS; n++) {
    const price = { currencyCode: "USD", units: 10n };
    await catalog.createProduct({
      product: { sku: `PEN-${n}`, title: `Pen ${n}`, price, categoryId: category?.id ?? "", active: true },
    });
  }
  const work = await atWork(stage);
  const { page } = work;
  await screen(page, "Products").click();
  await page.getByLabel("Search", { exact: true }).click();
  await page.keyboard.type("pen");
  await page.keyboard.press("Enter");
  await page
    .getByText(`${PENS} in all`)
    .or(page.getByText(`of ${PENS}`))
    .first()
    .waitFor();
  await page.getByRole("checkbox", { name: "Select all of this page" }).click();
  await page.getByRole("button", { name: "Select all that match" }).click();
  await page.getByText(`${PENS} selected`).waitFor();
  await page.getByRole("button", { name: "Change price" }).click();
  const dialog = page.getByRole("dialog");
  await tabTo(page, dialog.getByLabel("By"));
  await page.keyboard.type("+10%");
  await dialog.getByRole("button", { name: `Change price (${PENS})` }).click();
  await dialog.getByText(`${PENS} of ${PENS} done.`).waitFor();
  const { results } = await catalog.searchProducts({ query: "pen", pageSize: 100 });
  assert.equal(
    results.map(({ product }) => product?.price?.units),
    Array.from({ length: PENS }, () => 11n),
  );
  await done(work);
});

test("a promotion is made", async (stage) => {
  const work = await atWork(stage);
  const { page } = work;
  await screen(page, "Promotions").click();
  await page.getByRole("link", { name: "New promotion" }).click();
  await tabTo(page, page.getByLabel("Code"));
  await page.keyboard.type("AUTUMN");
  await tabTo(page, page.getByLabel("Percent"));
  await page.keyboard.type("15");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "AUTUMN" }).waitFor();
  const { promotions } = await stage.clients.promotion.listPromotions({});
  assert.equal(
    promotions.map(({ code, discount }) => [code, discount.value]),
    [["AUTUMN", 15]],
  );
  await done(work);
});

test("a product with its image is for sale", async (stage) => {
  const [image] = Object.values(await wholeImages());
  const file = path.join(process.env["TEST_DATA_DIR"] ?? "", "kettle.png");
  writeFileSync(file, image ?? Buffer.alloc(0));
  const work = await atWork(stage);
  const { page } = work;
  await screen(page, "Products").click();
  await page.getByRole("link", { name: "New product" }).click();
  for (const [label, text] of [
    ["SKU", "KETTLE-1"],
    ["Title", "Kettle"],
    ["Price", "39.90"],
  ] as const) {
    await tabTo(page, page.getByRole("textbox", { name: label }));
    await page.keyboard.type(text);
  }
  await tabTo(page, page.getByLabel("Category"));
  await page.keyboard.press("ArrowDown");
  await page.getByRole("button", { name: "Create product" }).click();
  await page.getByRole("heading", { level: 1, name: "Kettle" }).waitFor();
  const chooser = page.waitForEvent("filechooser");
  await page.getByLabel("Another image").click();
  await (await chooser).setFiles(file);
  await page.getByText("Uploaded.").waitFor();
  const { results } = await stage.clients.catalog.searchProducts({ query: "kettle" });
  assert.not.equal(results[0]?.product?.imageUri ?? "", "");
  await done(work);
});

test("a user is disabled", async (stage) => {
  const { api } = stage;
  const user = await api.signUp("CUSTOMER");
  const work = await atWork(stage);
  const { page } = work;
  await openSearch(page);
  await page.keyboard.type(user.email);
  await page.getByRole("dialog").locator(`a[href="/console/users/${user.id}"]`).click();
  await page.getByLabel("Disabled").click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  const again = api.clients().identity.login({ login: user.email, password: PASSWORD });
  assert.is(await reasonOf(again), "WRONG_CREDENTIALS");
  await done(work);
});

test("what was not sent is sent again", async (stage) => {
  const { api, buyer } = stage;
  const letters = [newId(), newId(), newId()];
  await runSql(
    api.database,
    `INSERT INTO email.deliveries (id, type, user_id, attempts, last_error, given_up_at)
     SELECT id, 'WELCOME', $2, 5, 'no', now() FROM unnest($1::uuid[]) AS id`,
    [letters, buyer.id],
  );
  const work = await atWork(stage);
  const { page } = work;
  await screen(page, "Dead letters").click();
  await page.getByRole("button", { name: "Retry all" }).click();
  await page.getByText("3 in the queue").waitFor();
  const left = await runSql(
    api.database,
    "SELECT FROM email.deliveries WHERE id = ANY($1::uuid[]) AND given_up_at IS NOT NULL",
    [letters],
  );
  assert.is(left.length, 0);
  await done(work);
});

test.run();
