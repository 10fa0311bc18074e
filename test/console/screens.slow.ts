/**
 * Every screen, as people find it: no serious finding by axe-core in light and dark, nothing wider than a telephone, no
 * complaint of the browser. With SCREENS=1 (`npm run screens`) it leaves a small screenshot of each.
 */
// time limit: 300 s
import { mkdirSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Browser } from "playwright-core";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { shopWith } from "../support/shop.ts";
import { ok, type Receiver, receiver } from "../support/webhook-receiver.ts";
import {
  assertNoSidewaysScroll,
  goTo,
  leave,
  openConsole,
  openConsoleBrowser,
  openSignedIn,
  type Opened,
  type Scheme,
  seriousFindings,
  settled,
  signIn,
} from "./browser.ts";
import { closeStage } from "./stage.ts";

const SCREENSHOTS = path.join(import.meta.dirname, "screens");
/** Of these also as they are on a telephone and in the dark; of the rest the light ones tell enough. */
const TELLING = new Set(["Today", "Products", "Product", "Order", "Stock change"]);
const screens = [
  "Today",
  "Orders",
  "Products",
  "Categories",
  "Stores",
  "Stock",
  "Ledger",
  "Promotions",
  "Users",
  "Webhooks",
  "Deliveries",
  "Service keys",
  "Dead letters",
  "Health",
  "Audit log",
];
const PHONE = 390;

const test = suite<{ api: TestApi; browser: Browser; email: string; receiver: Receiver }>("screens");

test.before(async (context) => {
  context.api = await startTestApi({ WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" });
  context.receiver = await receiver(ok);
  context.browser = await openConsoleBrowser();
  const shop = await shopWith(context.api, { mug: 40, "tea pot": 3, kettle: 0 }, 1250);
  const admin = await context.api.signUp("ADMIN");
  context.email = admin.email;
  const { order, promotion, identity, inventory, notification } = context.api.clients({ token: admin.token });
  await inventory.updateStore({ store: { id: shop.storeId, name: "Harbour Street", lowStockThreshold: 5 } });
  await order.placeOrder({ storeId: shop.storeId, items: shop.items({ kettle: 1 }) });
  for (const quantity of [1, 2, 5]) {
    const { order: placed } = await order.placeOrder({
      storeId: shop.storeId,
      items: shop.items({ mug: quantity, "tea pot": 1 }),
    });
    await order.shipOrder({ id: placed?.id });
    await noteEmails(context.api, { storeId: shop.storeId, orderId: placed?.id ?? "" });
  }
  await promotion.createPromotion({ promotion: { code: "TENPERCENT", discount: { case: "percent", value: 10 } } });
  await identity.createServiceKey({ serviceKey: { name: "Till" } });
  const { webhook } = await notification.createWebhook({
    webhook: { url: context.receiver.url, eventTypes: ["order.confirmed", "order.shipped"] },
  });
  await notification.testWebhook({ id: webhook?.id });
});

test.after(async ({ receiver, ...stage }) => {
  await closeStage(stage);
  await receiver?.close();
});

/** One of an order's e-mails is sent, the other given up on, as workers note it. */
async function noteEmails({ database }: TestApi, order: { storeId: string; orderId: string }): Promise<void> {
  const deliveries = new EmailDeliveries(database);
  const tryNext = async (complaint: string | null) => {
    const [job] = await deliveries.takeDue(1);
    const attempt = job === undefined ? undefined : await deliveries.claim(job);
    if (attempt === undefined) throw new Error("no e-mail can be taken in hand");
    await deliveries.note(attempt, { sent: complaint === null, pauseSeconds: undefined, notes: [complaint] });
  };
  await deliveries.expect([
    { ...order, sequence: 1, type: "ORDER_CONFIRMED" },
    { ...order, sequence: 2, type: "ORDER_SHIPPED" },
  ]);
  await tryNext(null);
  await tryNext("550 5.1.1 no such mailbox");
}

async function screenshot({ page }: Opened, name: string): Promise<void> {
  if (process.env["SCREENS"] === undefined) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  const file = path.join(SCREENSHOTS, `${name.toLowerCase().replaceAll(" ", "-")}.webp`);
  await sharp(await page.screenshot())
    .resize({ width: 800, withoutEnlargement: true })
    .webp({ quality: 60 })
    .toFile(file);
}

/** Looks at one screen after the other, and at a form of each that has one. */
async function tour(opened: Opened, look: (name: string) => Promise<void>): Promise<void> {
  const { page } = opened;
  for (const screen of screens) {
    await goTo(opened, screen);
    await look(screen);
    const making = page.getByRole("link", { name: /^New / });
    if ((await making.count()) === 0) continue;
    await making.click();
    await page.getByRole("button", { name: /^Create / }).waitFor();
    await settled(page);
    await look(`${screen} new`);
  }
  await goTo(opened, "Orders");
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("heading", { name: /^Order / }).waitFor();
  await settled(page);
  await look("Order");
  await goTo(opened, "Stock");
  await page.getByRole("button", { name: "transfer stock of mug" }).click();
  await page.getByRole("dialog").waitFor();
  await look("Stock change");
  await page.getByRole("button", { name: "Cancel" }).click();
  await goTo(opened, "Products");
  await page.getByRole("link", { name: "mug" }).click();
  await page.getByRole("heading", { name: "Image" }).waitFor();
  await settled(page);
  await look("Product");
}

for (const scheme of ["light", "dark"] satisfies Scheme[]) {
  test(`every screen keeps WCAG 2 AA in ${scheme}, and the browser has nothing to complain of`, async ({
    api,
    browser,
    email,
  }) => {
    const opened = await openConsole(browser, api, { scheme });
    await opened.page.getByRole("button", { name: "Sign in" }).waitFor();
    const findings: string[] = [];
    const look = async (name: string) => {
      findings.push(...(await seriousFindings(opened.page)).map((finding) => `${name}: ${finding}`));
      if (scheme === "light") await screenshot(opened, name);
      else if (TELLING.has(name)) await screenshot(opened, `${name} dark`);
    };
    await look("Sign in");
    await signIn(opened, { email });
    await tour(opened, look);
    assert.equal(findings, []);
    await leave(opened);
  });
}

test("no screen is wider than a telephone of 390 pixels", async ({ api, browser, email }) => {
  const opened = await openSignedIn(browser, api, { email }, { width: PHONE });
  await tour(opened, async (name) => {
    await assertNoSidewaysScroll(opened.page, name);
    if (TELLING.has(name)) await screenshot(opened, `${name} phone`);
  });
  await leave(opened);
});

test.run();
