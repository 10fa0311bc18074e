/** Tokens that somebody made up, bent or kept too long: none of them lets anybody in, on either port. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import jwt, { type JwtPayload } from "jsonwebtoken";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { PASSWORD, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";

let api: TestApi;
let user: TestUser;
let kid: string;
let privateKey: KeyObject;
let claims: JwtPayload;

test.before(async () => {
  api = await startTestApi();
  user = await api.signUp("CUSTOMER");
  ({ kid, privateKey } = (await SigningKeys.open(api.database)).signing);
  claims = jwt.verify(user.token, createPublicKey(privateKey), { algorithms: ["ES256"] }) as JwtPayload;
});
test.after(() => api.stop());

/** "answered", or why not; by both protocols, which must agree, of an RPC that needs a sign-in and of one that does not. */
async function fate(token: string): Promise<string> {
  const outcomes = await Promise.all(
    [api.connect, api.grpc].flatMap((transport) => {
      const { identity, inventory } = api.clients({ token, transport });
      return [identity.getProfile({}), inventory.listStores({})].map((answer: Promise<unknown>) =>
        answer.then(
          () => "answered",
          () => reasonOf(answer),
        ),
      );
    }),
  );
  assert.is(new Set(outcomes).size, 1, outcomes.join());
  return outcomes[0] ?? "";
}

function sign(change: object, key: KeyObject | string = privateKey, options: jwt.SignOptions = {}): string {
  return jwt.sign({ ...claims, ...change }, key, { algorithm: "ES256", keyid: kid, ...options });
}

test("the same claims, signed by our key, are the token that is accepted", async () => {
  assert.is(await fate(sign({})), "answered");
  assert.is(await fate(user.token), "answered");
});

test("a token without a signature is refused, whatever its header says", async () => {
  const [, body, signature] = user.token.split(".");
  const header = (alg: string) => Buffer.from(JSON.stringify({ alg, typ: "JWT", kid })).toString("base64url");
  for (const token of [
    `${header("none")}.${body}.`,
    `${header("NONE")}.${body}.${signature}`,
    `${header("ES256")}.${body}.`,
  ]) {
    assert.is(await fate(token), "INVALID_TOKEN");
  }
  assert.is(await fate(jwt.sign(claims, "", { algorithm: "none", keyid: kid })), "INVALID_TOKEN");
});

test("HS256 with the public key as the secret is refused", async () => {
  const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  const secrets = [pem.toString(), JSON.stringify(createPublicKey(privateKey).export({ format: "jwk" }))];
  for (const secret of secrets) {
    // The library itself refuses to sign so; what an attacker does is made by hand.
    const { createHmac } = await import("node:crypto");
    const head = Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT", kid })).toString("base64url");
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
    const signature = createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url");
    assert.is(await fate(`${head}.${body}.${signature}`), "INVALID_TOKEN");
  }
});

test("a stranger's key is refused, under our key's id, another one, or none", async () => {
  const { privateKey: stranger } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  for (const keyid of [kid, newId(), ""]) assert.is(await fate(sign({}, stranger, { keyid })), "INVALID_TOKEN");
  assert.is(
    await fate(
      jwt.sign(claims, stranger, {
        algorithm: "ES256",
        header: { alg: "ES256", jwk: {}, jku: "http://127.0.0.1:1/" } as jwt.JwtHeader,
      }),
    ),
    "INVALID_TOKEN",
  );
});

test("another audience, another issuer, a past end, a future start and no end are refused", async () => {
  const now = Math.floor(Date.now() / 1_000);
  const { exp: _exp, ...endless } = claims;
  for (const change of [
    { aud: "other" },
    { iss: "other" },
    { exp: now - 1 },
    { nbf: now + 3_600 },
    { aud: undefined },
    { iss: undefined },
  ]) {
    assert.is(await fate(sign(change)), "INVALID_TOKEN", JSON.stringify(change));
  }
  assert.is(await fate(jwt.sign(endless, privateKey, { algorithm: "ES256", keyid: kid })), "INVALID_TOKEN");
});

test("a token with a role that there is not, or without its session, is refused", async () => {
  for (const change of [{ role: "ROOT" }, { role: undefined }, { sid: undefined }, { gen: "1" }, { sub: undefined }]) {
    assert.is(await fate(sign(change)), "INVALID_TOKEN", JSON.stringify(change));
  }
});

test("a bent token, a refresh token and other text are refused", async () => {
  const { tokens } = await api.clients().identity.login({ login: user.email, password: PASSWORD });
  const [header, body, signature] = user.token.split(".");
  const admin = Buffer.from(JSON.stringify({ ...claims, role: "ADMIN" })).toString("base64url");
  for (const token of [
    `${header}.${admin}.${signature}`,
    `${header}.${body}`,
    `${user.token}x`,
    tokens?.refreshToken ?? "",
    "x",
    "null",
    "e30.e30.e30",
  ]) {
    assert.is(await fate(token), "INVALID_TOKEN", token);
  }
});

test("a token that was seen is not accepted past its end", async () => {
  const exp = Math.floor(Date.now() / 1_000) + 2;
  const token = sign({ exp });
  assert.is(await fate(token), "answered");
  await new Promise((resolve) => setTimeout(resolve, exp * 1_000 - Date.now() + 50));
  assert.is(await fate(token), "INVALID_TOKEN");
});

test("what is no bearer token is refused, also by RPCs for everybody", async () => {
  for (const authorization of [
    "Basic dTpw",
    "Bearer",
    "Bearer ",
    "Bearer a b",
    `Bearer ${user.token}, Bearer ${user.token}`,
  ]) {
    const response = await fetch(`${api.baseUrl}/bodega.inventory.v1.InventoryService/ListStores`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: "{}",
    });
    assert.is(response.status, 401, authorization);
    assert.match(await response.text(), "INVALID_TOKEN");
  }
});

test("an e-mail address or username that only looks like another is refused", async () => {
  const register = (change: object) =>
    refusalOf(
      api.clients().identity.register({ email: "new@example.com", username: "new-one", password: PASSWORD, ...change }),
    );
  for (const email of [
    "аdmin@bodega.example",
    "admin@bоdega.example",
    "ａdmin@bodega.example",
    "admin\u200b@bodega.example",
    "ADMİN@bodega.example",
  ]) {
    assert.equal([...new Set((await register({ email })).fields)], ["email"], email);
  }
  for (const username of ["аdmin", "admin\u0000", "admin\u202e", "adm\u0131n", "ad min"]) {
    assert.equal([...new Set((await register({ username })).fields)], ["username"], username);
  }
});

test("a password of as much as a request may hold is refused by its field's rules, before any handler could hash it, at every place that takes one", async () => {
  const password = "x".repeat(200 * 1024);
  const anyone = api.clients().identity;
  const mine = api.clients({ token: user.token }).identity;
  const calls: [() => Promise<unknown>, string][] = [
    [() => anyone.login({ login: user.email, password }), "password"],
    [() => anyone.register({ email: "long@example.com", username: "long", password }), "password"],
    [() => mine.changePassword({ currentPassword: PASSWORD, newPassword: password }), "new_password"],
    [() => mine.changePassword({ currentPassword: password, newPassword: PASSWORD }), "current_password"],
  ];
  for (const [call, field] of calls) {
    const { reason, fields } = await refusalOf(call());
    assert.equal([reason, fields], ["INVALID_FIELDS", [field]]);
  }
});

test.run();
