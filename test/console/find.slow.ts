/** One field on every screen finds anything, by keyboard alone. */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buyMugs } from "../support/fixture.ts";
import { leave, openSignedIn, seriousFindings } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage>("find");

test.before(async (context) => void Object.assign(context, await openStage()));
test.after(closeStage);

test("Ctrl-K, a few letters and Enter open a product, an order by its id, a store, a user", async (stage) => {
  const { api, browser, admin, buyer } = stage;
  const orderId = await buyMugs(stage, 1);
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  const { results } = await api.clients({ token: admin.token }).catalog.listProducts({ pageSize: 1 });
  const { stores } = await api.clients({ token: admin.token }).inventory.listStores({ pageSize: 1 });
  const [product, store] = [results[0]?.product, stores[0]];
  const wanted: [query: string, path: string][] = [
    [product?.title ?? "", `/console/products/${product?.id}`],
    [orderId, `/console/orders/${orderId}`],
    [(store?.name ?? "").toUpperCase(), `/console/stores/${store?.id}`],
    [buyer.email, `/console/users/${buyer.id}`],
  ];
  for (const [query, path] of wanted) {
    await page.getByRole("button", { name: "Search" }).waitFor();
    await page.keyboard.press("Control+k");
    const dialog = page.getByRole("dialog", { name: "Search everything" });
    await dialog.locator("input:focus").waitFor();
    await page.keyboard.type(query);
    await dialog.getByRole("link").first().waitFor();
    if (path.includes("products")) assert.equal(await seriousFindings(page), []);
    await dialog.locator(`a[href="${path}"]`).waitFor();
    // The order of a buyer's address comes before the buyer.
    while ((await page.locator(":focus").getAttribute("href")) !== path) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${path}`);
    await dialog.waitFor({ state: "detached" });
  }
  await leave(opened);
});

test("what nobody has is said to be nothing, and Escape goes back to where one was", async (stage) => {
  const { api, browser, admin } = stage;
  const opened = await openSignedIn(browser, api, admin, { width: 390 });
  const { page } = opened;
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("dialog").locator("input:focus").waitFor();
  await page.keyboard.type("nobody has this");
  await page.getByText("Nothing is found by “nobody has this”.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await seriousFindings(page), []);
  await leave(opened);
});

test.run();
