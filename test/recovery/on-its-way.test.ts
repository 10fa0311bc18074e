/**
 * A token on its way lies encrypted in its mail's row until it is sent, and then nowhere.
 *
 * Method: a mail server that is away, and then refuses for good; meanwhile and afterwards every table, all of Redis and
 * all that API and worker logged at level trace are looked through for the token, which only the mail itself tells.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createClient } from "redis";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Api, startApi } from "../../src/api/api.ts";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import { decrypt } from "../../src/platform/crypto/secret-encryption.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { openLog } from "../../src/platform/telemetry/log.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { type Clients, clientsBy, startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { dataDir, redisUrl, workerConfig } from "../support/environment.ts";
import { smtpServer, type SmtpServer } from "../support/smtp-server.ts";
import { eventually, until } from "../support/until.ts";
import { KEY } from "./account-mail.ts";

const key = Buffer.from(KEY, "base64");
const file = path.join(dataDir, "trace.log");
let api: TestApi;
let traced: Api;
let clients: (token?: string) => Clients;
let server: SmtpServer;
let worker: { stop(): Promise<void> };

test.before(async () => {
  server = await smtpServer();
  api = await startTestApi({ KEY_ENCRYPTION_KEY: KEY });
  const log = openLog({ level: "trace", file, name: "test" });
  traced = await startApi({ ...api.config, redisUrl }, log, { warm: false });
  const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${traced.port}`, httpVersion: "1.1" });
  clients = (token) => clientsBy(token === undefined ? transport : withToken(transport, token));
  const config = workerConfig("on-its-way", { keyEncryptionKey: key, smtpUrl: server.url });
  worker = await startWorker(config, { log });
});
test.after(async () => {
  await Promise.all([traced.stop(), api.stop(), worker.stop(), server.leave()]);
});

/** Where a text is found, in any form of it: as it is, or as bytes. */
async function placesOf(text: string): Promise<string[]> {
  const forms = [text, Buffer.from(text).toString("hex"), Buffer.from(text).toString("base64").replace(/=+$/, "")];
  const has = (where: string) => forms.some((form) => where.includes(form));
  const tables = await runSql<{ name: string }>(
    api.database,
    "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
  );
  const places: string[] = [];
  for (const { name } of tables) {
    const rows = await runSql<{ text: string }>(api.database, `SELECT t::text AS text FROM ${name} t`);
    if (rows.some((row) => has(row.text))) places.push(name);
  }
  if (has(await redisText())) places.push("Redis");
  if (has(await readFile(file, "utf8"))) places.push("log");
  return places;
}

async function redisText(): Promise<string> {
  const redis = createClient({ url: redisUrl });
  await redis.connect();
  const told: string[] = [];
  for (const name of await redis.keys("*")) {
    told.push(name);
    for (const command of [["GET"], ["HGETALL"], ["LRANGE", "0", "-1"], ["SMEMBERS"], ["ZRANGE", "0", "-1"]]) {
      const [verb = "", ...rest] = command;
      told.push(JSON.stringify(await redis.sendCommand([verb, name, ...rest]).catch(() => "")));
    }
  }
  redis.destroy();
  return told.join("\n");
}

/** Asks for the mails while the server is away. @returns the tokens, read by the key alone */
async function tokensOnTheirWay(user: TestUser, mails = 2): Promise<string[]> {
  await clients().identity.requestPasswordReset({ email: user.email });
  if (mails === 2) await clients(user.token).identity.requestEmailVerification({});
  const rows = await eventually("the mails are due", async () => {
    const found = await runSql<{ id: string; token: string }>(
      api.database,
      "SELECT id, token FROM email.deliveries WHERE user_id = $1 AND token IS NOT NULL",
      [user.id],
    );
    return found.length === mails ? found : undefined;
  });
  return rows.map(({ id, token }) => {
    assert.ok(token.startsWith("aes-256-gcm$"));
    return decrypt(token, { id, key });
  });
}

async function left(user: TestUser): Promise<number> {
  return (
    await runSql(api.database, "SELECT FROM email.deliveries WHERE user_id = $1 AND token IS NOT NULL", [user.id])
  ).length;
}

test("while it waits for the mail server it is read by the key alone, and when it is sent it is gone", async () => {
  server.refusals.connect = "421 not now";
  const user = await api.signUp("CUSTOMER");
  const tokens = await tokensOnTheirWay(user);
  for (const token of tokens) assert.equal(await placesOf(token), []);
  delete server.refusals.connect;
  await until("both are sent", async () => (await left(user)) === 0);
  for (const token of tokens) assert.equal(await placesOf(token), []);
  await api
    .clients()
    .identity.verifyEmail({ token: tokens[1] ?? "" })
    .catch(() => undefined);
  await api
    .clients()
    .identity.verifyEmail({ token: tokens[0] ?? "" })
    .catch(() => undefined);
  for (const token of tokens) assert.equal(await placesOf(token), []);
  // What is looked for would be found: the address is in the log of mails that go out.
  assert.equal((await placesOf(user.id)).includes("log"), true);
});

test("a dead letter has none, also when the server's refusal repeats it; tried again there is nothing to send", async () => {
  const admin = await api.signUp("ADMIN");
  const user = await api.signUp("CUSTOMER");
  const staff = api.clients({ token: admin.token }).notification;
  server.refusals.connect = "421 not now";
  const [token = ""] = await tokensOnTheirWay(user, 1);
  server.refusals.data = `550 we do not like links with ${token}`;
  delete server.refusals.connect;
  await until("it is given up", async () => (await left(user)) === 0);
  const { deadLetters } = await staff.listDeadLetters({});
  assert.equal(
    deadLetters.map(({ recipient, reason }) => [recipient, /links with …/.test(reason)]),
    [[user.email, true]],
  );
  assert.equal(await placesOf(token), []);
  delete server.refusals.data;
  await staff.retryDeadLetters({});
  await until("nothing is left", async () => (await staff.listDeadLetters({})).deadLetters.length === 0);
  const rest = () => runSql(api.database, "SELECT FROM email.deliveries WHERE user_id = $1", [user.id]);
  await until("it is dropped", async () => (await rest()).length === 0);
});

test("a mail whose token is over before it could be sent is dropped", async () => {
  const user = await api.signUp("CUSTOMER");
  const before = server.taken.length;
  const deliveries = new EmailDeliveries(api.database, { encryptionKey: key });
  const secret = { token: "over", endsAt: new Date() };
  await deliveries.expectFor(user.id, "PASSWORD_RESET", { recipient: user.email, secret });
  await until(
    "it is dropped",
    async () => (await runSql(api.database, "SELECT FROM email.deliveries WHERE user_id = $1", [user.id])).length === 0,
  );
  assert.is(server.taken.length, before);
});

test.run();
