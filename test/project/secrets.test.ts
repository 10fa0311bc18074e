/**
 * Secrets never leave: a whole day of use, with everything that API and worker log at level trace, and none of it says
 * a password, a token, a key, a hash of one, or what an e-mail says.
 *
 * Method: whatever the day brings forth is collected as it comes and looked for in the log as text; also in part, since
 * the beginning of a token is enough to find it elsewhere.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readConfig } from "../../src/platform/config/config.ts";
import { openLog } from "../../src/platform/telemetry/log.ts";
import { startApi } from "../../src/api/api.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { startTestApi } from "../support/api.ts";
import { DayOfUse } from "./day-of-use.ts";

test("a day of use leaves no password, token, key, hash or e-mail in the log", async () => {
  const dataDir = process.env["TEST_DATA_DIR"] ?? "";
  const file = path.join(dataDir, "trace.log");
  const databaseUrl = process.env["TEST_DATABASE_URL"] ?? "";
  const variables = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: process.env["TEST_REDIS_URL"],
    DATA_DIR: dataDir,
    PORT: "0",
    GRPC_PORT: "0",
    LOG_LEVEL: "trace",
  };
  const config = { ...readConfig(variables), databaseUrl };
  const log = openLog({ level: "trace", file, name: "test" });
  const helper = await startTestApi();
  const api = await startApi(config, log);
  const worker = await startWorker(config, { log });
  const day = new DayOfUse({ port: api.port, helper, config });
  day.secrets.add(new URL(databaseUrl).password);
  try {
    await day.useAccount();
    await day.order();
    await day.useService();
    await day.meetBugs();
    await day.signOut();
    await sleep(100);
  } finally {
    await Promise.all([api.stop(), worker.stop(), helper.stop()]);
  }
  const text = await readFile(file, "utf8");
  assert.ok(text.includes("IdentityService/Login") && text.includes('"code":"Internal"'), "the log has the day");
  const found = [...day.secrets].filter((secret) => secret.length > 3 && text.includes(secret));
  assert.equal(
    found.map((secret) => `${secret.slice(0, 12)}…`),
    [],
  );
  assert.not.match(text, /\$argon2id|PRIVATE KEY|"type":"Buffer"|eyJhbGci|bodega_sk_[A-Za-z0-9_-]{20}/);
});

test.run();
