/** What a start and a deployment say to whoever reads along: no password in production, and what is counted by process. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { welcome } from "../../src/commands/welcome.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { databaseUrl, redisUrl } from "../support/environment.ts";
import { serve } from "../support/served.ts";

test("in production a start prints no database password", async () => {
  const up = {
    databaseUrl,
    redisUrl,
    port: 1,
    grpcPort: 2,
    opsPort: 3,
    logFile: "bodega.log",
    lost: new Promise<never>(() => undefined),
  };
  const { password, host } = new URL(databaseUrl);
  const text = await welcome(readConfig({ NODE_ENV: "production" }), up);
  assert.ok(password !== "" && !text.includes(password));
  assert.match(text, host);
});

test("serve without a Redis says that limits are counted by each process", async () => {
  const served = await serve({ REDIS_URL: "" });
  assert.is(served.lines().filter(({ msg }) => msg.startsWith("REDIS_URL is not set")).length, 1);
  served.signal("SIGTERM");
  assert.is(await served.ended, 0);
});

test.run();
