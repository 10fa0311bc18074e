/** Webhooks and what they were told, as messages; and messages as what an admin asks for. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Webhook as WebhookMessage, WebhookSchema } from "../../../gen/bodega/notification/v1/webhook_pb.ts";
import {
  type WebhookDeliverySchema,
  WebhookDeliveryStatus,
} from "../../../gen/bodega/notification/v1/webhook_delivery_pb.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import { type DeliveryStatus, deliveryStatuses, type WebhookDelivery } from "./webhook/delivery-log.ts";
import type { Webhook, WebhookTerms } from "./webhook/webhooks.ts";
import { toTime } from "./email-mapping.ts";

export function toWebhook(webhook: Webhook): MessageInitShape<typeof WebhookSchema> {
  const { id, url, eventTypes, description, active, version, createdAt, updatedAt } = webhook;
  const times = { createTime: timestampFromDate(createdAt), updateTime: timestampFromDate(updatedAt) };
  return { id, url, eventTypes, description, active, ...times, etag: etagOf(version) };
}

/** What a message says; what it leaves out gets its default. */
export function toTerms({ url, eventTypes, description, active }: WebhookMessage): WebhookTerms {
  return { url, eventTypes, description, active: active ?? true };
}

export function toDelivery(delivery: WebhookDelivery): MessageInitShape<typeof WebhookDeliverySchema> {
  return {
    id: delivery.id,
    webhookId: delivery.webhookId,
    eventType: delivery.eventType,
    orderId: delivery.orderId ?? "",
    status: WebhookDeliveryStatus[delivery.status],
    attemptCount: delivery.attempts,
    responseStatus: delivery.responseStatus,
    responseBody: delivery.responseBody,
    error: delivery.error,
    responseDuration: delivery.responseMs === null ? undefined : durationFromMs(delivery.responseMs),
    payload: delivery.payload,
    createTime: timestampFromDate(delivery.createdAt),
    lastAttemptTime: toTime(delivery.lastAttemptAt),
    nextAttemptTime: toTime(delivery.nextAttemptAt),
  };
}

/** The filter's status; undefined for UNSPECIFIED, which means all. */
export function toDeliveryStatus(status: WebhookDeliveryStatus): DeliveryStatus | undefined {
  return deliveryStatuses.find((name) => WebhookDeliveryStatus[name] === status);
}
