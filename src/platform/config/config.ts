/**
 * The configuration: every environment variable that the product reads, read and checked once, at the start.
 *
 * All problems are told at once, so that nobody restarts a server eight times to find eight typos.
 */
import { availableParallelism } from "node:os";
import type { BlockList } from "node:net";
import path from "node:path";
import { type AccountLinks, readAccountLinks } from "./account-links.ts";
import type { BucketAddress } from "./bucket-url.ts";
import type { Currency } from "../wire/money.ts";
import { parseNetworks } from "./ip-networks.ts";
import { parseOrigins } from "./cors-origins.ts";
import { parseRateLimits, type RateLimits } from "./rate-limits.ts";
import { StartupError } from "../errors/startup-error.ts";
import type { TracingOptions } from "./tracing-options.ts";
import { EnvironmentReader, type Environment } from "./environment-reader.ts";
import { type Variable, variables } from "./variables.ts";
import { LOG_LEVELS, type LogLevel } from "./log-level.ts";

export interface Config {
  port: number;
  grpcPort: number;
  opsPort: number;
  host: string;
  /** Paths of PEM files; undefined: plain text. */
  tls: { certFile: string; keyFile: string } | undefined;
  /** undefined: start an embedded one. */
  databaseUrl: string | undefined;
  /** Each with its own role and password; empty: everything is read from the primary. */
  databaseReplicaUrls: string[];
  databaseOwnerUrl: string | undefined;
  /** undefined: `databaseUrl` leads to PostgreSQL itself. */
  databaseDirectUrl: string | undefined;
  databasePool: number;
  preparedStatements: boolean;
  /** undefined: start an embedded one. */
  redisUrl: string | undefined;
  /** undefined: mails become files in `dataDir`/mail. */
  smtpUrl: string | undefined;
  mailFrom: string;
  /** What e-mails lead to. */
  links: AccountLinks;
  /** undefined: images are files in `dataDir`/media. */
  mediaBucket: BucketAddress | undefined;
  /** Absolute. */
  dataDir: string;
  workers: number;
  rateLimits: RateLimits;
  /** Peers whose x-forwarded-for is believed. */
  trustedProxies: BlockList;
  /** What is not public and webhooks may call all the same. */
  webhookNetworks: BlockList;
  /** Exactly as browsers send them. */
  corsOrigins: string[];
  /** Whether the API describes itself to whoever asks. */
  apiDocs: boolean;
  currency: Currency;
  /** 32 bytes; undefined: private keys are stored as they are. */
  keyEncryptionKey: Buffer | undefined;
  /** Who must have a second factor; `staff` are all but customers. */
  requireMfa: RequireMfa;
  seedPassword: string;
  /** undefined: nothing is traced. Where traces go is read by the exporter. */
  tracing: TracingOptions | undefined;
  logLevel: LogLevel;
  logFile: string | undefined;
  production: boolean;
}

/** Who must have a second factor. */
const REQUIRE_MFA = ["nobody", "admins", "staff"] as const;
export type RequireMfa = (typeof REQUIRE_MFA)[number];

const MAX_PORT = 65_535;
/** More than any machine of ours has cores; a typo like 200000 should not fork-bomb it. */
const MAX_WORKERS = 256;
/** PostgreSQL's own default of max_connections is 100; a thousand for one process is a mistake. */
const MAX_POOL = 1_000;
const POSTGRES = ["postgres:", "postgresql:"];

/** @throws StartupError that lists everything that is wrong, a line each */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const read = new EnvironmentReader(environment, problems);
  const cores = availableParallelism();
  const config: Config = {
    port: read.integer("PORT", 8080, 0, MAX_PORT),
    grpcPort: read.integer("GRPC_PORT", 50_051, 0, MAX_PORT),
    opsPort: read.integer("OPS_PORT", 9090, 0, MAX_PORT),
    host: read.text("HOST") ?? "127.0.0.1",
    tls: read.tls(),
    databaseUrl: read.url("DATABASE_URL", POSTGRES),
    databaseReplicaUrls: read.urls("DATABASE_REPLICA_URLS", POSTGRES),
    databaseOwnerUrl: read.url("DATABASE_OWNER_URL", POSTGRES),
    databaseDirectUrl: read.url("DATABASE_DIRECT_URL", POSTGRES),
    databasePool: read.integer("DB_POOL", 2 * cores + 1, 1, MAX_POOL),
    preparedStatements: read.oneOf("PREPARED_STATEMENTS", ["on", "off"], "on") === "on",
    redisUrl: read.url("REDIS_URL", ["redis:", "rediss:"]),
    smtpUrl: read.url("SMTP_URL", ["smtp:", "smtps:"]),
    mailFrom: read.text("MAIL_FROM") ?? variables.MAIL_FROM.default,
    links: readAccountLinks(read),
    mediaBucket: read.bucket("MEDIA_URL"),
    dataDir: path.resolve(read.text("DATA_DIR") ?? ".data"),
    workers: read.integer("WORKERS", cores, 1, MAX_WORKERS),
    rateLimits: read.parsed("RATE_LIMITS", parseRateLimits),
    trustedProxies: read.parsed("TRUSTED_PROXIES", parseNetworks),
    webhookNetworks: read.parsed("WEBHOOK_ALLOWED_NETWORKS", parseNetworks),
    corsOrigins: read.parsed("CORS_ORIGINS", parseOrigins),
    apiDocs: read.oneOf("API_DOCS", ["on", "off"], "on") === "on",
    currency: read.currency(),
    keyEncryptionKey: read.key("KEY_ENCRYPTION_KEY"),
    requireMfa: read.oneOf("REQUIRE_MFA", REQUIRE_MFA, "nobody"),
    seedPassword: read.text("SEED_PASSWORD") ?? "bodega-dev",
    tracing: read.tracing(),
    logLevel: read.oneOf("LOG_LEVEL", LOG_LEVELS, "info"),
    logFile: read.text("LOG_FILE"),
    production: read.oneOf("NODE_ENV", ["development", "production", "test"], "development") === "production",
  };
  problems.push(...samePorts({ PORT: config.port, GRPC_PORT: config.grpcPort, OPS_PORT: config.opsPort }));
  if (problems.length > 0) throw new StartupError(problems.join("\n"));
  return config;
}

/** 0 is any free port, each time another. */
function samePorts(ports: Partial<Record<Variable, number>>): string[] {
  const named = Object.entries(ports).filter(([, port]) => port !== 0);
  return named.flatMap(([name, port], index) => {
    const other = named.slice(index + 1).find(([, theirs]) => theirs === port);
    return other === undefined ? [] : [`${name} and ${other[0]} are both ${port}; give them different numbers.`];
  });
}

/** A command that only works with a database of its own asks for it here. @throws StartupError */
export function requireDatabaseUrl(config: Config): string {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  throw new StartupError(
    "DATABASE_URL is not set. Give it a PostgreSQL (postgres://user:password@host:5432/bodega), or use `npm start`, which brings its own.",
  );
}

/** For what needs a connection of its own, which a pooler gives nobody. @throws StartupError */
export function requireDirectUrl(config: Config): string {
  return config.databaseDirectUrl ?? requireDatabaseUrl(config);
}

/** What signs tokens in production keeps its keys encrypted. @throws StartupError */
export function requireKeyEncryption(config: Config): void {
  if (!config.production || config.keyEncryptionKey !== undefined) return;
  throw new StartupError(
    "KEY_ENCRYPTION_KEY is not set, and NODE_ENV is production. Set it to 32 random bytes (openssl rand -base64 32), and keep them: without them nobody can sign in.",
  );
}

/** As `requireDatabaseUrl`, for Redis. @throws StartupError */
export function requireRedisUrl(config: Config): string {
  if (config.redisUrl !== undefined) return config.redisUrl;
  throw new StartupError(
    "REDIS_URL is not set. Give it a Redis (redis://host:6379), or use `npm start`, which brings its own.",
  );
}
