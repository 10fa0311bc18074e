/** The RPC surface of notifications: what became of e-mails, and webhooks. */
import { isMessage, type Message } from "@bufbuild/protobuf";
import {
  CreateWebhookResponseSchema,
  NotificationService,
} from "../../../gen/bodega/notification/v1/notification_service_pb.ts";
import { type Webhook, WebhookSchema } from "../../../gen/bodega/notification/v1/webhook_pb.ts";
import type { Deliveries } from "./delivery/deliveries.ts";
import type { DeadLetters } from "./email/dead-letters.ts";
import type { OrderEmails } from "./email/order-emails.ts";
import { pathsToWrite } from "../../platform/wire/update-mask.ts";
import { required, type Handlers, type Service, service } from "../../rpc/service.ts";
import type { DeliveryLog, WebhookDelivery } from "./webhook/delivery-log.ts";
import type { Webhooks, WebhookTerms } from "./webhook/webhooks.ts";
import { toDeadLetter, toEmail, toHealth } from "./email-mapping.ts";
import { toDelivery, toDeliveryStatus, toTerms, toWebhook } from "./webhook-mapping.ts";

export interface NotificationDeps {
  deadLetters: DeadLetters;
  /** What is to be delivered, by e-mail and to webhooks. */
  channels: { emails: Deliveries; webhooks: Deliveries };
  orderEmails: OrderEmails;
  /** @throws Failure ORDER_NOT_FOUND */
  findOrder: (id: string) => Promise<{ storeId: string; id: string; userId: string }>;
  webhooks: Webhooks;
  deliveryLog: DeliveryLog;
  /** Sends a test, and waits for what comes back. @throws Failure WEBHOOK_NOT_FOUND */
  tryWebhook: (id: string) => Promise<WebhookDelivery>;
}

type NotificationHandlers = Handlers<typeof NotificationService>;

export function notificationService(parts: NotificationDeps): Service {
  return service(NotificationService, { ...mail(parts), ...endpoints(parts), ...deliveries(parts) });
}

/** The one secret that the answer to a repeated request has again: others are kept nowhere. */
export function secretAgain(webhooks: Webhooks): (answer: Message) => Promise<void> {
  return async (answer) => {
    if (!isMessage(answer, CreateWebhookResponseSchema) || answer.webhook === undefined) return;
    answer.secret = await webhooks.secretOf(answer.webhook.id);
  };
}

function mail({ deadLetters, channels, orderEmails, findOrder }: NotificationDeps): NotificationHandlers {
  return {
    async getOrderEmails({ orderId }) {
      return { emails: (await orderEmails.of(await findOrder(orderId))).map(toEmail) };
    },

    async listDeadLetters(page) {
      const { rows, nextPageToken } = await deadLetters.list(page);
      return { deadLetters: rows.map(toDeadLetter), nextPageToken };
    },

    async retryDeadLetter({ id }, call) {
      return { deadLetter: toDeadLetter(await deadLetters.retry(id, call)) };
    },

    async retryDeadLetters({ ids }, call) {
      return { retriedCount: await deadLetters.retryMany(ids.length === 0 ? undefined : ids, call) };
    },

    async getDeliveryHealth() {
      const [emails, webhooks] = await Promise.all([channels.emails.backlog(), channels.webhooks.backlog()]);
      return { emails: toHealth(emails), webhooks: toHealth(webhooks) };
    },
  };
}

/** The term behind each path that an update may write. */
const TERM_OF = { url: "url", event_types: "eventTypes", description: "description", active: "active" } as const;
const UPDATABLE = ["url", "event_types", "description", "active"] as const;

function changesOf(webhook: Webhook, paths: (typeof UPDATABLE)[number][]): Partial<WebhookTerms> {
  const terms = toTerms(webhook);
  return Object.fromEntries(paths.map((path) => [TERM_OF[path], terms[TERM_OF[path]]]));
}

function endpoints({ webhooks }: NotificationDeps): NotificationHandlers {
  return {
    async createWebhook({ webhook }) {
      const created = await webhooks.create(toTerms(required(webhook, "webhook")));
      return { webhook: toWebhook(created.webhook), secret: created.secret };
    },

    async listWebhooks({ active, ...page }) {
      const { rows, nextPageToken } = await webhooks.list({ active }, page);
      return { webhooks: rows.map(toWebhook), nextPageToken };
    },

    async updateWebhook({ webhook, updateMask }, { signal, deadline }) {
      const resource = required(webhook, "webhook");
      const paths = pathsToWrite(WebhookSchema, { resource, mask: updateMask, allowed: UPDATABLE });
      const change = { etag: resource.etag, signal, deadline };
      return { webhook: toWebhook(await webhooks.update(resource.id, changesOf(resource, paths), change)) };
    },

    async deleteWebhook({ id, etag }, { signal, deadline }) {
      await webhooks.delete(id, { etag, signal, deadline });
      return {};
    },
  };
}

function deliveries({ webhooks, deliveryLog, tryWebhook }: NotificationDeps): NotificationHandlers {
  return {
    async testWebhook({ id }) {
      return { delivery: toDelivery(await tryWebhook(id)) };
    },

    async listWebhookDeliveries({ webhookId, status, ...page }) {
      if (webhookId !== "") await webhooks.get(webhookId);
      const filter = { webhookId: webhookId === "" ? undefined : webhookId, status: toDeliveryStatus(status) };
      const { rows, nextPageToken } = await deliveryLog.list(filter, page);
      return { deliveries: rows.map(toDelivery), nextPageToken };
    },

    async replayWebhookDelivery({ id }, call) {
      return { delivery: toDelivery(await deliveryLog.replay(id, call)) };
    },
  };
}
