/** Tries a webhook: one message, sent at once, and what came back. No transaction is open while it waits. */
import { noteObjectName } from "../../../platform/context/audit-notes.ts";
import { newId } from "../../../platform/wire/uuid.ts";
import type { HttpAttemptDeps } from "./http-attempt.ts";
import { attempt } from "./http-attempt.ts";
import type { WebhookDeliveries } from "./deliveries.ts";
import type { WebhookDelivery } from "./delivery-log.ts";
import { testPayload } from "./payload.ts";
import type { Webhooks } from "./webhooks.ts";

export interface TestWebhookDeps extends HttpAttemptDeps {
  webhooks: Webhooks;
  deliveries: WebhookDeliveries;
}

/** Also of an inactive webhook. @returns the delivery, after its one attempt. @throws Failure WEBHOOK_NOT_FOUND */
export async function testWebhook(
  webhookId: string,
  { webhooks, deliveries, ...parts }: TestWebhookDeps,
): Promise<WebhookDelivery> {
  const { url } = await webhooks.get(webhookId);
  noteObjectName(new URL(url).origin);
  const secret = await webhooks.secretOf(webhookId);
  const sentAt = new Date();
  const test = { id: newId(), webhookId, payload: testPayload(webhookId, sentAt), sentAt };
  return deliveries.noteTest(test, await attempt({ ...test, url, secret }, parts));
}
