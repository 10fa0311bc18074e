/**
 * A PostgreSQL that is too old is told in one line, by every command that would work with it.
 *
 * Method: no such server is here, so the real one says of itself that it is older: in this database, a function of the
 * name that is asked stands before PostgreSQL's own.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "../../src/platform/database/database.ts";
import { runCommand } from "../support/command.ts";
import { adminUrl, databaseUrl, ownerUrl, redisUrl } from "../support/environment.ts";

const environment = { DATABASE_OWNER_URL: ownerUrl, REDIS_URL: redisUrl, PORT: "0", GRPC_PORT: "0" };
const { host, pathname } = new URL(databaseUrl);
const SAYS = `The database at ${host}${pathname} is PostgreSQL 14.19; Bodega needs 15 or newer. Upgrade it, or correct DATABASE_URL.`;

test.before(async () => {
  const admin = openDatabase({ url: adminUrl, pool: 1, name: "test" });
  await admin.query(`
    CREATE SCHEMA aged;
    GRANT USAGE ON SCHEMA aged TO PUBLIC;
    CREATE FUNCTION aged.current_setting(name text) RETURNS text LANGUAGE sql AS $$
      SELECT CASE name WHEN 'server_version_num' THEN '140019' WHEN 'server_version' THEN '14.19' ELSE pg_catalog.current_setting(name) END
    $$;
    ALTER DATABASE ${pathname.slice(1)} SET search_path = aged, pg_catalog, public;
  `);
  await admin.close();
});

for (const command of [["migrate"], ["serve"], ["worker"], ["seed"]]) {
  test(`${command.join(" ")} says that the server is too old, and nothing else`, async () => {
    const { code, stdout, stderr } = await runCommand(command, { environment });
    assert.equal([code, stdout, stderr], [1, "", `${SAYS}\n`]);
  });
}

test("check finds it, beside what else it finds", async () => {
  const { code, stdout } = await runCommand(["check", "--deploy"], { environment });
  assert.is(code, 1);
  assert.ok(stdout.split("\n").includes(`error    DATABASE_URL: ${SAYS}`), stdout);
});

test.run();
