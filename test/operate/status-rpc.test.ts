/**
 * GetStatus: what the command `status` tells, for admins, and nothing of where the parts are or what they said.
 *
 * Method: an API whose Redis is behind a proxy that falls silent, a replica that is away, and tables that cannot be read.
 */
// time limit: 120 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { GetStatusResponse } from "../../gen/bodega/operations/v1/operations_service_pb.ts";
import { PartState, PartStateSchema } from "../../gen/bodega/operations/v1/status_pb.ts";
import { statusOf } from "../../src/operations/status/status.ts";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { databaseUrl, ownerUrl, redisUrl } from "../support/environment.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const owner = openDatabase({ url: ownerUrl, pool: 1, name: "test" });
const replica = new URL(databaseUrl);
replica.host = "127.0.0.1:1";

let api: TestApi;
let proxy: TcpProxy;
let adminId: string;
let ask: () => Promise<GetStatusResponse>;

test.before(async () => {
  const { hostname, port } = new URL(redisUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const proxied = new URL(redisUrl);
  proxied.host = `127.0.0.1:${proxy.port}`;
  api = await startTestApi({ REDIS_URL: proxied.href, DATABASE_REPLICA_URLS: replica.href });
  const admin = await api.signUp("ADMIN");
  adminId = admin.id;
  ask = () => api.clients({ token: admin.token }).operations.getStatus({});
});
test.after(async () => {
  await api.stop();
  await proxy.close();
  await owner.close();
});

function troubles({ parts }: GetStatusResponse): string[] {
  return parts.flatMap(({ name, state }) =>
    state === PartState.OK ? [] : [`${PartStateSchema.value[state]?.localName} ${name}`],
  );
}

test("it names the parts as the command does, with its words, but where each is and what it said", async () => {
  const told = await ask();
  const byCommand = await statusOf(api.config);
  assert.equal(
    told.parts.map(({ name }) => name),
    byCommand.parts.map(({ part }) => part),
  );
  const here = / at \S+| \([^)]*\)/g;
  assert.equal(
    told.parts.filter(({ name }) => name !== "replicas").map(({ text, action }) => [text, action]),
    byCommand.parts
      .filter(({ part }) => part !== "replicas")
      .map(({ text, action }) => [text.replace(here, ""), action]),
  );
  assert.equal(troubles(told), ["PROBLEM replicas", "PROBLEM worker"]);
  assert.is(told.parts.find(({ name }) => name === "replicas")?.text, "replica 1 does not answer.");
  assert.is(told.versions?.bodega, byCommand.versions.bodega);
  assert.is(told.versions?.postgresql, byCommand.versions.postgresql);
  assert.is(told.versions?.redis, byCommand.versions.redis);
  assert.is(told.well, false);
});

test("no host, port, user or password is in it, also when an e-mail and a job fail with one in their words", async () => {
  const url = new URL(databaseUrl);
  const said = `connect ECONNREFUSED ${url.host}`;
  await runSql(
    owner,
    `INSERT INTO email.deliveries (id, type, user_id, attempts, last_error, created_at, next_attempt_at)
     VALUES (gen_random_uuid(), 'WELCOME', $2, 1, $1, now() - interval '1 hour', now() + interval '1 hour')`,
    [said, adminId],
  );
  await runSql(
    owner,
    `INSERT INTO platform.jobs (name, last_start, last_end, last_error) VALUES ('carts', now(), now(), $1)
     ON CONFLICT (name) DO UPDATE SET last_error = $1, last_success = NULL`,
    [said],
  );
  let told: GetStatusResponse | undefined;
  await until("both are told", async () => {
    told = await ask();
    return troubles(told).includes("PROBLEM email") && troubles(told).includes("PROBLEM jobs");
  });
  const text = JSON.stringify(told?.parts.map((part) => [part.text, part.action]));
  assert.match(text, '\\"carts\\" fails.');
  for (const word of ["127.0.0.1", url.port, url.password, `${url.username}@`, url.pathname, "ECONNREFUSED"])
    assert.not.ok(text.includes(word), word);
  await runSql(owner, "DELETE FROM email.deliveries");
  await runSql(owner, "DELETE FROM platform.jobs");
});

test("a hundred who ask at once are told of one look", async () => {
  const all = await Promise.all(Array.from({ length: 100 }, ask));
  assert.is(new Set(all.map(({ observeTime }) => `${observeTime?.seconds}.${observeTime?.nanos}`)).size, 1);
});

test("what cannot be asked is unknown, and never a guess", async () => {
  await runSql(owner, "ALTER TABLE platform.jobs RENAME TO away");
  await until("it is told", async () => {
    const parts = troubles(await ask());
    return parts.includes("UNKNOWN worker") && parts.includes("UNKNOWN jobs");
  });
  await runSql(owner, "ALTER TABLE platform.away RENAME TO jobs");
});

test("a Redis that is silent holds up nobody for long, and is the one trouble more", async () => {
  proxy.freeze();
  await until("it is told", async () => troubles(await ask()).includes("PROBLEM redis"));
  const { parts, versions } = await ask();
  const redis = parts.find(({ name }) => name === "redis");
  assert.match(redis?.text ?? "", /^The server does not answer\. Orders go on;/);
  assert.is(versions?.redis, "");
  proxy.thaw();
});

test.run();
