/** Webhooks, what they were told, and mail that could not be delivered. */
import { create } from "@bufbuild/protobuf";
import { type DeadLetter, DeadLetterSchema } from "../../../../gen/bodega/notification/v1/dead_letter_pb.ts";
import type { Transport } from "@connectrpc/connect";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import {
  type WebhookDelivery,
  WebhookDeliverySchema,
  WebhookDeliveryStatus,
} from "../../../../gen/bodega/notification/v1/webhook_delivery_pb.ts";
import { type Webhook, WebhookSchema } from "../../../../gen/bodega/notification/v1/webhook_pb.ts";
import { call } from "../data/call.ts";
import { among, type Query, reading, type Resource, writing, yesNo } from "./resource.ts";
import { things } from "../words/things.ts";

const { method } = NotificationService;

export const webhooks: Resource<Webhook> = {
  path: "webhooks",
  ...things.webhook,
  schema: WebhookSchema,
  blank: () => create(WebhookSchema, { active: true }),
  title: ({ url }) => url,
  list: reading(
    method.listWebhooks,
    ({ filters, pageSize, pageToken }: Query) => ({ pageSize, pageToken, active: yesNo(filters["active"]) }),
    ({ webhooks, nextPageToken }) => ({ rows: webhooks, nextPageToken }),
  ),
  // There is no RPC that reads one: an installation has a few, and the list gives each whole.
  get: { method: method.listWebhooks, send: findWebhook },
  create: writing(
    method.createWebhook,
    "webhook",
    (webhook: Webhook, { requestId }) => ({ webhook, requestId }),
    ({ webhook, secret }) => ({ row: webhook, secret }),
  ),
  update: writing(
    method.updateWebhook,
    "webhook",
    (webhook: Webhook, { paths }) => ({ webhook, updateMask: { paths } }),
    ({ webhook }) => ({ row: webhook }),
  ),
  remove: reading(
    method.deleteWebhook,
    ({ id, etag }: Webhook) => ({ id, etag }),
    () => undefined,
  ),
};

async function findWebhook(transport: Transport, id: string): Promise<Webhook | undefined> {
  let pageToken = "";
  do {
    const page = await call(transport, method.listWebhooks, { pageSize: 100, pageToken });
    const found = page.webhooks.find((webhook) => webhook.id === id);
    if (found !== undefined) return found;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return undefined;
}

export const deliveries: Resource<WebhookDelivery> = {
  path: "deliveries",
  ...things.delivery,
  schema: WebhookDeliverySchema,
  blank: () => create(WebhookDeliverySchema),
  title: ({ id }) => id,
  list: reading(
    method.listWebhookDeliveries,
    ({ filters, pageSize, pageToken }: Query) => ({
      pageSize,
      pageToken,
      webhookId: filters["webhook"] ?? "",
      status: among(WebhookDeliveryStatus, filters["status"]),
    }),
    ({ deliveries, nextPageToken }) => ({ rows: deliveries, nextPageToken }),
  ),
};

export const deadLetters: Resource<DeadLetter> = {
  path: "dead-letters",
  ...things.deadLetter,
  schema: DeadLetterSchema,
  blank: () => create(DeadLetterSchema),
  title: ({ id }) => id,
  list: reading(
    method.listDeadLetters,
    ({ pageSize, pageToken }: Query) => ({ pageSize, pageToken }),
    ({ deadLetters, nextPageToken }) => ({ rows: deadLetters, nextPageToken }),
  ),
};
