/**
 * What the console does when the server or the connection goes away: it says so, goes on by itself, and misses no
 * order; and that the tabs of one browser do not end each other's session (time limit: 300 s).
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../../src/embedded/free-port.ts";
import { positioning } from "../order/watching.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import type { Shop } from "../support/shop.ts";
import { goTo, type Opened, openSignedIn, openTab } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage & { buyer: TestUser; relay: { stop(): Promise<unknown> } }>("connection");

test.before(async (context) => {
  Object.assign(context, await openStage());
  context.buyer = await context.api.signUp("CUSTOMER");
  context.relay = positioning(context.api.database);
});

test.after(async ({ relay, ...stage }) => {
  await relay?.stop();
  await closeStage(stage);
});

/** By another process's server than the one that the page talks to. */
function placing({ api, buyer, shop }: { api: TestApi; buyer: TestUser; shop: Shop<"mug"> }): () => Promise<string> {
  const { order } = api.clients({ token: buyer.token });
  return async () => (await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) })).order?.id ?? "";
}

/** The orders of the live list, the newest first. */
const live = ({ page }: Opened) => page.getByRole("region", { name: "Live orders" }).getByRole("link");
const shown = (opened: Opened, id: string) => live(opened).and(opened.page.getByRole("link", { name: `Order ${id}` })).waitFor();
const idsOf = (opened: Opened) => live(opened).evaluateAll((links) => links.map((link) => (link.getAttribute("href") ?? "").replace("/console/orders/", "")));

test("a server that goes and comes again is waited for, and the orders of meanwhile are shown, each once", async ({ api, browser, admin, buyer, shop }) => {
  const PORT = String(await freePort());
  const place = placing({ api, buyer, shop });
  const first = await startTestApi({ PORT });
  const opened = await openSignedIn(browser, first, admin, { awaited: [503], silence: true });
  const { page } = opened;
  await goTo(opened, "Today");
  await page.getByText("Live", { exact: true }).waitFor();
  const before = await place();
  await shown(opened, before);
  await first.stop();
  await page.getByText("Reconnecting…").waitFor();
  const meanwhile = [await place(), await place()];
  const second = await startTestApi({ PORT });
  await page.getByText("Live", { exact: true }).waitFor();
  const after = await place();
  await shown(opened, after);
  assert.equal(await idsOf(opened), [after, ...meanwhile.toReversed(), before]);
  assert.equal(opened.troubles, []);
  await opened.context.close();
  await second.stop();
});

test("a browser that is offline says so, and goes on when it is connected again", async ({ api, browser, admin, buyer, shop }) => {
  const place = placing({ api, buyer, shop });
  const opened = await openSignedIn(browser, api, admin, { silence: true });
  const { page, context } = opened;
  await goTo(opened, "Today");
  await page.getByText("Live", { exact: true }).waitFor();
  await context.setOffline(true);
  await page.getByText("Offline: nothing is saved until the connection is back.").waitFor();
  await page.getByText("Reconnecting…").waitFor();
  const meanwhile = await place();
  await context.setOffline(false);
  await page.getByText("Live", { exact: true }).waitFor();
  await shown(opened, meanwhile);
  assert.equal(await idsOf(opened), [meanwhile]);
  assert.is(await page.getByText("Offline:").count(), 0);
  assert.equal(opened.troubles, []);
  await context.close();
});

test("two tabs that need a new token at the same time take turns, and both stay signed in", async ({ api, browser, admin }) => {
  const one = await openSignedIn(browser, api, admin);
  await goTo(one, "Products");
  const two = await openTab(one, api);
  await goTo(two, "Products");
  let asked = 0;
  const held = Promise.withResolvers<void>();
  await one.context.route("**/console/session/refresh", async (route) => {
    asked++;
    await held.promise;
    await route.continue();
  });
  const reloads = [one.page.reload(), two.page.reload()];
  await Promise.all(reloads);
  // The lock is held by one and waited for by the other, who has asked for nothing yet.
  for (const { page } of [one, two]) {
    await page.waitForFunction("navigator.locks.query().then(({ held, pending }) => held.length === 1 && pending.length === 1)");
  }
  assert.is(asked, 1);
  held.resolve();
  for (const { page } of [one, two]) await page.getByRole("heading", { level: 1, name: "Products" }).waitFor();
  assert.is(asked, 2);
  assert.equal([one.troubles, two.troubles], [[], []]);
  await one.context.close();
});

test.run();
