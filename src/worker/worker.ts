/**
 * The worker: hands on what orders left in the outbox, sends the e-mails, calls the webhooks, ends holds that nobody
 * confirmed, and sums up what was sold.
 *
 * It starts whether or not PostgreSQL and Redis are there, and goes on when they come: a worker that ends for want of
 * a server would have to be started by somebody, and everything it needs to know is in the database.
 */
import path from "node:path";
import type { Sequelize } from "sequelize";
import { startDailyRollup } from "../domains/analytics/daily-rollup.ts";
import { startResetAnswers } from "../domains/identity/recovery/answer-reset-requests.ts";
import { resetMail } from "../domains/notification/email/account-mails.ts";
import { type Mailer, openMailer } from "../domains/notification/email/mailer.ts";
import { ChangeWriter } from "../domains/order/change/change-writer.ts";
import { startExpiry } from "../domains/order/change/expire-holds.ts";
import { SearchRows } from "../domains/order/find/search-rows.ts";
import { Redemptions } from "../domains/promotion/redemptions.ts";
import { outboxBacklog } from "../outbox/backlog.ts";
import type { Consumer } from "../outbox/outbox.ts";
import { startRelay } from "../outbox/relay.ts";
import { withTimeout } from "../platform/async/with-timeout.ts";
import { type Config, requireDatabaseUrl, requireRedisUrl } from "../platform/config/config.ts";
import { openDatabase } from "../platform/database/database.ts";
import { watchPool } from "../platform/database/pool/pool-metrics.ts";
import { watchJobs } from "../platform/jobs/job-metrics.ts";
import { type Job, startSchedule } from "../platform/jobs/scheduler.ts";
import { closeRedis, openRedis } from "../platform/redis/redis.ts";
import { EVENTS_POSITIONED, EVENTS_WRITTEN, onWakeUp, wakeUpBy } from "../platform/redis/wake-up-channel.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { watchQueues } from "../platform/telemetry/queue-metrics.ts";
import { CONSUMERS, EMAIL, ORDER_SEARCH, WEBHOOKS } from "./consumers.ts";
import { EMAIL_CONCURRENCY, type EmailDelivery, startEmailDelivery } from "./email-delivery.ts";
import { scheduledJobs } from "./scheduled-jobs.ts";
import { startWebhookDelivery, type WebhookDelivery } from "./webhook-delivery.ts";

export interface WorkerDeps {
  log: Logger;
}

/** A job for each e-mail in hand; giving positions, three consumers, the dispatch, the end of holds, the sums, the resets, two of the schedule; three for webhooks. */
export const WORKER_CONNECTIONS = EMAIL_CONCURRENCY + 13;
/** Who stops a worker waits no longer; what was in hand then comes again. */
const STOP_TIMEOUT_MS = 10_000;
const JOB_GRACE_MS = 8_000;

/** @throws StartupError when the configuration lacks something; never because a server is away */
export async function startWorker(config: Config, { log }: WorkerDeps): Promise<{ stop(): Promise<void> }> {
  const redisUrl = requireRedisUrl(config);
  const databaseUrl = requireDatabaseUrl(config);
  const mailer = mailerOf(config);
  const database = openDatabase({ url: databaseUrl, pool: WORKER_CONNECTIONS, name: "bodega worker" });
  const email = startEmailDelivery({ database, mailer, redisUrl, config, log });
  const redis = await openRedis(redisUrl, log, "wake-ups");
  const onPositions = wakeUpBy(redis, EVENTS_POSITIONED);
  const webhooks = startWebhookDelivery({ database, config, log });
  const searchRows = new SearchRows(database);
  const consumers: Consumer[] = [
    { name: EMAIL, handle: email.handleEvents },
    { name: WEBHOOKS, handle: webhooks.handleEvents },
    { name: ORDER_SEARCH, handle: (events) => searchRows.handle(events) },
  ];
  const relay = startRelay({ database, consumers, onPositions: (newest) => onPositions(String(newest)), log });
  const wakeUps = await onWakeUp({ url: redisUrl, channel: EVENTS_WRITTEN, log }, relay.wake);
  const jobs = scheduledJobs({
    database,
    deliveries: email.deliveries,
    webhookDeliveries: webhooks.deliveries,
    consumers: CONSUMERS,
    encryptionKey: config.keyEncryptionKey,
  });
  const schedule = startSchedule({ database, jobs, log });
  const sums = startDailyRollup({ database, log });
  const writer = new ChangeWriter(database, { promotions: new Redemptions(database), onEvents: relay.wake });
  const expiry = startExpiry({ database, writer, log });
  const resets = startResetAnswers({ database, sendReset: resetMail(email.deliveries), log });
  const endWatches = watchMetrics({ database, jobs, email, webhooks });
  log.info("the worker has started");

  async function stopInOrder(): Promise<void> {
    endWatches();
    const loops = [wakeUps, relay, expiry, resets, sums, schedule].map((loop) => loop.stop());
    await Promise.all([email.stop(JOB_GRACE_MS), webhooks.stop(JOB_GRACE_MS), ...loops]);
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

function mailerOf({ smtpUrl, dataDir, mailFrom }: Config): Mailer {
  const folder = path.join(dataDir, "mail");
  return openMailer({ smtpUrl, folder, from: mailFrom, connections: EMAIL_CONCURRENCY });
}

interface Watched {
  database: Sequelize;
  jobs: readonly Job[];
  email: EmailDelivery;
  webhooks: WebhookDelivery;
}

/** Shows the pool, the jobs and what waits in the metrics. @returns ends it */
function watchMetrics({ database, jobs, email, webhooks }: Watched): () => void {
  const watches = [
    watchPool("primary", database),
    watchJobs(
      database,
      jobs.map(({ name }) => name),
    ),
    watchQueues(async () => [
      ...(await outboxBacklog(database, CONSUMERS)),
      await email.deliveries.backlog(),
      await webhooks.deliveries.backlog(),
    ]),
  ];
  return () => watches.forEach((endWatch) => endWatch());
}

async function bounded(stop: Promise<void>, log: Logger): Promise<void> {
  const stopped = stop.catch((error: unknown) => log.warn({ err: error }, "the worker stopped with an error"));
  await withTimeout(STOP_TIMEOUT_MS, stopped, () => log.warn("the worker stops with work in hand; it comes again"));
}
