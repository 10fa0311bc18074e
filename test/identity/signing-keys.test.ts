/** Signing keys: a rotation logs nobody out, and what lies in the database is of no use without the key of the keys. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import jwt from "jsonwebtoken";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { StartupError } from "../../src/platform/errors/startup-error.ts";
import { PASSWORD, startTestApi, type TestApi } from "../support/api.ts";
import { runCommand } from "../support/command.ts";
import { until } from "../support/until.ts";

let api: TestApi;
let other: TestApi;

test.before(async () => {
  [api, other] = await Promise.all([startTestApi(), startTestApi()]);
});
test.after(async () => {
  await Promise.all([api.stop(), other.stop()]);
});

async function kids(server: TestApi): Promise<string[]> {
  const { keys } = (await (await fetch(`${server.baseUrl}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  return keys.map(({ kid }) => kid);
}

function kidOf(token: string): string | undefined {
  return jwt.decode(token, { complete: true })?.header.kid;
}

test("after a rotation every process knows the new key before one signs with it, and old tokens go on", async () => {
  const user = await api.signUp("CUSTOMER");
  const before = await kids(api);
  const { code, stdout, stderr } = await runCommand(["keys", "rotate"]);
  assert.equal([code, stderr], [0, ""]);
  for (const server of [api, other])
    await until("the process knows both keys", async () => (await kids(server)).length === 2);
  const both = await kids(api);
  assert.equal(await kids(other), both);
  const fresh = both.find((kid) => !before.includes(kid)) ?? "";
  assert.match(stdout, fresh);
  const login = async (server: TestApi) =>
    (await server.clients().identity.login({ login: user.email, password: PASSWORD })).tokens?.accessToken ?? "";
  await until("the new key signs", async () => {
    const token = await login(api);
    // Whichever key signed it, the other process takes it at once.
    await other.clients({ token }).identity.getProfile({});
    return kidOf(token) === fresh;
  });
  for (const server of [api, other]) assert.ok(await server.clients({ token: user.token }).identity.getProfile({}));
});

test("a retired key verifies while its tokens live, and is then gone from the JWKS and the database", async () => {
  const user = await api.signUp("CUSTOMER");
  const kid = kidOf(user.token) ?? "";
  await runCommand(["keys", "rotate"]);
  await sleep(3_000);
  await api.clients({ token: user.token }).identity.getProfile({});
  await runSql(
    api.database,
    "UPDATE identity.signing_keys SET retired_at = now() - interval '17 minutes' WHERE kid = $1",
    [kid],
  );
  for (const server of [api, other])
    await until("the retired key is gone", async () => !(await kids(server)).includes(kid));
  const third = await startTestApi();
  const { code } = await third
    .clients({ token: user.token })
    .identity.getProfile({})
    .then(
      () => ({ code: "answered" }),
      () => ({ code: "refused" }),
    );
  await third.stop();
  assert.is(code, "refused");
  await runCommand(["keys", "rotate"]);
  assert.equal(await runSql(api.database, "SELECT FROM identity.signing_keys WHERE kid = $1", [kid]), []);
});

test("keys that were stored in plain text are encrypted at the next start with KEY_ENCRYPTION_KEY, and sign on", async () => {
  const stored = async () =>
    (await runSql<{ key: string }>(api.database, "SELECT private_key AS key FROM identity.signing_keys")).map(
      ({ key }) => key,
    );
  assert.ok((await stored()).every((key) => key.includes("PRIVATE KEY")));
  const user = await api.signUp("CUSTOMER");
  const secret = randomBytes(32).toString("base64");
  const sealed = await startTestApi({ KEY_ENCRYPTION_KEY: secret });
  const now = await stored();
  assert.ok(
    now.every((key) => key.startsWith("aes-256-gcm$") && !key.includes("PRIVATE")),
    now.join(),
  );
  await sealed.clients({ token: user.token }).identity.getProfile({});
  const { tokens } = await sealed.clients().identity.login({ login: user.email, password: PASSWORD });
  await api.clients({ token: tokens?.accessToken ?? "" }).identity.getProfile({});
  await sealed.stop();
  const { code, stderr } = await runCommand(["keys", "rotate"], { environment: { KEY_ENCRYPTION_KEY: secret } });
  assert.equal([code, stderr], [0, ""]);
  assert.ok((await stored()).every((key) => key.startsWith("aes-256-gcm$")));
  for (const wrong of [undefined, randomBytes(32)]) {
    const problem: unknown = await SigningKeys.open(api.database, wrong).catch((error: unknown) => error);
    assert.ok(problem instanceof StartupError && problem.message.includes("KEY_ENCRYPTION_KEY"));
  }
});

test("production does not start without KEY_ENCRYPTION_KEY, and nowhere with one that is no key", async () => {
  const production = await runCommand(["keys", "rotate"], { environment: { NODE_ENV: "production" } });
  assert.is(production.code, 1);
  assert.match(production.stderr, /KEY_ENCRYPTION_KEY is not set.*openssl rand -base64 32/);
  const problem: unknown = await startTestApi({ NODE_ENV: "production" }).catch((error: unknown) => error);
  assert.ok(problem instanceof StartupError);
  for (const value of ["short", "x".repeat(44), randomBytes(16).toString("base64")]) {
    const { code, stderr } = await runCommand(["keys", "rotate"], { environment: { KEY_ENCRYPTION_KEY: value } });
    assert.is(code, 1);
    assert.match(stderr, /KEY_ENCRYPTION_KEY must be 32 bytes/);
    assert.not.match(stderr, value);
  }
});

test.run();
