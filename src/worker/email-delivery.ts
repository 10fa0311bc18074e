/** E-mail in a worker: notes which events deserve one, hands those that are due to the queue, and sends what comes from it. */
import type { Sequelize } from "sequelize";
import { retryUntilBack } from "../domains/notification/delivery/retry-until-back.ts";
import { EmailDeliveries } from "../domains/notification/email/deliveries.ts";
import { MailServer } from "../domains/notification/email/mail-server.ts";
import type { Mailer } from "../domains/notification/email/mailer.ts";
import { startEnqueueDue } from "../domains/notification/email/queue/enqueue-due.ts";
import { openEmailQueue } from "../domains/notification/email/queue/queue.ts";
import { emailEventHandler, emailHandler } from "../domains/notification/email/send-email.ts";
import type { EventHandler } from "../outbox/outbox.ts";
import type { Config } from "../platform/config/config.ts";
import { unawaited } from "../platform/async/unawaited.ts";
import type { Logger } from "../platform/telemetry/log.ts";

export interface EmailDeliveryDeps {
  database: Sequelize;
  mailer: Mailer;
  /** Of Redis. */
  redisUrl: string;
  config: Pick<Config, "currency" | "links" | "keyEncryptionKey">;
  log: Logger;
}

export interface EmailDelivery {
  deliveries: EmailDeliveries;
  handleEvents: EventHandler;
  /** Sends nothing more; what is in hand may end within `graceMs`, the rest comes again. */
  stop(graceMs: number): Promise<void>;
}

/** E-mails at a time: they wait for the mail server, and a small one takes no more. */
export const EMAIL_CONCURRENCY = 5;

export function startEmailDelivery({ database, mailer, redisUrl, config, log }: EmailDeliveryDeps): EmailDelivery {
  const { currency, links, keyEncryptionKey: encryptionKey } = config;
  const concurrency = EMAIL_CONCURRENCY;
  const deliveries = new EmailDeliveries(database, { encryptionKey });
  const server = new MailServer({ connections: concurrency, onReturn: () => unawaited(release(deliveries, log)), log });
  const handle = emailHandler({ database, deliveries, mailer, server, currency, links, log });
  const queue = openEmailQueue({ url: redisUrl, handle, concurrency, log });
  const dispatch = startEnqueueDue({ database, deliveries, queue, log });
  return {
    deliveries,
    handleEvents: emailEventHandler(deliveries, dispatch.wake),
    async stop(graceMs) {
      server.stop();
      await Promise.all([dispatch.stop(), queue.close(graceMs)]);
    },
  };
}

/** What waits for its own next attempt need not, when the mail server takes messages again. */
async function release(deliveries: EmailDeliveries, log: Logger): Promise<void> {
  await retryUntilBack(() => deliveries.release()).catch((error: unknown) =>
    log.warn({ err: error }, "e-mails that were deferred wait for their own time"),
  );
}
