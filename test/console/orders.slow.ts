/**
 * One order's page: what happened to it, the e-mails about it as a real worker sends them, and a step that somebody
 * else overtook (time limit: 300 s).
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { startWorker } from "../../src/worker.ts";
import { log, workerConfig } from "../support/given.ts";
import type { TestApi, TestUser } from "../support/api.ts";
import type { Shop } from "../support/shop.ts";
import { goTo, type Opened, openSignedIn, seriousFindings } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage & { buyer: TestUser }>("orders");

test.before(async (context) => {
  Object.assign(context, await openStage());
  context.buyer = await context.api.signUp("CUSTOMER");
});
test.after(closeStage);

async function place({ api, buyer, shop }: { api: TestApi; buyer: TestUser; shop: Shop<"mug"> }, hold?: { seconds: bigint }): Promise<string> {
  const { order } = api.clients({ token: buyer.token });
  return (await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), hold })).order?.id ?? "";
}

async function openOrder(opened: Opened, id: string): Promise<void> {
  await goTo(opened, "Orders");
  await opened.page.getByRole("link", { name: id }).click();
  await opened.page.getByRole("heading", { level: 2, name: "E-mails" }).waitFor();
}

test("an order's page tells what happened to it and what became of each e-mail about it", async ({ api, browser, admin, buyer, shop }) => {
  const id = await place({ api, buyer, shop });
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await openOrder(opened, id);
  const worker = await startWorker(workerConfig("orders"), { log });
  try {
    await page.getByRole("button", { name: "Ship" }).click();
    const events = page.getByRole("region", { name: "Events" }).getByRole("row");
    await events.nth(2).waitFor();
    assert.equal((await events.allInnerTexts()).slice(1).map((text) => text.trim().split(/\t/).at(1)?.trim()), ["Confirmed", "Shipped"]);
    const emails = page.getByRole("region", { name: "E-mails" }).getByRole("row").filter({ hasText: "Sent" }).filter({ hasText: buyer.email });
    await emails.filter({ hasText: "order.confirmed" }).waitFor();
    await emails.filter({ hasText: "order.shipped" }).waitFor();
    await page.getByRole("link", { name: "Who moved it on" }).click();
    await page.getByRole("cell", { name: "ShipOrder" }).waitFor();
  } finally {
    await worker.stop();
  }
  assert.equal(opened.troubles, []);
  await opened.context.close();
});

test("a step that somebody else overtook shows both versions, and does nothing before one chooses", async ({ api, browser, admin, buyer, clients, shop }) => {
  const id = await place({ api, buyer, shop });
  const opened = await openSignedIn(browser, api, admin, { awaited: [409] });
  const { page } = opened;
  await openOrder(opened, id);
  await clients.order.shipOrder({ id });
  await page.getByRole("button", { name: "Ship" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "Somebody else changed this order" });
  await alert.waitFor();
  assert.match(await alert.innerText(), /Status\s+Shipped\s+Confirmed/);
  assert.is(await alert.getByRole("button").count(), 1, "it cannot be shipped twice");
  assert.equal(await seriousFindings(page), []);
  await alert.getByRole("button", { name: "Take what is stored" }).click();
  await page.getByRole("button", { name: "Deliver" }).waitFor();
  assert.is((await clients.order.getOrder({ id })).order?.status, OrderStatus.SHIPPED);
  assert.equal(opened.troubles, []);
  await opened.context.close();
});

test("what can still be done is done on second thoughts", async ({ api, browser, admin, buyer, clients, shop }) => {
  const id = await place({ api, buyer, shop }, { seconds: 3_600n });
  const opened = await openSignedIn(browser, api, admin, { awaited: [409] });
  const { page } = opened;
  await openOrder(opened, id);
  await clients.order.confirmOrder({ id });
  await page.getByRole("button", { name: "Cancel order" }).click();
  await page.getByRole("button", { name: "Cancel the order" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "Somebody else changed this order" });
  await alert.waitFor();
  assert.is((await clients.order.getOrder({ id })).order?.status, OrderStatus.CONFIRMED);
  await alert.getByRole("button", { name: "Cancel order all the same" }).click();
  await page.getByText("Nothing more can be done with it.").waitFor();
  assert.is((await clients.order.getOrder({ id })).order?.status, OrderStatus.CANCELLED);
  assert.equal(opened.troubles, []);
  await opened.context.close();
});

test.run();
