/**
 * One order's page: what happened to it, the e-mails about it as a real worker sends them, and a step that somebody
 * else overtook.
 */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { log, workerConfig } from "../support/environment.ts";
import { buyMugs } from "../support/fixture.ts";
import { goTo, leave, type Opened, openSignedIn, seriousFindings } from "./browser.ts";
import { until } from "../support/until.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage>("orders");

test.before(async (context) => void Object.assign(context, await openStage()));
test.after(closeStage);

async function openOrder(opened: Opened, id: string): Promise<void> {
  await goTo(opened, "Orders");
  await opened.page.getByRole("link", { name: id }).click();
  await opened.page.getByRole("heading", { level: 2, name: "E-mails" }).waitFor();
}

test("an order's page tells what happened to it and what became of each e-mail about it", async (stage) => {
  const { api, browser, admin, buyer } = stage;
  const id = await buyMugs(stage, 1);
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await openOrder(opened, id);
  const worker = await startWorker(workerConfig("orders"), { log });
  try {
    await page.getByRole("button", { name: "Ship" }).click();
    const became = page.getByRole("region", { name: "Events" }).locator("td[data-label=Status]");
    await became.nth(1).waitFor();
    assert.equal(await became.allInnerTexts(), ["Confirmed", "Shipped"]);
    const emails = page
      .getByRole("region", { name: "E-mails" })
      .getByRole("row")
      .filter({ hasText: "Sent" })
      .filter({ hasText: buyer.email });
    await emails.filter({ hasText: "order.confirmed" }).waitFor();
    await emails.filter({ hasText: "order.shipped" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: "Audit log" }).click();
    await page.getByText(/shipped the order/).waitFor();
  } finally {
    await worker.stop();
  }
  await leave(opened);
});

test("an order is found by what its buyer tells on the phone: its id or the end of it, the address, a name", async (stage) => {
  const { api, browser, admin, buyer } = stage;
  const id = await buyMugs(stage, 1);
  await buyMugs(stage, 1);
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  const worker = await startWorker(workerConfig("orders"), { log });
  try {
    await goTo(opened, "Orders");
    const field = page.getByRole("searchbox", { name: "Order’s id or its end, e-mail, name or SKU" });
    const orders = page.getByRole("region", { name: "orders" }).getByRole("row");
    for (const query of [id, id.slice(-8)]) {
      await until(`${query} finds one order`, async () => {
        await field.fill(query);
        await field.press("Enter");
        await page.locator("main [aria-busy=false]").waitFor();
        return (await orders.count()) === 2;
      });
      await page.getByRole("link", { name: id }).waitFor();
    }
    await field.fill(buyer.email);
    await field.press("Enter");
    await page.getByRole("row").nth(2).waitFor();
    await page
      .getByRole("link", { name: buyer.email.split("@")[0] ?? "" })
      .first()
      .click();
    await page.getByRole("link", { name: "This user’s orders" }).waitFor();
  } finally {
    await worker.stop();
  }
  await leave(opened);
});

test("a step that somebody else overtook shows both versions, and does nothing before one chooses", async (stage) => {
  const { api, browser, admin, clients } = stage;
  const id = await buyMugs(stage, 1);
  const opened = await openSignedIn(browser, api, admin, { statuses: [409] });
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
  await leave(opened);
});

test("what can still be done is done on second thoughts", async (stage) => {
  const { api, browser, admin, clients } = stage;
  const id = await buyMugs(stage, 1, { hold: { seconds: 3_600n } });
  const opened = await openSignedIn(browser, api, admin, { statuses: [409] });
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
  await leave(opened);
});

test.run();
