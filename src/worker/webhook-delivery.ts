/** Webhooks in a worker: notes which events are whose, and sends what is due. */
import { randomBytes } from "node:crypto";
import type { Sequelize } from "sequelize";
import { AddressGuard } from "../domains/notification/webhook/address-guard.ts";
import { WebhookDeliveries } from "../domains/notification/webhook/deliveries.ts";
import { webhookEventHandler } from "../domains/notification/webhook/fan-out.ts";
import { startSender } from "../domains/notification/webhook/sender.ts";
import { Orders } from "../domains/order/orders.ts";
import type { EventHandler } from "../outbox/outbox.ts";
import type { Config } from "../platform/config/config.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { PageTokens } from "../platform/wire/page-token.ts";

export interface WebhookDeliveryDeps {
  database: Sequelize;
  config: Pick<Config, "currency" | "keyEncryptionKey" | "webhookNetworks">;
  log: Logger;
}

export interface WebhookDelivery {
  deliveries: WebhookDeliveries;
  handleEvents: EventHandler;
  /** Sends nothing more; what is in hand may end within `graceMs`, the rest comes again. */
  stop(graceMs: number): Promise<void>;
}

export function startWebhookDelivery({ database, config, log }: WebhookDeliveryDeps): WebhookDelivery {
  const { currency, keyEncryptionKey: encryptionKey, webhookNetworks } = config;
  const guard = new AddressGuard({ allowed: webhookNetworks });
  const deliveries = new WebhookDeliveries(database);
  const sender = startSender({ deliveries, guard, encryptionKey, log });
  // Nobody asks it for pages, so that their key is not needed.
  const orders = new Orders(database, new PageTokens(randomBytes(32)));
  return {
    deliveries,
    handleEvents: webhookEventHandler({ database, orders, currency, wake: sender.wake }),
    stop: sender.stop,
  };
}
