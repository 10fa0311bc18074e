/**
 * `check --deploy`: each thing that production must not have is found, told in a line, and nothing else is.
 *
 * Method: an embedded PostgreSQL and Redis of the file's own, as durable as production's. A deployment that is in order
 * is changed in one point after the other, in its variables or in the servers.
 */
// time limit: 120 s
import { chown, copyFile, chmod } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { createClient } from "redis";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { configurationFindings } from "../../src/commands/checklist/configuration.ts";
import { processFindings } from "../../src/commands/checklist/process.ts";
import { deploymentFindings } from "../../src/commands/checklist/checklist.ts";
import { type Embedded, startEmbedded } from "../../src/development/embedded/start.ts";
import { postgresBinaries } from "../../src/development/embedded/postgres-binaries.ts";
import { databaseUrl } from "../../src/development/embedded/postgres-database.ts";
import { chooseRunAs } from "../../src/development/embedded/run-as.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { API_CONNECTIONS_BESIDE_POOL } from "../../src/api/databases.ts";
import { WORKER_CONNECTIONS } from "../../src/worker/worker.ts";
import { startTestApi } from "../support/api.ts";
import { selfSignedCertificate } from "../support/certificate.ts";
import { runCommand } from "../support/command.ts";
import { read } from "../docs/markdown.ts";
import { race } from "../support/race.ts";
import { until } from "../support/until.ts";

type Environment = Record<string, string>;

const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "deployed");
const SEEDED = "admin@bodega.example";
/** Of the deployment that is in order. */
const CONNECTIONS = 30;

let embedded: Embedded;
let owner: Sequelize;
let admin: Sequelize;
let adminUrl: string;
let inOrder: Environment;

test.before(async () => {
  const settings = await withCertificate();
  embedded = await startEmbedded({
    dataDir,
    postgres: true,
    redis: true,
    postgresSettings: settings,
    log: () => undefined,
  });
  const { databaseUrl: url = "", databaseOwnerUrl: ownerUrl = "", redisUrl = "" } = embedded;
  await migrate(ownerUrl, url);
  owner = openDatabase({ url: ownerUrl, pool: 1, name: "test" });
  adminUrl = databaseUrl(embedded.databaseAdminUrl ?? "", "bodega");
  admin = openDatabase({ url: adminUrl, pool: 1, name: "test" });
  for (const line of guards) await admin.query(line);
  inOrder = {
    NODE_ENV: "production",
    HOST: "0.0.0.0",
    DATABASE_URL: url,
    DATABASE_OWNER_URL: ownerUrl,
    REDIS_URL: redisUrl,
    SMTP_URL: "smtps://mail.shop.example",
    PUBLIC_URL: "https://shop.example",
    KEY_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    REQUIRE_MFA: "staff",
    TRUSTED_PROXIES: "10.0.0.5",
    CORS_ORIGINS: "https://shop.example",
    WORKERS: "2",
    DB_POOL: "5",
  };
  await addUser("boss@shop.example", "ADMIN");
});

test.after(async () => {
  await Promise.all([owner.close(), admin.close()]);
  await embedded.stop();
});

/** As the documents tell everybody to set them. */
const guards = read("docs/postgres/roles.sql")
  .split("\n")
  .filter((line) => line.startsWith("ALTER DATABASE bodega SET "));

/** PostgreSQL wants its key to be its own. */
async function withCertificate(): Promise<Environment> {
  const { certFile, keyFile } = await selfSignedCertificate();
  const key = `${keyFile}.postgres`;
  await copyFile(keyFile, key);
  await chmod(key, 0o600);
  await chmod(path.dirname(certFile), 0o755);
  const { postgres } = await postgresBinaries();
  const account = (await chooseRunAs({ program: postgres, folder: process.env["TEST_DATA_DIR"] ?? "" })).owner;
  if (account !== undefined) await chown(key, account.uid, account.gid);
  return { ssl: "on", ssl_cert_file: certFile, ssl_key_file: key };
}

async function addUser(email: string, role: string): Promise<void> {
  const name = email.split("@")[0];
  await runSql(
    owner,
    "INSERT INTO identity.users (id, email, username, role, password_hash) VALUES ($1, $2, $3, $4, '')",
    [newId(), email, name, role],
  );
}

/** What is found with these variables changed, as `error DB_POOL`. */
async function found(changes: Environment = {}, connections: number | undefined = CONNECTIONS): Promise<string[]> {
  const environment = { ...inOrder, ...changes };
  const findings = await deploymentFindings(
    { config: readConfig(environment), environment, machines: 1 },
    { seededEmails: [SEEDED], connections },
  );
  return findings.map(({ severity, about }) => `${severity} ${about}`);
}

/** Of the variables alone, where their servers are elsewhere. */
function foundInVariables(changes: Environment, machines = 1): string[] {
  const environment = { ...inOrder, ...changes };
  return configurationFindings({ config: readConfig(environment), environment, machines }).map(
    ({ severity, about }) => `${severity} ${about}`,
  );
}

test("a deployment that is in order: nothing is found, and the command exits with 0", async () => {
  assert.equal(await found(), []);
  const { code, stdout } = await runCommand(["check", "--deploy"], { environment: inOrder });
  assert.equal([code, stdout], [0, "0 errors, 0 warnings.\n"]);
});

test("the command tells errors first, a line each, exits with 1, and repeats no secret", async () => {
  const key = Buffer.from("a passphrase of thirty-two bytes").toString("base64");
  const changes = { KEY_ENCRYPTION_KEY: key, SEED_PASSWORD: "hunter2hunter2", RATE_LIMITS: "off" };
  const { code, stdout } = await runCommand(["check", "--deploy"], { environment: { ...inOrder, ...changes } });
  assert.is(code, 1);
  const lines = stdout.trim().split("\n");
  assert.equal(
    lines.map((line) => line.split(":")[0]),
    ["error    KEY_ENCRYPTION_KEY", "error    RATE_LIMITS", "warning  SEED_PASSWORD", "2 errors, 1 warning."],
  );
  for (const secret of [key, "hunter2", new URL(inOrder["DATABASE_URL"] ?? "").password])
    assert.not.ok(stdout.includes(secret));
});

test("too few descriptors for the connections that it takes are told, with how many there should be", () => {
  const config = readConfig(inOrder);
  const [finding, ...others] = processFindings(config, 1_024);
  assert.equal([finding?.severity, finding?.about, others], ["warning", "nofile", []]);
  const wanted = Number(/Allow (\d+)/.exec(finding?.text ?? "")?.[1]);
  assert.equal(processFindings(config, wanted), []);
  assert.ok(wanted <= 65_536, "which the files of the deployments give");
});

test("the command checks the same without --deploy, and says which number of machines is none", async () => {
  const [alone, deploy] = [
    await runCommand(["check"], { environment: inOrder }),
    await runCommand(["check", "--deploy"], { environment: inOrder }),
  ];
  assert.equal([alone.code, alone.stdout], [deploy.code, deploy.stdout]);
  assert.is(alone.code, 0);
  assert.match(
    (await runCommand(["check", "--deploy", "--machines", "0"], { environment: inOrder })).stderr,
    /--machines/,
  );
});

const variableCases: [what: string, changes: Environment, found: string[]][] = [
  ["development", { NODE_ENV: "development" }, ["error NODE_ENV"]],
  ["no key", { KEY_ENCRYPTION_KEY: "" }, ["error KEY_ENCRYPTION_KEY"]],
  [
    "a key that is a phrase",
    { KEY_ENCRYPTION_KEY: Buffer.from("correct horse battery staple 123").toString("base64") },
    ["error KEY_ENCRYPTION_KEY"],
  ],
  [
    "a key that is one byte again and again",
    { KEY_ENCRYPTION_KEY: Buffer.alloc(32, 0xfe).toString("base64") },
    ["error KEY_ENCRYPTION_KEY"],
  ],
  ["the seed's password", { SEED_PASSWORD: "anything" }, ["warning SEED_PASSWORD"]],
  ["a page without TLS may call", { CORS_ORIGINS: "http://shop.example" }, ["error CORS_ORIGINS"]],
  [
    "a visitor's own machine may call",
    { CORS_ORIGINS: "https://shop.example, http://localhost:5173" },
    ["error CORS_ORIGINS"],
  ],
  ["a database without TLS", { DATABASE_URL: "postgres://a:b@db.example/bodega" }, ["error DATABASE_URL"]],
  [
    "a database with TLS switched off",
    { DATABASE_URL: "postgres://a:b@db.example/bodega?sslmode=disable" },
    ["error DATABASE_URL"],
  ],
  [
    "a database that nobody verifies",
    { DATABASE_URL: "postgres://a:b@db.example/bodega?sslmode=no-verify" },
    ["warning DATABASE_URL"],
  ],
  ["a database by verified TLS", { DATABASE_URL: "postgres://a:b@db.example/bodega?sslmode=verify-full" }, []],
  [
    "a replica without TLS",
    { DATABASE_REPLICA_URLS: "postgres://a:b@one.example/bodega" },
    ["error DATABASE_REPLICA_URLS"],
  ],
  ["an owner without TLS", { DATABASE_OWNER_URL: "postgres://a:b@db.example/bodega" }, ["error DATABASE_OWNER_URL"]],
  ["no Redis", { REDIS_URL: "" }, ["error REDIS_URL"]],
  ["a Redis without TLS", { REDIS_URL: "redis://cache.example" }, ["error REDIS_URL"]],
  ["a Redis with TLS", { REDIS_URL: "rediss://cache.example" }, []],
  ["no TLS and no proxy", { TRUSTED_PROXIES: "" }, ["error TLS_CERT"]],
  ["no TLS and no proxy, for this machine alone", { TRUSTED_PROXIES: "", HOST: "127.0.0.1" }, ["warning TLS_CERT"]],
  ["everybody is a proxy", { TRUSTED_PROXIES: "0.0.0.0/0" }, ["error TRUSTED_PROXIES"]],
  ["no limits", { RATE_LIMITS: "off" }, ["error RATE_LIMITS"]],
  ["a limit less", { RATE_LIMITS: "sign-in-account=off" }, ["warning RATE_LIMITS"]],
  ["e-mails into files", { SMTP_URL: "" }, ["warning SMTP_URL"]],
  ["admins by their passwords alone", { REQUIRE_MFA: "nobody" }, ["warning REQUIRE_MFA"]],
  ["links to this machine", { PUBLIC_URL: "" }, ["error PUBLIC_URL"]],
  ["links that anybody reads", { PUBLIC_URL: "http://shop.example" }, ["error PUBLIC_URL"]],
  ["an app's link that anybody reads", { RESET_LINK: "http://shop.example/{token}" }, ["error RESET_LINK"]],
  [
    "an app's own links",
    { PUBLIC_URL: "", RESET_LINK: "shop://reset/{token}", VERIFY_LINK: "https://shop.example/v/{token}" },
    [],
  ],
  ["every step in the log", { LOG_LEVEL: "debug" }, ["warning LOG_LEVEL"]],
];

test("what variables alone say is found, each by itself", () => {
  for (const [what, changes, expected] of variableCases) assert.equal(foundInVariables(changes), expected, what);
});

test("images in a folder are found as soon as there are two machines", () => {
  assert.equal(foundInVariables({}, 2), ["error MEDIA_URL"]);
});

test("servers that do not answer are found, and the rest is told all the same", async () => {
  const url = new URL(inOrder["DATABASE_URL"] ?? "");
  url.port = "1";
  assert.equal(await found({ DATABASE_URL: url.href, LOG_LEVEL: "trace" }), [
    "error DATABASE_URL",
    "warning LOG_LEVEL",
  ]);
  assert.equal(await found({ REDIS_URL: "redis://127.0.0.1:1" }), ["error REDIS_URL"]);
  assert.equal(await found({ DATABASE_URL: "" }), ["error DATABASE_URL"]);
});

test("a Redis that throws away what it has no room for is found", async () => {
  const redis = await createClient({ url: embedded.redisUrl ?? "" }).connect();
  await redis.configSet("maxmemory-policy", "allkeys-lru");
  assert.equal(await found(), ["warning REDIS_URL"]);
  await redis.configSet("maxmemory-policy", "noeviction");
  redis.destroy();
});

test("a superuser is found, and a role that owns the tables", async () => {
  assert.equal(await found({ DATABASE_URL: adminUrl }), ["error DATABASE_URL"]);
  assert.equal(await found({ DATABASE_URL: embedded.databaseOwnerUrl ?? "" }), ["warning DATABASE_URL"]);
});

for (const setting of ["fsync", "full_page_writes"]) {
  test(`${setting} off is found`, async () => {
    const set = async (value: string) => {
      await admin.query(`ALTER SYSTEM SET ${setting} = ${value}`);
      await admin.query("SELECT pg_reload_conf()");
      await until(
        "the setting holds",
        async () => (await runSql<Environment>(admin, `SHOW ${setting}`))[0]?.[setting] === value,
      );
    };
    await set("off");
    assert.equal(await found(), [`error ${setting}`]);
    await set("on");
  });
}

test("commits that are not waited for are found", async () => {
  await admin.query("ALTER DATABASE bodega SET synchronous_commit = off");
  assert.equal(await found(), ["error synchronous_commit"]);
  await admin.query("ALTER DATABASE bodega RESET synchronous_commit");
});

test("a database whose other connections keep a lost machine's locks is found, setting by setting", async () => {
  await admin.query("ALTER DATABASE bodega RESET idle_in_transaction_session_timeout");
  await admin.query("ALTER DATABASE bodega SET tcp_keepalives_idle = 7200");
  assert.equal(await found(), ["warning idle_in_transaction_session_timeout", "warning tcp_keepalives_idle"]);
  for (const line of guards) await admin.query(line);
  assert.equal(await found(), []);
});

test("more connections than PostgreSQL gives are found, and nearly as many; a pooler bounds them by itself", async () => {
  const [row] = await runSql<{ max_connections: string }>(admin, "SHOW max_connections");
  const max = Number(row?.max_connections);
  assert.equal(await found({}, max), ["error DB_POOL"]);
  assert.equal(await found({}, Math.floor(max * 0.9)), ["warning DB_POOL"]);
  assert.equal(await found({}, undefined), []);
  const pools = { ...inOrder, DB_POOL: String(max) };
  assert.match(
    (await runCommand(["check", "--deploy"], { environment: pools })).stdout,
    new RegExp(
      `DB_POOL: all processes may open ${2 * (max + API_CONNECTIONS_BESIDE_POOL) + WORKER_CONNECTIONS} connections`,
    ),
  );
  assert.match(
    (await runCommand(["check", "--deploy"], { environment: { ...pools, DATABASE_DIRECT_URL: adminUrl } })).stdout,
    /^0 errors/m,
  );
});

test("an API opens no more connections than the checklist counts", async () => {
  const api = await startTestApi({ ...inOrder, HOST: "127.0.0.1", NODE_ENV: "test", DATA_DIR: dataDir });
  // Nobody is answered meanwhile, so that all fifty want a connection at once.
  const holding = await owner.transaction();
  await owner.query("LOCK TABLE inventory.stores IN ACCESS EXCLUSIVE MODE", { transaction: holding });
  const answered = race(50, () => api.clients().inventory.listStores({}));
  const open = async () => {
    const [row] = await runSql<{ pool: number; beside: number }>(
      admin,
      `SELECT count(*) FILTER (WHERE application_name = 'bodega api')::int AS pool, count(*) FILTER (WHERE application_name <> 'bodega api')::int AS beside
       FROM pg_stat_activity WHERE application_name LIKE 'bodega %'`,
    );
    return { pool: row?.pool ?? 0, beside: row?.beside ?? 0 };
  };
  await until("the pool is full", async () => (await open()).pool >= 5);
  await holding.rollback();
  await answered;
  const { pool, beside } = await open();
  await api.stop();
  assert.is(pool, 5);
  // Those that watch share a connection as long as they do not ask at once, and nothing was ordered.
  assert.ok(beside >= 1 && beside <= API_CONNECTIONS_BESIDE_POOL, `${beside} connections`);
});

test("development's accounts are found while they can sign in, and a shop without an admin", async () => {
  await addUser(SEEDED, "ADMIN");
  assert.equal(await found(), ["error accounts"]);
  await runSql(owner, "UPDATE identity.users SET disabled = true WHERE email = 'boss@shop.example'");
  assert.equal(await found(), ["error accounts", "warning accounts"]);
  await runSql(owner, "UPDATE identity.users SET disabled = (email = $1)", [SEEDED]);
  assert.equal(await found(), []);
});

test("signing keys that lie open are found", async () => {
  await runSql(
    owner,
    "INSERT INTO identity.signing_keys (kid, private_key, public_jwk, signs_from) VALUES ('open', '-----BEGIN PRIVATE KEY-----', '{}', now())",
  );
  assert.equal(await found(), ["warning signing keys"]);
  await runSql(owner, "DELETE FROM identity.signing_keys WHERE kid = 'open'");
});

test("a schema that is older than the code is found", async () => {
  await runSql(owner, `DELETE FROM public."SequelizeMeta" WHERE name = '0001-platform'`);
  assert.equal(await found(), ["error migrations"]);
  await runSql(owner, `INSERT INTO public."SequelizeMeta" (name) VALUES ('0001-platform')`);
});

test("sslmode=verify-full, as the checklist asks for it, is an encrypted connection to a server that is verified", async () => {
  const url = new URL(inOrder["DATABASE_URL"] ?? "");
  url.searchParams.set("sslmode", "verify-full");
  const stranger = openDatabase({ url: url.href, pool: 1, name: "test" });
  assert.match(await runSql(stranger, "SELECT 1").then(() => "connected", String), /self-signed certificate/);
  await stranger.close();
  const [row] = await runSql<{ file: string }>(admin, "SELECT current_setting('ssl_cert_file') AS file");
  url.searchParams.set("sslrootcert", row?.file ?? "");
  const verified = openDatabase({ url: url.href, pool: 1, name: "test" });
  const rows = await runSql<{ ssl: boolean }>(verified, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
  await verified.close();
  assert.equal(rows, [{ ssl: true }]);
  assert.equal(await found({ DATABASE_URL: url.href }), []);
});

test("a webhook's secret that lies open in the database is found", async () => {
  const id = newId();
  await runSql(
    owner,
    "INSERT INTO webhooks.webhooks (id, url, event_types, description, active, secret) VALUES ($1, 'https://shop.example/', '{}', '', true, 'whsec_AAAA')",
    [id],
  );
  assert.equal(await found(), ["warning webhook secrets"]);
  await runSql(owner, "DELETE FROM webhooks.webhooks WHERE id = $1", [id]);
  assert.equal(await found(), []);
});

test.run();
