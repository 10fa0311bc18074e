/**
 * Who is told of orders, by clicks: webhooks and service keys whose secrets are shown once, deliveries that are sent
 * again, and e-mails that were given up on; with a real worker, receiver and mail server.
 */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startConsumers } from "../../src/outbox/outbox.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { log, workerConfig } from "../support/environment.ts";
import { type MailServer, mailServer } from "../support/mail-server.ts";
import { reasonOf } from "../support/refusal.ts";
import { buyMugs } from "../support/fixture.ts";
import { eventually, until } from "../support/until.ts";
import { LOOPBACK, ok, type Receiver, receiver } from "../support/webhook-receiver.ts";
import { goTo, leave, openSignedIn } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

interface Notifying extends Stage {
  mail: MailServer;
  /** What the mail server says to each message. */
  verdict: { words: string };
  receiver: Receiver;
  worker: { stop(): Promise<void> };
}

const test = suite<Notifying>("notifications");

test.before(async (stage) => {
  Object.assign(stage, await openStage({ WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" }));
  stage.receiver = await receiver(ok);
  stage.verdict = { words: "250 2.0.0 taken" };
  stage.mail = await mailServer(() => stage.verdict.words);
  await startConsumers(stage.api.database, ["webhooks"]);
  const config = workerConfig("notifications", { smtpUrl: stage.mail.url, webhookNetworks: LOOPBACK });
  stage.worker = await startWorker(config, { log });
});

test.after(async ({ worker, mail, receiver, ...stage }) => {
  await worker?.stop();
  await closeStage(stage);
  await Promise.all([mail?.close(), receiver?.close()]);
});

test("a webhook's secret is shown once; a test reaches it, an order too, and what was told can be told again", async (stage) => {
  const { api, browser, admin, receiver } = stage;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Webhooks");
  await page.getByRole("link", { name: "New webhook" }).click();
  await page.getByLabel("URL").fill(receiver.url);
  await page.getByRole("button", { name: "Create webhook" }).click();
  const secret = await page.getByText(/^whsec_/).innerText();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("link", { name: receiver.url }).click();
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("Answered with HTTP 204.").waitFor();
  assert.not((await page.content()).includes(secret), "nobody sees it again");
  await buyMugs(stage, 1);
  await eventually("the order's message", async () => receiver.received[1]);
  await page.getByRole("link", { name: "What it was told" }).click();
  const told = page.getByRole("row").filter({ hasText: "order.confirmed" });
  await told.waitFor();
  await goTo(opened, "Deliveries");
  await eventually("the note that it was told", async () => {
    await page.getByRole("button", { name: "Find" }).click();
    return (await told.filter({ hasText: "Succeeded" }).count()) || undefined;
  });
  await told.getByRole("button", { name: "Resend" }).click();
  const again = await eventually("the same message", async () => receiver.received[2]);
  assert.is(again.id, receiver.received[1]?.id);
  await leave(opened);
});

test("a service key is shown once, works, and is refused once it is revoked", async ({ api, browser, admin, shop }) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Service keys");
  await page.getByRole("link", { name: "New service key" }).click();
  await page.getByLabel("Name").fill("Till");
  await page.getByRole("button", { name: "Create service key" }).click();
  const token = await page.getByText(/^bodega_sk_/).innerText();
  const { order } = api.clients({ token });
  await order.listStoreOrders({ storeId: shop.storeId });
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("cell", { name: "Till", exact: true }).waitFor();
  assert.not((await page.content()).includes(token), "nobody sees it again");
  await page.getByRole("button", { name: "Revoke Till" }).click();
  await page.getByRole("button", { name: "Revoke the key" }).click();
  await page.getByRole("row").filter({ hasText: "Till" }).getByText("Revoked").waitFor();
  const ask = () => order.listStoreOrders({ storeId: shop.storeId });
  await until("the refusal", () =>
    ask().then(
      () => false,
      () => true,
    ),
  );
  assert.is(await reasonOf(ask()), "INVALID_TOKEN");
  await leave(opened);
});

test("an e-mail that was given up on is among the dead letters with its reason, and arrives when it is tried again", async (stage) => {
  const { api, browser, admin, buyer, clients, mail, verdict } = stage;
  verdict.words = "550 5.1.1 no such mailbox";
  await buyMugs(stage, 1);
  await eventually("the dead letter", async () => (await clients.notification.listDeadLetters({})).deadLetters[0]);
  verdict.words = "250 2.0.0 taken";
  const before = mail.messages.length;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Dead letters");
  const letter = page.getByRole("row").filter({ hasText: buyer.email });
  await letter.filter({ hasText: "order.confirmed" }).filter({ hasText: "no such mailbox" }).waitFor();
  await letter.getByRole("button", { name: "Retry" }).click();
  await page.getByText("There are no dead letters yet.").waitFor();
  await eventually("the e-mail", async () => mail.messages[before]);
  assert.match(mail.messages[before] ?? "", `To: ${buyer.email}`);
  await leave(opened);
});

test("what cannot be sent is told on the first screen, and all of it is tried again by one button", async (stage) => {
  const { api, browser, admin, clients, mail, verdict } = stage;
  verdict.words = "550 5.1.1 no such mailbox";
  for (let n = 0; n < 3; n++) await buyMugs(stage, 1);
  await until(
    "the dead letters",
    async () => (await clients.notification.listDeadLetters({})).deadLetters.length === 3,
  );
  verdict.words = "250 2.0.0 taken";
  const before = mail.messages.length;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await page.getByRole("link", { name: "3 e-mails could not be sent" }).click();
  await page.getByRole("button", { name: "Retry all" }).click();
  await page.getByText("3 in the queue").waitFor();
  await page.getByText("There are no dead letters yet.").waitFor();
  await until("the e-mails", () => mail.messages.length === before + 3);
  await leave(opened);
});

test.run();
