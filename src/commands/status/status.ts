/** How a running shop stands, part by part: read from the database and Redis, and nothing is changed. */
import type { Sequelize } from "sequelize";
import packageJson from "../../../package.json" with { type: "json" };
import { EmailDeliveries } from "../../domains/notification/email/deliveries.ts";
import { WebhookDeliveries } from "../../domains/notification/webhook/deliveries.ts";
import { outboxBacklog } from "../../outbox/backlog.ts";
import type { Config } from "../../platform/config/config.ts";
import { openDatabase } from "../../platform/database/database.ts";
import { requireDatabase } from "../../platform/database/require-database.ts";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { CONSUMERS } from "../../worker/consumers.ts";
import { scheduledJobs } from "../../worker/scheduled-jobs.ts";
import { databaseState, serverOf } from "./database.ts";
import { look, type Part, type PartName, problem } from "./part.ts";
import { deadLetterState, emailState, inactiveWebhooks, outboxState, webhookState } from "./queues.ts";
import { redisServer, redisState } from "./redis.ts";
import { replicaState } from "./replicas.ts";
import { jobsState, roundsOf, workerState } from "./worker.ts";

/** What `--json` prints; docs/is-all-well.md says what it promises. */
export interface Status {
  well: boolean;
  time: string;
  /** null: it does not answer. */
  versions: { bodega: string; node: string; postgresql: string | null; redis: string | null };
  parts: Part[];
}

type StatusConfig = Pick<Config, "databaseUrl" | "databaseReplicaUrls" | "redisUrl" | "keyEncryptionKey">;

const NO_TIME_MS = 5_000;
/** For the parts, which are looked at side by side. */
const CONNECTIONS = 4;

export async function statusOf(config: StatusConfig): Promise<Status> {
  const redis = config.redisUrl === undefined ? undefined : redisServer(config.redisUrl);
  const [ofDatabase, ofRedis, redisVersion] = await Promise.all([
    databaseParts(config),
    look("redis", () => redisState(config.redisUrl, redis)),
    redis?.catch(() => null),
  ]);
  const [database, replicas, ...others] = ofDatabase.parts;
  const parts = [database, replicas, ofRedis, ...others].filter((part) => part !== undefined);
  return {
    well: parts.every(({ state }) => state === "ok"),
    time: new Date().toISOString(),
    versions: {
      bodega: packageJson.version,
      node: process.versions.node,
      postgresql: ofDatabase.version,
      redis: redisVersion ?? null,
    },
    parts,
  };
}

interface DatabaseParts {
  version: string | null;
  parts: Part[];
}

/** In the order in which they are told. */
const READ_FROM_DATABASE: PartName[] = ["replicas", "worker", "jobs", "outbox", "email", "webhooks", "dead letters"];

async function databaseParts(config: StatusConfig): Promise<DatabaseParts> {
  const { databaseUrl: url } = config;
  if (url === undefined)
    return away("DATABASE_URL is not set.", "Name the primary. `npm start` prints that of its own PostgreSQL.");
  try {
    await requireDatabase(url);
  } catch (error) {
    if (error instanceof StartupError) return away(error.message, "Nobody is answered until it is back.");
    throw error;
  }
  const database = openDatabase({
    url,
    pool: CONNECTIONS,
    name: "bodega status",
    connectTimeoutMs: NO_TIME_MS,
    statementTimeoutMs: NO_TIME_MS,
  });
  try {
    const { version } = await serverOf(database);
    return { version, parts: await Promise.all(looks(database, { ...config, url })) };
  } finally {
    await database.close();
  }
}

function away(text: string, action: string): DatabaseParts {
  const unknown = (part: PartName): Part => ({
    part,
    state: "unknown",
    text: "This cannot be told without the database.",
    action: "",
    figures: {},
  });
  return { version: null, parts: [{ part: "database", ...problem(text, action) }, ...READ_FROM_DATABASE.map(unknown)] };
}

function looks(database: Sequelize, { url, databaseReplicaUrls, keyEncryptionKey }: StatusConfig & { url: string }) {
  const [deliveries, webhookDeliveries] = [new EmailDeliveries(database), new WebhookDeliveries(database)];
  const jobs = scheduledJobs({
    database,
    deliveries,
    webhookDeliveries,
    consumers: CONSUMERS,
    encryptionKey: keyEncryptionKey,
  });
  const [rounds, emails, webhooks] = [roundsOf(database), deliveries.backlog(), webhookDeliveries.backlog()];
  // Each part that needs one tells of its failure.
  for (const asked of [rounds, emails, webhooks]) asked.catch(() => undefined);
  return [
    look("database", () => databaseState(database, url)),
    look("replicas", () => replicaState(database, databaseReplicaUrls)),
    look("worker", async () => workerState(await rounds)),
    look("jobs", async () => jobsState(await rounds, jobs)),
    look("outbox", async () => outboxState(await outboxBacklog(database, CONSUMERS))),
    look("email", async () => emailState(await emails)),
    look("webhooks", async () => webhookState(await webhooks, await inactiveWebhooks(database))),
    look("dead letters", async () => deadLetterState(await emails, await webhooks)),
  ];
}
