/** The receivers of a run notice what is not signed by the product's secret, and take what is. */
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openReceivers } from "./receivers.ts";

test("a webhook message of another's signature is told, and one of ours is not", async () => {
  const [ours, others] = [newSecret(), newSecret()];
  const receivers = await openReceivers(1);
  receivers.trust(ours);
  await post(receivers.webhookUrl, "ours", ours);
  await post(receivers.webhookUrl, "forged", others);
  assert.equal(receivers.received().webhooks, ["sold 1", "sold 1"]);
  assert.equal(receivers.forged(), ["the webhook message forged is not signed by us"]);
  await receivers.close();
});

function newSecret(): string {
  return `whsec_${randomBytes(24).toString("base64")}`;
}

async function post(url: string, id: string, secret: string): Promise<void> {
  const body = JSON.stringify({ data: { order: { id: "sold" }, sequence: 1 } });
  const now = new Date();
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": new Webhook(secret).sign(id, now, body),
  };
  await fetch(url, { method: "POST", headers, body });
}

test.run();
