/** What the log says of signing in: whose account and from where, whatever became of it; and nothing that may be a password. */
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { insertUser, PASSWORD } from "../support/api.ts";
import { type LoggedApi, type LogLine, startLoggedApi } from "../support/logged-api.ts";

const HERE = "203.0.113.7";
const headers = { "x-forwarded-for": HERE };
const database = openDatabase({ url: process.env["TEST_DATABASE_OWNER_URL"] ?? "", pool: 1, name: "test" });

let api: LoggedApi;
test.before(async () => {
  api = await startLoggedApi({ TRUSTED_PROXIES: "127.0.0.1", RATE_LIMITS: "sign-in-account=1/60s" });
});
test.after(async () => {
  await Promise.all([api.stop(), database.close()]);
});

function identity() {
  return createClient(IdentityService, createConnectTransport({ baseUrl: api.baseUrl, httpVersion: "1.1" }));
}

/** What the line of a call says of the account and the address. */
async function told(call: Promise<unknown>): Promise<Pick<LogLine, "account" | "login" | "address" | "reason">> {
  await call.catch(() => undefined);
  const { account, login, address, reason } = api.lines.at(-1) ?? { msg: "" };
  return Object.fromEntries(
    Object.entries({ account, login, address, reason }).filter(([, value]) => value !== undefined),
  );
}

test("a sign-in is logged with its account and address, whether it went well, was wrong or came too often", async () => {
  const { id, email } = await insertUser(database, "CUSTOMER");
  const signIn = (login: string, password: string) => told(identity().login({ login, password }, { headers }));
  assert.equal(await signIn(email, PASSWORD), { account: id, address: HERE });
  assert.equal(await signIn(email, "not the password"), { account: id, address: HERE, reason: "WRONG_CREDENTIALS" });
  assert.equal(await signIn(email, PASSWORD), { account: id, address: HERE, reason: "RATE_LIMITED" });
  assert.equal(await signIn("nobody@test.example", PASSWORD), {
    login: "nobody@test.example",
    address: HERE,
    reason: "WRONG_CREDENTIALS",
  });
  assert.equal(await signIn("Tr0ub4dor and 3", PASSWORD), { address: HERE, reason: "WRONG_CREDENTIALS" });
});

test("so are a registration, a refresh and a change of password; other calls tell no address", async () => {
  const anyone = identity();
  const registered = anyone.register(
    { email: "logged@test.example", username: "logged", password: PASSWORD },
    { headers },
  );
  const line = await told(registered);
  const { user, tokens } = await registered;
  assert.equal(line, { account: user?.id, address: HERE });
  assert.equal(await told(anyone.refreshTokens({ refreshToken: "nonsense" }, { headers })), {
    address: HERE,
    reason: "INVALID_REFRESH_TOKEN",
  });
  const signedIn = { headers: { ...headers, authorization: `Bearer ${tokens?.accessToken}` } };
  const change = { currentPassword: "not the password", newPassword: "another good phrase" };
  assert.equal(await told(anyone.changePassword(change, signedIn)), { address: HERE, reason: "WRONG_CREDENTIALS" });
  assert.is(api.lines.at(-1)?.caller, user?.id);
  assert.equal(await told(anyone.getProfile({}, signedIn)), {});
});

test.run();
