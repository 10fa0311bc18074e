/**
 * The oldest PostgreSQL that we promise to work with, 15: it gets the same schema, and nothing is sold twice there either.
 *
 * Method: the programs of this machine's packages. The races are those of test/races, run by the runner on them.
 */
// time limit: 400 s
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Embedded, startEmbedded } from "../../src/development/embedded/start.ts";
import { databaseUrl, OWNER } from "../../src/development/embedded/postgres-database.ts";
import { outboxPositions } from "../../src/outbox/outbox.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { runCommand } from "../support/command.ts";
import { dataDir, ownerUrl } from "../support/environment.ts";
import { olderPostgres } from "../support/older-postgres.ts";
import { schemaOf } from "./schema.ts";

const RUNNER = path.join(import.meta.dirname, "../support/run.ts");
/** Between two ids that are made in one breath. */
const IDS = 20_000;

const folder = olderPostgres();
let embedded: Embedded;
let older: Sequelize;
let superuser: Sequelize;
let newest: Sequelize;

test.before(async () => {
  embedded = await startEmbedded({
    dataDir: path.join(dataDir, "older"),
    postgres: true,
    redis: false,
    postgresFolder: folder,
    log: () => undefined,
  });
  older = openDatabase({ url: embedded.databaseOwnerUrl ?? "", pool: 2, name: "test" });
  superuser = openDatabase({ url: embedded.databaseAdminUrl ?? "", pool: 1, name: "test" });
  newest = openDatabase({ url: ownerUrl, pool: 2, name: "test" });
});
test.after(async () => {
  await Promise.all([older.close(), superuser.close(), newest.close()]);
  await embedded.stop();
});

async function majorOf(database: Sequelize): Promise<number> {
  const [row] = await runSql<{ major: number }>(
    database,
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  return row?.major ?? 0;
}

test("every migration runs on an older PostgreSQL, and leaves the schema that it leaves on the newest", async () => {
  assert.ok((await majorOf(older)) < (await majorOf(newest)), "there is nothing to compare");
  await migrate(embedded.databaseOwnerUrl ?? "", embedded.databaseUrl);
  assert.equal(await schemaOf(older), await schemaOf(newest));
});

test("its ids are UUIDs of version 7 that tell their time and rise, also within one statement", async () => {
  const [made] = await runSql<{ disorder: number; foreign: number; farthest_ms: number }>(
    older,
    `SELECT count(*) FILTER (WHERE id <= before)::int AS disorder,
            count(*) FILTER (WHERE id::text !~ '^.{14}7.{4}[89ab]')::int AS foreign,
            max(abs(extract(epoch FROM at) * 1000 - ('x' || lpad(replace(left(id::text, 13), '-', ''), 16, '0'))::bit(64)::bigint))::float8 AS farthest_ms
     FROM (SELECT id, at, lag(id) OVER (ORDER BY n) AS before FROM (SELECT n, uuidv7() AS id, clock_timestamp() AS at FROM generate_series(1, $1) AS n) AS one) AS two`,
    [IDS],
  );
  assert.equal([made?.disorder, made?.foreign], [0, 0]);
  assert.ok((made?.farthest_ms ?? Infinity) < 1_000, `an id is ${made?.farthest_ms} ms off`);
});

test("the shop is seeded there", async () => {
  const { code, stderr } = await runCommand(["seed"], { environment: { DATABASE_URL: embedded.databaseUrl ?? "" } });
  assert.is(code, 0, stderr);
  const [row] = await runSql<{ products: number }>(older, "SELECT count(*)::int AS products FROM catalog.products");
  assert.ok((row?.products ?? 0) > 100);
});

test("a dump that is restored, in another database or in its own, stands in another history", async () => {
  const dump = path.join(dataDir, "shop.dump");
  const adminOf = (name: string) => databaseUrl(embedded.databaseAdminUrl ?? "", name);
  const run = (program: string, ...args: string[]) => execFileSync(path.join(folder, program), args);
  const before = await historyOf(adminOf("bodega"));
  run("pg_dump", "--format=custom", `--file=${dump}`, adminOf("bodega"));
  await runSql(superuser, `CREATE DATABASE restored OWNER ${OWNER}`);
  run("pg_restore", `--dbname=${adminOf("restored")}`, dump);
  assert.is(await historyOf(adminOf("bodega")), before);
  assert.is.not(await historyOf(adminOf("restored")), before);
  run("pg_restore", "--clean", `--dbname=${adminOf("bodega")}`, dump);
  assert.is.not(await historyOf(adminOf("bodega")), before);
});

async function historyOf(url: string): Promise<string> {
  const database = openDatabase({ url, pool: 2, name: "test" });
  return outboxPositions(database)
    .then(({ history }) => history)
    .finally(() => database.close());
}

test("every race is won there as on the newest", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUNNER, "--postgres", folder, "test/races"], {
    encoding: "utf8",
  });
  assert.is(status, 0, stdout + stderr);
  assert.match(stdout, /\n[1-9]\d+ passed, 0 failed\n$/);
});

test.run();
