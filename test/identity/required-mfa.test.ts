/** REQUIRE_MFA: who must have a second factor and has none may get one, and nothing else; and guesses at codes are bounded. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clientsBy, PASSWORD, startTestApi, type TestApi, withToken } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";
import { totpCode, wrongCode } from "../support/totp.ts";

test("an admin without one opens nothing but its enrolment, over both protocols, until it has one", async () => {
  await withApi({ REQUIRE_MFA: "admins" }, async (api) => {
    const admin = await api.signUp("ADMIN");
    const half = api.clients(admin);
    const overGrpc = clientsBy(withToken(api.grpc, admin.token));
    for (const clients of [half, overGrpc]) {
      assert.ok((await clients.identity.getProfile({})).user);
      for (const call of [
        () => clients.identity.listUsers({}),
        () => clients.order.listOrders({}),
        () => clients.catalog.searchProducts({}),
        () => clients.identity.changePassword({ currentPassword: PASSWORD, newPassword: "another battery staple" }),
        () => firstOf(clients.order.watchOrders({})),
      ]) {
        assert.is(await reasonOf(call()), "MFA_REQUIRED");
      }
    }
    const { tokens } = await api.clients().identity.login({ login: admin.email, password: PASSWORD });
    const { secret } = await half.identity.enrolTotp({ currentPassword: PASSWORD });
    await half.identity.confirmTotp({ code: totpCode(secret) });
    assert.is(await reasonOf(half.identity.listUsers({})), "MFA_REQUIRED", "the old token says what it said");
    const { tokens: whole } = await api.clients().identity.refreshTokens({ refreshToken: tokens?.refreshToken ?? "" });
    assert.ok((await api.clients({ token: whole?.accessToken ?? "" }).identity.listUsers({})).users.length > 0);
    assert.ok((await api.clients(await api.signUp("CUSTOMER")).order.listOrders({})).orders);
  });
});

test("nobody must have one where it is not required", async () => {
  await withApi({}, async (api) => {
    assert.ok((await api.clients(await api.signUp("ADMIN")).identity.listUsers({})).users.length > 0);
  });
});

test("wrong codes count as wrong passwords do, at the sign-in and behind it, and right ones do not", async () => {
  await withApi({ RATE_LIMITS: "sign-in-account=3/10m" }, async (api) => {
    const user = await api.signUp("CUSTOMER");
    const own = api.clients(user).identity;
    const { secret } = await own.enrolTotp({ currentPassword: PASSWORD });
    await own.confirmTotp({ code: totpCode(secret, -1) });
    const anyone = api.clients().identity;
    const half = () => anyone.login({ login: user.email, password: PASSWORD });
    for (let times = 0; times < 4; times++) await half();
    const code = wrongCode(secret);
    assert.is(await reasonOf(anyone.completeLogin({ mfaToken: (await half()).mfaToken, code })), "WRONG_MFA_CODE");
    assert.is(await reasonOf(own.disableTotp({ currentPassword: PASSWORD, code })), "WRONG_MFA_CODE");
    const { mfaToken } = await half();
    assert.is(await reasonOf(anyone.completeLogin({ mfaToken, code })), "WRONG_MFA_CODE");
    assert.is(await reasonOf(anyone.completeLogin({ mfaToken, code: totpCode(secret) })), "RATE_LIMITED");
    assert.is(await reasonOf(own.disableTotp({ currentPassword: PASSWORD, code: totpCode(secret) })), "RATE_LIMITED");
    assert.is(await reasonOf(half()), "RATE_LIMITED");
  });
});

async function firstOf(stream: AsyncIterable<unknown>): Promise<unknown> {
  for await (const message of stream) return message;
  return undefined;
}

async function withApi(environment: Record<string, string>, work: (api: TestApi) => Promise<void>): Promise<void> {
  const api = await startTestApi(environment);
  try {
    await work(api);
  } finally {
    await api.stop();
  }
}

test.run();
