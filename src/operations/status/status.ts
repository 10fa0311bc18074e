/** How a running shop stands, part by part: read from the database and Redis, and nothing is changed. */
import type { Sequelize } from "sequelize";
import packageJson from "../../../package.json" with { type: "json" };
import { EmailDeliveries } from "../../domains/notification/email/deliveries.ts";
import { WebhookDeliveries } from "../../domains/notification/webhook/deliveries.ts";
import { outboxBacklog } from "../../outbox/backlog.ts";
import type { Config } from "../../platform/config/config.ts";
import { openDatabase, outsideTransaction } from "../../platform/database/database.ts";
import { requireDatabase } from "../../platform/database/require-database.ts";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { withTimeout } from "../../platform/async/with-timeout.ts";
import { CONSUMERS } from "../../worker/consumers.ts";
import { scheduledJobs } from "../../worker/scheduled-jobs.ts";
import { databaseState, serverOf } from "./database.ts";
import { type Audience, look, type Part, type PartName, problem } from "./part.ts";
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

/** @param audience whom it is told; the operator, unless told */
export async function statusOf(config: StatusConfig, audience: Audience = "operator"): Promise<Status> {
  const redis = config.redisUrl === undefined ? undefined : redisServer(config.redisUrl);
  const [ofDatabase, ofRedis, redisVersion] = await Promise.all([
    databaseParts(config, audience),
    look("redis", audience, () => redisState(config.redisUrl, redis, audience)),
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

/** For callers of the API, outside of the call that comes first: who asks with it has another deadline. */
export function statusForCallers(config: StatusConfig): Promise<Status> {
  return outsideTransaction(() => statusOf(config, "caller"));
}

interface DatabaseParts {
  version: string | null;
  parts: Part[];
}

/** In the order in which they are told. */
const READ_FROM_DATABASE: PartName[] = ["replicas", "worker", "jobs", "outbox", "email", "webhooks", "dead letters"];

async function databaseParts(config: StatusConfig, audience: Audience): Promise<DatabaseParts> {
  const { databaseUrl: url } = config;
  if (url === undefined)
    return away("DATABASE_URL is not set.", "Name the primary. `npm start` prints that of its own PostgreSQL.");
  try {
    await withTimeout(NO_TIME_MS, requireDatabase(url), () => {
      throw new StartupError("The database does not answer in time.");
    });
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    const text = audience === "operator" ? error.message : "It does not answer, or is too old.";
    return away(text, "Nobody is answered until it is back.");
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
    return { version, parts: await Promise.all(looks(database, { ...config, url, audience })) };
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

interface Looking extends StatusConfig {
  url: string;
  audience: Audience;
}

function looks(database: Sequelize, { url, databaseReplicaUrls, keyEncryptionKey, audience }: Looking) {
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
  const at = (part: PartName, ask: Parameters<typeof look>[2]) => look(part, audience, ask);
  return [
    at("database", () => databaseState(database, url, audience)),
    at("replicas", () => replicaState(database, databaseReplicaUrls, audience)),
    at("worker", async () => workerState(await rounds)),
    at("jobs", async () => jobsState(await rounds, jobs, audience)),
    at("outbox", async () => outboxState(await outboxBacklog(database, CONSUMERS))),
    at("email", async () => emailState(await emails, audience)),
    at("webhooks", async () => webhookState(await webhooks, await inactiveWebhooks(database), audience)),
    at("dead letters", async () => deadLetterState(await emails, await webhooks)),
  ];
}
