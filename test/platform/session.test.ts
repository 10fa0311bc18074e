/**
 * What every connection asks of PostgreSQL, whoever opens it, and what its endings mean to a caller.
 *
 * The client's half of the probes is read from Linux itself, which alone knows when it will ask.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { databaseFailure } from "../../src/platform/errors/database-errors.ts";
import { GUARDS, sessionSettings } from "../../src/platform/database/pool/session-settings.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { thrown } from "../support/call.ts";
import { databaseUrl } from "../support/environment.ts";

const UNITS: Record<string, number> = { ms: 1, s: 1_000, "": 1 };
/** Of /proc/net/tcp: the kind of timer that waits to probe, and how many ticks a second it counts. */
const KEEPALIVE_TIMER = "02";
const TICKS = 100;

for (const [kind, statementTimeoutMs] of [
  ["a pool of callers", undefined],
  ["what takes as long as it takes", 0],
] as const) {
  test(`${kind}: a lost machine's connection ends within seconds, and so does a transaction that stands still`, async () => {
    const database = openDatabase({
      url: databaseUrl,
      pool: 1,
      name: "test",
      ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }),
    });
    const rows = await runSql<{ name: string; setting: string; unit: string | null }>(
      database,
      "SELECT name, setting, unit FROM pg_settings WHERE name = ANY($1)",
      [Object.keys(GUARDS)],
    );
    assert.equal(Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)])), GUARDS);
    const ms = Object.fromEntries(
      rows.map(({ name, setting, unit }): [string, number] => [
        name,
        Number(setting) * (UNITS[unit ?? ""] ?? Number.NaN),
      ]),
    );
    const noticedMs =
      (ms["tcp_keepalives_idle"] ?? Infinity) +
      (ms["tcp_keepalives_interval"] ?? Infinity) * GUARDS.tcp_keepalives_count;
    for (const bound of [noticedMs, ms["tcp_user_timeout"], ms["idle_in_transaction_session_timeout"]])
      assert.ok(bound !== undefined && bound > 0 && bound <= 15_000, String(bound));
    await database.close();
  });
}

test("waits for a lock end before the statement's own limit, and never where work takes as long as it takes", async () => {
  assert.match(sessionSettings(30_000), /SET statement_timeout = 30000; SET lock_timeout = 4000;/);
  assert.match(sessionSettings(0), /SET statement_timeout = 0; SET lock_timeout = 0;/);
});

test("our side of a connection asks too whether the other one is there", async () => {
  const database = openDatabase({ url: databaseUrl, pool: 1, name: "test" });
  const [server] = await runSql<{ port: number }>(database, "SELECT inet_client_port() AS port");
  const port = (server?.port ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const line = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .find((text) => text.trim().split(/\s+/)[1]?.endsWith(`:${port}`) === true);
  const [kind, ticks = ""] = line?.trim().split(/\s+/)[5]?.split(":") ?? [];
  await database.close();
  assert.is(kind, KEEPALIVE_TIMER, line);
  assert.ok(Number.parseInt(ticks, 16) <= 5 * TICKS, line);
});

test("a transaction that stood still, and a lock that somebody held for long, are told as passing", async () => {
  const database = openDatabase({ url: databaseUrl, pool: 2, name: "test" });
  const standing = withTransaction(
    database,
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return runSql(database, "SELECT 1");
    },
    { beginWith: "SET LOCAL idle_in_transaction_session_timeout = 50;" },
  );
  const ended = databaseFailure(await thrown(standing));
  assert.equal([ended?.reason, ended?.retryAfterMs !== undefined], ["UNAVAILABLE", true]);

  const holder = await database.transaction();
  await database.query("SELECT pg_advisory_xact_lock(7)", { transaction: holder });
  const waiting = withTransaction(database, () => runSql(database, "SELECT pg_advisory_xact_lock(7)"), {
    lockTimeoutMs: 50,
  });
  const gaveUp = databaseFailure(await thrown(waiting));
  assert.equal([gaveUp?.reason, gaveUp?.retryAfterMs !== undefined], ["TOO_BUSY", true]);
  await holder.rollback();
  await database.close();
});

test("every way in which PostgreSQL ends a session is passing", () => {
  for (const code of ["57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "08006"]) {
    assert.is(
      databaseFailure(Object.assign(new Error("terminating connection"), { code }))?.reason,
      "UNAVAILABLE",
      code,
    );
  }
});

test.run();
