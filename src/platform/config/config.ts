/**
 * The configuration: every environment variable that the product reads, read and checked once, at the start.
 *
 * All problems are told at once, so that nobody restarts a server eight times to find eight typos.
 */
import { availableParallelism } from "node:os";
import type { BlockList } from "node:net";
import path from "node:path";
import { type BucketAddress, parseBucketAddress } from "./bucket-url.ts";
import { type Currency, currencyOf } from "../wire/money.ts";
import { parseNetworks } from "./ip-networks.ts";
import { parseOrigins } from "./cors-origins.ts";
import { parseRateLimits, type RateLimits } from "./rate-limits.ts";
import { StartupError } from "../errors/startup-error.ts";
import { SAMPLERS, type TracingOptions } from "./tracing-options.ts";
import { LOG_LEVELS, type LogLevel } from "./log-level.ts";

/** What a variable is for and what holds without it. The table of docs/configuration.md and the deployment files are held against this. */
export const variables = {
  PORT: { meaning: "where Connect, gRPC-Web and the pages listen", default: "8080" },
  GRPC_PORT: { meaning: "where gRPC listens", default: "50051" },
  OPS_PORT: {
    meaning: "where `/metrics` is, for Prometheus: one page for all processes that a command keeps",
    default: "9090",
  },
  HOST: { meaning: "the address that all of them listen on", default: "127.0.0.1" },
  TLS_CERT: {
    meaning: "certificate chain (PEM file) for both ports, together with TLS_KEY",
    default: "none: plain text",
  },
  TLS_KEY: { meaning: "private key (PEM file) for both ports, together with TLS_CERT", default: "none: plain text" },
  DATABASE_URL: { meaning: "the primary PostgreSQL, 15 or newer", default: "an embedded one in DATA_DIR" },
  DATABASE_REPLICA_URLS: {
    meaning: "read replicas of it, comma-separated; the catalog and the history are read there",
    default: "none",
  },
  DATABASE_OWNER_URL: { meaning: "the role that migrates, past a pooler", default: "DATABASE_URL" },
  DATABASE_DIRECT_URL: {
    meaning: "the way past a pooler, for what needs a connection of its own: seeds, imports and exports",
    default: "DATABASE_URL",
  },
  DB_POOL: {
    meaning: "connections to PostgreSQL of each process, beside the four that only orders use and two that watch",
    default: "2 × cores + 1",
  },
  PREPARED_STATEMENTS: { meaning: "off behind a pooler that keeps no prepared statements", default: "on" },
  REDIS_URL: { meaning: "Redis or Valkey", default: "an embedded one in DATA_DIR" },
  SMTP_URL: { meaning: "where e-mail goes", default: "none: files in DATA_DIR/mail" },
  MAIL_FROM: { meaning: "the sender of every e-mail", default: "Bodega <no-reply@bodega.example>" },
  MEDIA_URL: {
    meaning: "the S3-compatible bucket that pictures go to (s3://bucket/prefix?endpoint=…&region=…)",
    default: "none: files in DATA_DIR/media",
  },
  DATA_DIR: { meaning: "everything that the embedded default keeps", default: ".data" },
  WORKERS: { meaning: "API processes", default: "one per core" },
  RATE_LIMITS: {
    meaning:
      "limits that differ from the defaults, such as `sign-in-account=5/60s,suggestions=off,calls=100/1s/400,open-holds=5`; `off` for none",
    default:
      "sign-in-account=10/60s, sign-in-address=100/60s, sign-in-guesses=100/10m, password-change=10/60s, registration=30/60s, suggestions=20/60s, promotion-guesses=20/60s, orders=30/60s, calls=500/1s/2000, open-holds=20, connections=1000",
  },
  TRUSTED_PROXIES: {
    meaning: "addresses and networks whose `x-forwarded-for` is believed, such as `10.0.0.0/8`",
    default: "none",
  },
  WEBHOOK_ALLOWED_NETWORKS: {
    meaning: "private addresses and networks that webhooks may call all the same, such as `10.1.0.0/16`",
    default: "none: only public addresses",
  },
  CORS_ORIGINS: { meaning: "origins whose pages may call, such as `https://shop.example`", default: "none" },
  API_DOCS: {
    meaning: "off hides what describes the API: reflection on both ports, `/docs` and `/openapi.json`",
    default: "on",
  },
  CURRENCY: { meaning: "the installation's one currency (ISO 4217)", default: "USD" },
  KEY_ENCRYPTION_KEY: {
    meaning:
      "32 random bytes in base64 that encrypt the private signing keys and the webhooks' secrets in the database",
    default: "none: they are stored as they are; required in production",
  },
  SEED_PASSWORD: { meaning: "the password of the seeded accounts (development only)", default: "bodega-dev" },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    meaning: "where traces go, by OTLP over HTTP, such as `http://collector:4318`",
    default: "none: nothing is traced",
  },
  OTEL_TRACES_SAMPLER: {
    meaning:
      "which traces are kept: always_on, always_off or traceidratio, each also as parentbased_…, which follows the caller's",
    default: "parentbased_always_on",
  },
  OTEL_TRACES_SAMPLER_ARG: { meaning: "the share that a sampler by ratio keeps, from 0 to 1", default: "1" },
  LOG_LEVEL: { meaning: "trace, debug, info, warn, error or silent", default: "info" },
  LOG_FILE: { meaning: "where log lines go", default: "none: standard output" },
  NODE_ENV: { meaning: "production refuses what only development may do", default: "development" },
} as const satisfies Record<string, { meaning: string; default: string }>;

export type Variable = keyof typeof variables;

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
  /** undefined: pictures are files in `dataDir`/media. */
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
  seedPassword: string;
  /** undefined: nothing is traced. Where traces go is read by the exporter. */
  tracing: TracingOptions | undefined;
  logLevel: LogLevel;
  logFile: string | undefined;
  production: boolean;
}

const MAX_PORT = 65_535;
/** More than any machine of ours has cores; a typo like 200000 should not fork-bomb it. */
const MAX_WORKERS = 256;
/** PostgreSQL's own default of max_connections is 100; a thousand for one process is a mistake. */
const MAX_POOL = 1_000;
/** AES-256. */
const KEY_BYTES = 32;
const POSTGRES = ["postgres:", "postgresql:"];
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws StartupError that lists everything that is wrong, a line each */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const read = reader(environment, problems);
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

function reader(environment: Environment, problems: string[]) {
  function text(name: Variable): string | undefined {
    const value = environment[name]?.trim();
    return value === "" ? undefined : value;
  }

  function integer(name: Variable, fallback: number, min: number, max: number): number {
    const value = text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    problems.push(`${name} is "${value}"; it must be a whole number from ${min} to ${max}.`);
    return fallback;
  }

  function oneOf<T extends string>(name: Variable, words: readonly T[], fallback: T): T {
    const value = text(name);
    if (value === undefined) return fallback;
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) problems.push(`${name} is "${value}"; it must be one of ${words.join(", ")}.`);
    return word ?? fallback;
  }

  /** The value itself may hold a password, so a problem does not repeat it. */
  function url(name: Variable, protocols: string[]): string | undefined {
    const value = text(name);
    if (value === undefined || isUrlOf(value, protocols)) return value;
    problems.push(`${name} is no URL that begins with ${beginnings(protocols)}.`);
    return undefined;
  }

  function urls(name: Variable, protocols: string[]): string[] {
    const values = (text(name) ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
    const wrong = values.findIndex((value) => !isUrlOf(value, protocols));
    if (wrong === -1) return values;
    problems.push(`${name}: number ${wrong + 1} is no URL that begins with ${beginnings(protocols)}.`);
    return [];
  }

  /** The value is a secret, so a problem does not repeat it. */
  function key(name: Variable): Buffer | undefined {
    const value = text(name);
    if (value === undefined) return undefined;
    const bytes = Buffer.from(value, "base64");
    if (bytes.length === KEY_BYTES && BASE64.test(value)) return bytes;
    problems.push(`${name} must be ${KEY_BYTES} bytes in base64. Make one by: openssl rand -base64 ${KEY_BYTES}`);
    return undefined;
  }

  function bucket(name: Variable): BucketAddress | undefined {
    const value = text(name);
    try {
      return value === undefined ? undefined : parseBucketAddress(value);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}.`);
      return undefined;
    }
  }

  function tls(): Config["tls"] {
    const certFile = text("TLS_CERT");
    const keyFile = text("TLS_KEY");
    if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
    if (certFile !== undefined || keyFile !== undefined) {
      problems.push("TLS_CERT and TLS_KEY go together: set both, or neither for plain text.");
    }
    return undefined;
  }

  function tracing(): TracingOptions | undefined {
    const endpoint = url("OTEL_EXPORTER_OTLP_ENDPOINT", ["http:", "https:"]);
    const sampler = oneOf("OTEL_TRACES_SAMPLER", SAMPLERS, "parentbased_always_on");
    const ratio = Number(text("OTEL_TRACES_SAMPLER_ARG") ?? 1);
    if (!(ratio >= 0 && ratio <= 1)) problems.push("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1.");
    return endpoint === undefined ? undefined : { sampler, ratio };
  }

  function currency(): Currency {
    const code = text("CURRENCY") ?? "USD";
    try {
      return currencyOf(code);
    } catch {
      problems.push(`CURRENCY is "${code}"; it must be an ISO 4217 code such as USD, EUR or JPY.`);
      return currencyOf("USD");
    }
  }

  /** @param parse throws a RangeError that says what is wrong with the text; reads an absent one as the default */
  function parsed<T>(name: Variable, parse: (given: string | undefined) => T): T {
    try {
      return parse(text(name));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(`${name} has ${error.message}.`);
      return parse(undefined);
    }
  }

  return { text, integer, oneOf, url, urls, key, bucket, tls, tracing, currency, parsed };
}

function isUrlOf(value: string, protocols: string[]): boolean {
  return protocols.includes(URL.parse(value)?.protocol ?? "");
}

function beginnings(protocols: string[]): string {
  return protocols.map((protocol) => `${protocol}//`).join(" or ");
}
