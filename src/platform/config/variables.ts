/** The environment variables that the product reads, and what each is for. */

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
  PUBLIC_URL: {
    meaning: "where people reach PORT, such as `https://shop.example`: links in e-mails begin with it",
    default: "PORT's address",
  },
  RESET_LINK: {
    meaning: "an app's own page for a new password, with `{token}`, such as `https://shop.example/reset?token={token}`",
    default: "PUBLIC_URL/account/reset?token={token}",
  },
  VERIFY_LINK: {
    meaning: "an app's own page that verifies an e-mail address, with `{token}`",
    default: "PUBLIC_URL/account/verify?token={token}",
  },
  MEDIA_URL: {
    meaning: "the S3-compatible bucket that images go to (s3://bucket/prefix?endpoint=…&region=…)",
    default: "none: files in DATA_DIR/media",
  },
  DATA_DIR: { meaning: "everything that the embedded default keeps", default: ".data" },
  WORKERS: { meaning: "API processes", default: "one per core" },
  RATE_LIMITS: {
    meaning:
      "limits that differ from the defaults, such as `sign-in-account=5/60s,suggestions=off,calls=100/1s/400,open-holds=5`; `off` for none",
    default:
      "sign-in-account=10/60s, sign-in-address=100/60s, sign-in-guesses=100/10m, password-change=10/60s, email-change=10/1h, recovery=30/60s, registration=30/60s, suggestions=20/60s, promotion-guesses=20/60s, orders=30/60s, calls=500/1s/2000, open-holds=20, connections=1000",
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
      "32 random bytes in base64 that encrypt the private signing keys, the secrets of webhooks and second factors, and the tokens of e-mails that are on their way in the database",
    default: "none: they are stored as they are; required in production",
  },
  REQUIRE_MFA: {
    meaning: "who must have a second factor: nobody, admins or staff (admins among them)",
    default: "nobody",
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
