/**
 * The worker: hands on what orders left in the outbox, sends the e-mails, calls the webhooks, ends holds that nobody
 * confirmed, and sums up what was sold.
 *
 * It starts whether or not PostgreSQL and Redis are there, and goes on when they come: a worker that ends for want of
 * a server would have to be started by somebody, and everything it needs to know is in the database.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDailyRollup } from "../domains/analytics/daily-rollup.ts";
import { retryUntilBack } from "../domains/notification/delivery/retry-until-back.ts";
import { EmailDeliveries } from "../domains/notification/email/deliveries.ts";
import { startEnqueueDue } from "../domains/notification/email/queue/enqueue-due.ts";
import { emailEventHandler, emailHandler } from "../domains/notification/email/send-email.ts";
import { MailServer } from "../domains/notification/email/mail-server.ts";
import { openMailer } from "../domains/notification/email/mailer.ts";
import { openEmailQueue } from "../domains/notification/email/queue/queue.ts";
import { ChangeWriter } from "../domains/order/change/change-writer.ts";
import { startExpiry } from "../domains/order/change/expire-holds.ts";
import { Orders } from "../domains/order/orders.ts";
import { outboxBacklog } from "../outbox/backlog.ts";
import { startRelay } from "../outbox/relay.ts";
import { type Config, requireDatabaseUrl, requireRedisUrl } from "../platform/config/config.ts";
import { openDatabase } from "../platform/database/database.ts";
import { EVENTS_POSITIONED, EVENTS_WRITTEN, onWakeUp, wakeUpBy } from "../platform/redis/wake-up-channel.ts";
import { watchJobs } from "../platform/jobs/job-metrics.ts";
import { startSchedule } from "../platform/jobs/scheduler.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { PageTokens } from "../platform/wire/page-token.ts";
import { watchPool } from "../platform/database/pool/pool-metrics.ts";
import { watchQueues } from "../platform/telemetry/queue-metrics.ts";
import { closeRedis, openRedis } from "../platform/redis/redis.ts";
import { unawaited } from "../platform/async/unawaited.ts";
import { Redemptions } from "../domains/promotion/redemptions.ts";
import { scheduledJobs } from "./scheduled-jobs.ts";
import { AddressGuard } from "../domains/notification/webhook/address-guard.ts";
import { WebhookDeliveries } from "../domains/notification/webhook/deliveries.ts";
import { webhookEventHandler } from "../domains/notification/webhook/fan-out.ts";
import { startSender } from "../domains/notification/webhook/sender.ts";
import { CONSUMERS, EMAIL, WEBHOOKS } from "./consumers.ts";

export interface WorkerDeps {
  log: Logger;
}

/** E-mails at a time: they wait for the mail server, and a small one takes no more. */
const CONCURRENCY = 5;
/** A job for each e-mail in hand; giving positions, two consumers, the dispatch, the end of holds, the sums, two of the schedule; three for webhooks, one to spare. */
export const WORKER_CONNECTIONS = CONCURRENCY + 12;
/** Who stops a worker waits no longer; what was in hand then comes again. */
const STOP_TIMEOUT_MS = 10_000;
const JOB_GRACE_MS = 8_000;

/** @throws StartupError when the configuration lacks something; never because a server is away */
export async function startWorker(config: Config, { log }: WorkerDeps): Promise<{ stop(): Promise<void> }> {
  const redisUrl = requireRedisUrl(config);
  const databaseUrl = requireDatabaseUrl(config);
  const mailer = openMailer({
    smtpUrl: config.smtpUrl,
    folder: path.join(config.dataDir, "mail"),
    from: config.mailFrom,
    connections: CONCURRENCY,
  });
  const database = openDatabase({ url: databaseUrl, pool: WORKER_CONNECTIONS, name: "bodega worker" });
  const deliveries = new EmailDeliveries(database);
  const server = new MailServer({ connections: CONCURRENCY, onReturn: () => unawaited(release(deliveries, log)), log });
  const handle = emailHandler({ database, deliveries, mailer, server, currency: config.currency, log });
  const queue = openEmailQueue({ url: redisUrl, handle, concurrency: CONCURRENCY, log });
  const dispatch = startEnqueueDue({ database, deliveries, queue, log });
  const redis = await openRedis(redisUrl, log, "hints");
  const onPositions = wakeUpBy(redis, EVENTS_POSITIONED);
  const { currency, keyEncryptionKey: encryptionKey } = config;
  const guard = new AddressGuard({ allowed: config.webhookNetworks });
  const webhookDeliveries = new WebhookDeliveries(database);
  const sender = startSender({ deliveries: webhookDeliveries, guard, encryptionKey, log });
  // Nobody asks it for pages, so that their key is not needed.
  const orders = new Orders(database, new PageTokens(randomBytes(32)));
  const consumers = [
    { name: EMAIL, handle: emailEventHandler(deliveries, dispatch.wake) },
    { name: WEBHOOKS, handle: webhookEventHandler({ database, orders, currency, wake: sender.wake }) },
  ];
  const relay = startRelay({ database, consumers, onPositions: (newest) => onPositions(String(newest)), log });
  const hints = await onWakeUp({ url: redisUrl, channel: EVENTS_WRITTEN, log }, relay.wake);
  const jobs = scheduledJobs({ database, deliveries, webhookDeliveries, consumers: CONSUMERS, encryptionKey });
  const schedule = startSchedule({ database, jobs, log });
  const sums = startDailyRollup({ database, log });
  const expiry = startExpiry({
    database,
    writer: new ChangeWriter(database, { promotions: new Redemptions(database), onEvents: relay.wake }),
    log,
  });
  const watches = [
    watchPool("primary", database),
    watchJobs(
      database,
      jobs.map(({ name }) => name),
    ),
    watchQueues(async () => [
      ...(await outboxBacklog(database, CONSUMERS)),
      await deliveries.backlog(),
      await webhookDeliveries.backlog(),
    ]),
  ];
  log.info("the worker has started");

  async function stopInOrder(): Promise<void> {
    for (const endWatch of watches) endWatch();
    server.stop();
    await Promise.all([
      hints.stop(),
      relay.stop(),
      dispatch.stop(),
      expiry.stop(),
      sums.stop(),
      schedule.stop(),
      sender.stop(JOB_GRACE_MS),
      queue.close(JOB_GRACE_MS),
    ]);
    await closeRedis(redis);
    mailer.close();
    await database.close();
  }
  let stopping: Promise<void> | undefined;
  return {
    stop() {
      stopping ??= bounded(stopInOrder(), log);
      return stopping;
    },
  };
}

/** What waits for its own next attempt need not, when the mail server takes messages again. */
async function release(deliveries: EmailDeliveries, log: Logger): Promise<void> {
  await retryUntilBack(() => deliveries.release()).catch((error: unknown) =>
    log.warn({ err: error }, "e-mails that were deferred wait for their own time"),
  );
}

async function bounded(stop: Promise<void>, log: Logger): Promise<void> {
  const ending = new AbortController();
  const late = sleep(STOP_TIMEOUT_MS, "late", { signal: ending.signal }).catch(() => "stopped");
  const stopped = stop.catch((error: unknown) => log.warn({ err: error }, "the worker stopped with an error"));
  const outcome = await Promise.race([stopped, late]);
  ending.abort();
  if (outcome === "late") log.warn("the worker stops with work in hand; it comes again");
}
