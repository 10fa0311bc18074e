/**
 * The data folder in every state that a start may find it in: new, in use, half made, unwritable, or with the marks of
 * processes that are gone.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "../support/command.ts";
import { keepOne, kept, kill, query, spawnStarter, start, until, untilGone } from "./start.ts";

const scratch = process.env["TEST_DATA_DIR"] ?? "";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(scratch, "data-"));
  await chmod(folder, 0o711);
  return folder;
}

test("a second start on a folder in use is refused in one line that names the first, which goes on", async () => {
  const dataDir = await newFolder();
  const first = await start(dataDir);
  await keepOne(first);
  const second = spawnStarter(dataDir);
  assert.is(await second.ended, 1);
  assert.is(
    second.said(),
    `Already running in ${dataDir} (process ${first.pids().starter}). Stop it, or set another DATA_DIR.`,
  );
  assert.equal(await kept(first), { database: 1, redis: 1 });
  await first.stop();
});

test("of two starts at the same moment one gets the folder", async () => {
  const dataDir = await newFolder();
  const outcomes = await Promise.allSettled([start(dataDir), start(dataDir)]);
  const [winner, ...others] = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  assert.is(others.length, 0);
  await winner?.stop();
  assert.ok(winner);
});

test("a start that is killed while the database's files are made does not stand in the way of the next", async () => {
  const dataDir = await newFolder();
  const home = path.join(dataDir, "postgres");
  const cut = spawnStarter(dataDir);
  await until(() => existsSync(home) && readdirSync(home).some((name) => name.startsWith("making-")), "initdb works");
  const guardian: number = JSON.parse(await readFile(path.join(dataDir, "lock.json"), "utf8")).guardian.pid;
  kill(guardian, cut.child.pid ?? 0);
  await untilGone(guardian);

  const next = await start(dataDir);
  await keepOne(next);
  await next.stop();
  assert.equal(readdirSync(home), ["cluster"]);
});

test("marks of processes whose ids now belong to others count for nothing, and those are left alone", async () => {
  const dataDir = await newFolder();
  await (await start(dataDir)).stop();
  const stale = { pid: process.pid, mark: "of another time" };
  await writeFile(path.join(dataDir, "lock.json"), JSON.stringify({ guardian: stale, starter: stale }));
  const cluster = path.join(dataDir, "postgres/cluster");
  await writeFile(path.join(cluster, "postmaster.pid"), `${process.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n`);
  await writeFile(path.join(dataDir, "redis/redis.pid"), `${process.pid}\n`);
  const next = await start(dataDir);
  assert.is((await query(next.databaseUrl, "SELECT 1 AS count"))[0]?.count, 1);
  await next.stop();
});

test("a folder that cannot be written to is told in one line that says what to do", async () => {
  const file = path.join(scratch, "a-file");
  await writeFile(file, "");
  const { ended, said } = spawnStarter(path.join(file, "data"));
  assert.is(await ended, 1);
  assert.match(said(), /^Cannot write to the data folder .* Make it writable, or set DATA_DIR to another folder\.$/);
});

for (const dataDir of ["/proc/bodega", "/sys/bodega/data"]) {
  test(`a folder below ${dataDir}, where none can be made, is told in one line and does not hang`, async () => {
    const { code, stderr } = await runCommand(["start"], {
      environment: { DATABASE_URL: "", DATA_DIR: dataDir, PORT: "0", GRPC_PORT: "0" },
    });
    assert.is(code, 1);
    assert.match(
      stderr,
      /^Cannot write to the data folder .* Make it writable, or set DATA_DIR to another folder\.\n$/,
    );
  });
}

test("lost passwords are told in one line, and the data are not touched", async () => {
  const dataDir = await newFolder();
  await (await start(dataDir)).stop();
  await rm(path.join(dataDir, "postgres-passwords.json"));
  const { ended, said } = spawnStarter(dataDir);
  assert.is(await ended, 1);
  assert.match(said(), /^.*postgres-passwords\.json is missing.* set another DATA_DIR/);
  assert.ok(existsSync(path.join(dataDir, "postgres/cluster/PG_VERSION")));
});

test("passwords and data are readable by their owner alone", async () => {
  const dataDir = await newFolder();
  await (await start(dataDir)).stop();
  for (const name of ["postgres-passwords.json", "postgres", "redis", "redis/redis.conf", "postgres.log"]) {
    assert.is((await stat(path.join(dataDir, name))).mode & 0o077, 0, name);
  }
});

const canUseNamespaces = spawnSync("unshare", ["--user", "true"]).status === 0;
if (process.getuid?.() === 0 && canUseNamespaces) {
  test("root starts in a folder that no other account reaches, and with the same data when others do", async () => {
    const closed = await newFolder();
    const dataDir = path.join(closed, "data");
    await mkdir(dataDir);
    await chmod(closed, 0o700);
    const first = await start(dataDir);
    await keepOne(first);
    await first.stop();
    await chmod(closed, 0o711);
    const second = await start(dataDir);
    assert.equal(await kept(second), { database: 1, redis: 1 });
    await second.stop();
  });
}

test.run();
