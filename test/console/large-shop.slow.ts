/** Every screen on a shop as large as a busy one: it is there, with rows, and nothing goes wrong. How soon, a benchmark says. */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "../../src/platform/database/database.ts";
import { fillLargeShop, SHOP_ADMIN, SHOP_PASSWORD } from "../bench/large-shop.ts";
import { ownerUrl } from "../support/environment.ts";
import { goTo, leave, openConsole, settled } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

/** Those on which the shop has rows, by their headings. */
const LISTS = ["Orders", "Products", "Categories", "Stores", "Stock", "Ledger", "Promotions", "Users", "Audit log"];
const OTHERS = ["Today", "Webhooks", "Deliveries", "Service keys", "Dead letters", "Health"];

const test = suite<Stage>("large shop");

test.before(async (context) => {
  const database = openDatabase({ url: ownerUrl, pool: 2, name: "test", statementTimeoutMs: 0 });
  await fillLargeShop(database);
  await database.close();
  Object.assign(context, await openStage());
});
test.after(closeStage);

test("every screen works on 1,200 products, 25 stores and 100,000 orders", async (stage) => {
  const opened = await openConsole(stage.browser, stage.api);
  const { page } = opened;
  await page.getByLabel("E-mail or username").fill(SHOP_ADMIN);
  await page.getByLabel("Password").fill(SHOP_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  for (const screen of [...LISTS, ...OTHERS]) {
    await goTo(opened, screen);
    await settled(page);
    assert.is(await page.getByRole("alert").count(), 0, screen);
    if (LISTS.includes(screen)) assert.ok((await page.locator("tbody tr").count()) > 3, screen);
  }
  await goTo(opened, "Today");
  for (const region of ["Live orders", "Low stock", "Top products today"])
    assert.ok((await page.getByRole("region", { name: region }).locator("li").count()) > 3, region);
  await leave(opened);
});

test.run();
