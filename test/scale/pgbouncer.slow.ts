/**
 * The product behind PgBouncer in transaction mode: API, worker, migrations and commands, through a pooler that gives
 * each transaction whichever of its few connections is free.
 *
 * Method: the real PgBouncer with the file of docs/pgbouncer, but for addresses, and only four connections to a
 * database of the test's own, so that the processes' connections cannot help sharing them.
 */
// time limit: 180 s
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import pg from "pg";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { databaseUrl, OWNER } from "../../src/development/embedded/postgres-database.ts";
import { chooseRunAs } from "../../src/development/embedded/run-as.ts";
import type { ServerProcess } from "../../src/development/embedded/server-process.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { GUARDS } from "../../src/platform/database/pool/session-settings.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { read } from "../docs/markdown.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { runCommand } from "../support/command.ts";
import { log } from "../support/environment.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { arrived } from "../support/mail-shop.ts";
import { statusName } from "../support/order-status.ts";
import { filled, programPath, startProgram } from "../support/program.ts";
import { race, tally } from "../support/race.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

const SERVER_CONNECTIONS = 4;
const RACERS = 60;
const STOCK = 25;
const folder = process.env["TEST_DATA_DIR"] ?? "";
const ownUrl = new URL(process.env["TEST_DATABASE_URL"] ?? "");
const name = `pooled_${ownUrl.pathname.slice(1)}`;
const directUrl = databaseUrl(ownUrl.href, name);
const ownerUrl = databaseUrl(process.env["TEST_DATABASE_OWNER_URL"] ?? "", name);

let admin: Sequelize;
let pooler: ServerProcess;
let port: number;
let environment: Record<string, string>;
let api: TestApi;
let other: TestApi;
let buyer: Clients;

test.before(async () => {
  admin = openDatabase({ url: process.env["TEST_DATABASE_ADMIN_URL"] ?? "", pool: 1, name: "test" });
  await admin.query("CREATE EXTENSION pg_stat_statements");
  await admin.query(`CREATE DATABASE ${name} OWNER ${OWNER}`);
  port = await freePort();
  pooler = await startPooler();
  const pooled = new URL(ownUrl);
  pooled.port = String(port);
  environment = {
    DATABASE_URL: databaseUrl(pooled.href, "bodega"),
    DATABASE_OWNER_URL: ownerUrl,
    DATABASE_DIRECT_URL: directUrl,
    REDIS_URL: process.env["TEST_REDIS_URL"] ?? "",
    PREPARED_STATEMENTS: "off",
    DATA_DIR: folder,
  };
  const { code, stdout, stderr } = await runCommand(["migrate"], { environment });
  if (code !== 0) throw new Error(`migrate failed: ${stderr}`);
  assert.match(stdout, /^Ran 0001-platform, /);
  api = await startTestApi(environment);
  other = await startTestApi(environment);
  buyer = api.clients(await api.signUp("CUSTOMER"));
});

test.after(async () => {
  await Promise.all([api.stop(), other.stop()]);
  await pooler.stop();
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.close();
});

/** With the file of the documents. */
async function startPooler(): Promise<ServerProcess> {
  const file = path.join(folder, "pgbouncer.ini");
  const users = path.join(folder, "userlist.txt");
  await writeFile(users, `"${ownUrl.username}" "${ownUrl.password}"\n`);
  await writeFile(
    file,
    filled(read("docs/pgbouncer/pgbouncer.ini"), {
      "host=10.0.0.10 port=5432 dbname=bodega": `host=${ownUrl.hostname} port=${ownUrl.port} dbname=${name}`,
      "listen_port = 6432": `listen_port = ${port}\nunix_socket_dir =`,
      "default_pool_size = 40": `default_pool_size = ${SERVER_CONNECTIONS}`,
      "/etc/pgbouncer/userlist.txt": users,
    }),
  );
  const program = programPath("pgbouncer", "pgbouncer");
  const { file: command, args, account } = (await chooseRunAs({ program, folder })).command(program, [file]);
  return startProgram({ file: command, args, account, logFile: path.join(folder, "pgbouncer.log"), port });
}

function place(shop: Shop<"mug">, quantity: number, more: object = {}, clients = buyer) {
  return clients.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: quantity }), ...more });
}

/** undefined when the call was answered. */
function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error).code,
  );
}

test("sixty race for twenty-five through four connections, over both listeners: twenty-five are confirmed", async () => {
  const shop = await shopWith(api, { mug: STOCK });
  const { token } = await api.signUp("CUSTOMER");
  const ways = [api.clients({ token }), api.clients({ token, transport: api.grpc }), other.clients({ token })];
  const outcomes = await race(RACERS, async (index) => {
    const { order } = await place(shop, 1, { requestId: crypto.randomUUID() }, ways[index % ways.length]);
    return statusName(order?.status);
  });
  assert.equal(tally(outcomes), { CONFIRMED: STOCK, REJECTED: RACERS - STOCK });
  assert.equal(await brokenInvariants(api.database, shop), []);
  const [{ connections } = { connections: 0 }] = await runSql<{ connections: number }>(
    api.database,
    "SELECT count(*)::int AS connections FROM pg_stat_activity WHERE datname = $1 AND usename = $2 AND backend_type = 'client backend'",
    [name, ownUrl.username],
  );
  assert.ok(connections > 0 && connections <= SERVER_CONNECTIONS, `${connections} connections`);
});

test("the same request_id at once on two machines is one order", async () => {
  const shop = await shopWith(api, { mug: STOCK });
  const customer = await api.signUp("CUSTOMER");
  const requestId = crypto.randomUUID();
  const both = [api.clients(customer), other.clients(customer)];
  const answers = await race(10, async (index) => (await place(shop, 1, { requestId }, both[index % 2])).order?.id);
  assert.is(new Set(answers).size, 1);
  assert.is(await shop.quantity("mug"), STOCK - 1);
});

test("a cart, a checkout, a stock transfer and their audit entry do what they do without a pooler", async () => {
  const [shop, branch] = [await shopWith(api, { mug: 10 }), await shopWith(api, { jug: 1 })];
  const manager = api.clients(await api.signUp("ADMIN"));
  await buyer.cart.addCartItem({ productId: shop.products.mug, quantity: 3 });
  assert.is((await buyer.cart.checkoutCart({ storeId: shop.storeId })).order?.status, OrderStatus.CONFIRMED);
  const { fromStock, toStock } = await manager.inventory.transferStock({
    fromStoreId: shop.storeId,
    toStoreId: branch.storeId,
    productId: shop.products.mug,
    quantity: 2,
    reason: "test",
  });
  assert.equal([fromStock?.quantity, toStock?.quantity], [5, 2]);
  const { auditEvents } = await manager.identity.listAuditEvents({ pageSize: 1 });
  assert.match(auditEvents[0]?.rpc ?? "", /TransferStock$/);
});

test("the worker hands on events, sends the e-mail and ends holds through the pooler", async () => {
  const shop = await shopWith(api, { mug: 10 });
  const config = readConfig({ ...environment, DATA_DIR: path.join(folder, "worker") });
  const worker = await startWorker(config, { log });
  try {
    const { order } = await place(shop, 1);
    const held = (await place(shop, 4, { hold: durationFromMs(1_000) })).order;
    assert.is(await shop.quantity("mug"), 5);
    assert.match(await arrived(config, { id: order?.id ?? "" }), /Subject: /);
    await until("the hold has ended", async () => (await shop.quantity("mug")) === 9);
    assert.is((await buyer.order.getOrder({ id: held?.id ?? "" })).order?.status, OrderStatus.CANCELLED);
    assert.equal(await brokenInvariants(api.database, shop), []);
  } finally {
    await worker.stop();
  }
});

test("who is signed out on one machine is signed out on the other", async () => {
  const customer = await api.signUp("CUSTOMER");
  const { tokens } = await api.clients().identity.login({ login: customer.email, password: "correct horse battery" });
  const elsewhere = other.clients({ token: tokens?.accessToken ?? "" });
  await elsewhere.identity.getProfile({});
  await api.clients().identity.logout({ refreshToken: tokens?.refreshToken ?? "" });
  await until(
    "the other machine refuses",
    async () => (await codeOf(elsewhere.identity.getProfile({}))) === Code.Unauthenticated,
  );
});

test("seed, import and export go past the pooler by DATABASE_DIRECT_URL", async () => {
  const seeded = await runCommand(["seed"], { environment });
  assert.is(seeded.code, 0, seeded.stderr);
  const exported = await runCommand(["products", "export", "-"], { environment });
  assert.is(exported.code, 0, exported.stderr);
  const imported = await runCommand(["products", "import", "-"], { environment, input: exported.stdout });
  assert.match(imported.stdout, /^0 added, 0 changed, [1-9]\d+ unchanged, 0 refused\.$/m);
  assert.ok((await buyer.catalog.searchProducts({ query: "coffee" })).totalSize > 0);
});

test("every connection of the pooler has the product's bounds, also one that no process of ours has used", async () => {
  await runSql(admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = $2", [
    name,
    ownUrl.username,
  ]);
  const untold = new pg.Pool({ connectionString: environment["DATABASE_URL"], max: 8 });
  const expected = { statement_timeout: 30_000, lock_timeout: 4_000, ...GUARDS };
  const ask = "SELECT name, setting::int AS value, pg_backend_pid() AS pid FROM pg_settings WHERE name = ANY($1)";
  const results = await race(20, () =>
    untold.query<{ name: string; value: number; pid: number }>(ask, [Object.keys(expected)]),
  );
  await untold.end();
  for (const [pid, ofOne] of Map.groupBy(
    results.flatMap(({ rows }) => rows),
    (row) => row.pid,
  )) {
    assert.equal(Object.fromEntries(ofOne.map((row) => [row.name, row.value])), expected, String(pid));
  }
});

test("the product leaves nothing on a connection that the next transaction would miss or find", async () => {
  const rows = await runSql<{ query: string }>(
    admin,
    "SELECT s.query FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = $1 AND s.userid = $2::regrole",
    [name, ownUrl.username],
  );
  const texts = rows.map(({ query }) => query.trim());
  assert.ok(texts.length > 50, `${texts.length} statements`);
  const session =
    /^(SET (?!LOCAL|TRANSACTION)|DO |LISTEN|PREPARE|DECLARE|LOCK|CREATE TEMP|DISCARD|RESET)|pg_(try_)?advisory_lock/i;
  // Every connection makes these alike at its start: the driver's zone and level of notices, and the bounds that
  // connect_query sets too. PgBouncer itself restores the name and the zone for each client.
  const bounds = ["statement_timeout", "lock_timeout", ...Object.keys(GUARDS)].join("|");
  const alike = new RegExp(
    `^SET (client_min_messages|TIME ?ZONE|application_name|${bounds})\\b|^DO .*SET client_connection_check_interval`,
    "is",
  );
  // Seeds and imports went past the pooler.
  const direct = /staged_|seen_skus|COPY/;
  assert.equal(
    texts.filter((text) => session.test(text) && !alike.test(text) && !direct.test(text)),
    [],
  );
});

test("named statements are what such a pooler cannot keep: hence PREPARED_STATEMENTS=off before 1.21", async () => {
  const [, major = 0, minor = 0] =
    /(\d+)\.(\d+)/.exec(execFileSync(programPath("pgbouncer", "pgbouncer"), ["--version"], { encoding: "utf8" })) ?? [];
  const keepsNames = Number(major) > 1 || Number(minor) >= 21;
  const clients = Array.from(
    { length: SERVER_CONNECTIONS + 1 },
    () => new pg.Client({ connectionString: environment["DATABASE_URL"] }),
  );
  const outcomes: string[] = [];
  for (const client of clients) {
    await client.connect();
    const named = () => client.query({ name: "order-lock-stock", text: "SELECT 1" });
    outcomes.push(
      await named().then(
        () => "kept",
        (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? "") : String(error)),
      ),
    );
  }
  await Promise.all(clients.map((client) => client.end()));
  // duplicate_prepared_statement: another client has left it on the server's connection.
  assert.is(outcomes.includes("42P05"), !keepsNames, outcomes.join());
});

test("the pooler is away: UNAVAILABLE; it is back: orders are placed again without a restart", async () => {
  const shop = await shopWith(api, { mug: 5 });
  await pooler.stop();
  await until("orders are refused", async () => (await codeOf(place(shop, 1))) === Code.Unavailable);
  pooler = await startPooler();
  await until("orders are placed", async () =>
    place(shop, 1).then(
      () => true,
      () => false,
    ),
  );
});

test.run();
