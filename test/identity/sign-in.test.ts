/** Registering and signing in: who gets a token, what it says, and who gets none. */
import { createPublicKey, type JsonWebKey } from "node:crypto";
import jwt from "jsonwebtoken";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { type Clients, PASSWORD, startTestApi, type TestApi } from "../support/api.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";

let api: TestApi;
let anyone: Clients;

test.before(async () => {
  api = await startTestApi();
  anyone = api.clients();
});
test.after(() => api.stop());

const ada = {
  email: "Ada@Example.com",
  username: "Ada.L",
  password: PASSWORD,
  firstName: "Ada",
  lastName: "Lovelace",
  phone: "+44 20 7946 0000",
};

test("whoever registers is signed in, and signs in again by e-mail or username in any case", async () => {
  const { user, tokens } = await anyone.identity.register(ada);
  assert.equal(
    [user?.email, user?.username, user?.firstName, user?.role, user?.disabled],
    ["Ada@Example.com", "Ada.L", "Ada", Role.CUSTOMER, false],
  );
  assert.ok(tokens?.accessToken !== "" && tokens?.refreshToken !== "");
  for (const login of ["ada@example.COM", "ADA.l"]) {
    assert.equal((await anyone.identity.login({ login, password: PASSWORD })).user, user);
  }
});

test("an e-mail address and a username exist once, whatever their case, also when two register at once", async () => {
  assert.equal(await refusalOf(anyone.identity.register({ ...ada, email: "ADA@EXAMPLE.COM", username: "other" })), {
    code: "AlreadyExists",
    reason: "EMAIL_TAKEN",
    fields: ["email"],
    metadata: {},
  });
  assert.is(
    await reasonOf(anyone.identity.register({ ...ada, email: "other@example.com", username: "aDA.L" })),
    "USERNAME_TAKEN",
  );
  const outcomes = await race(5, (index) =>
    anyone.identity
      .register({ ...ada, email: `twin${index}@example.com`, username: "twin" })
      .then(() => "made", reasonOfError),
  );
  assert.equal(tally(outcomes), { made: 1, USERNAME_TAKEN: 4 });
});

async function reasonOfError(error: unknown): Promise<string> {
  return reasonOf(Promise.reject(error));
}

test("a wrong password and an unknown account get the same answer", async () => {
  const wrong = await refusalOf(anyone.identity.login({ login: ada.email, password: "not the password" }));
  const unknown = await refusalOf(anyone.identity.login({ login: "nobody@example.com", password: "not the password" }));
  assert.equal(wrong, { code: "Unauthenticated", reason: "WRONG_CREDENTIALS", fields: [], metadata: {} });
  assert.equal(unknown, wrong);
});

test("weak passwords, look-alike addresses and odd usernames are refused", async () => {
  const register = (change: object) =>
    refusalOf(anyone.identity.register({ ...ada, email: "new@example.com", username: "new-one", ...change }));
  assert.is((await register({ password: "short" })).reason, "INVALID_FIELDS");
  assert.is((await register({ password: "Password123" })).reason, "WEAK_PASSWORD");
  assert.is((await register({ password: "NEW@example.com" })).reason, "WEAK_PASSWORD");
  assert.equal((await register({ email: "аda@example.com" })).fields[0], "email");
  assert.equal((await register({ email: "no address" })).fields[0], "email");
  assert.equal((await register({ username: "a b" })).fields[0], "username");
});

test("an access token is verified by anyone from the JWKS and says who it is for how long", async () => {
  const { user, tokens } = await anyone.identity.login({ login: ada.email, password: PASSWORD });
  const response = await fetch(`${api.baseUrl}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] };
  const token = tokens?.accessToken ?? "";
  const kid = jwt.decode(token, { complete: true })?.header.kid;
  const jwk = keys.find((key) => key.kid === kid);
  assert.equal([jwk?.kty, jwk?.crv, Object.hasOwn(jwk ?? {}, "d")], ["EC", "P-256", false]);
  const claims = jwt.verify(token, createPublicKey({ key: jwk ?? {}, format: "jwk" }), {
    algorithms: ["ES256"],
    audience: "bodega",
    issuer: "bodega",
  });
  if (typeof claims === "string") throw new Error("the claims are no object");
  assert.equal(
    [claims.sub, claims["role"], claims["username"], claims["email"]],
    [user?.id, "CUSTOMER", "Ada.L", "Ada@Example.com"],
  );
  assert.is((claims.exp ?? 0) - (claims.iat ?? 0), 15 * 60);
  assert.ok(claims.jti);
});

test("neither a password nor a refresh token is stored as it is", async () => {
  const { tokens } = await anyone.identity.login({ login: ada.email, password: PASSWORD });
  const [row] = await runSql<{ users: string; tokens: string }>(
    api.database,
    `SELECT (SELECT string_agg(u::text, ' ') FROM identity.users u) AS users,
            (SELECT string_agg(t::text, ' ') FROM identity.refresh_tokens t) AS tokens`,
  );
  assert.match(row?.users ?? "", /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.not.match(row?.users ?? "", PASSWORD);
  assert.not.match(row?.tokens ?? "", tokens?.refreshToken ?? "");
});

test("two processes sign with the same key, whichever of them made it", async () => {
  const other = await startTestApi();
  const jwks = await Promise.all(
    [api, other].map(async ({ baseUrl }) => (await fetch(`${baseUrl}/.well-known/jwks.json`)).text()),
  );
  assert.is(jwks[0], jwks[1]);
  const { token } = await api.signUp("CUSTOMER");
  assert.equal((await other.clients({ token }).order.listOrders({})).orders, []);
  await other.stop();
});

test.run();
