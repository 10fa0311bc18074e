/** The sign-in step: which tokens are believed, by RPCs that need one and by public ones. */
import { createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { create, type Message } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import jwt, { type JwtPayload } from "jsonwebtoken";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import type { SignedIn } from "../../src/platform/auth/caller.ts";
import { type Call, isStream } from "../../src/rpc/call.ts";
import { type Authenticate, authenticationStep } from "../../src/rpc/steps/authentication.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { callOf, thrown } from "../support/call.ts";
import { reasonOf } from "../support/refusal.ts";

let api: TestApi;
let customer: TestUser;
let anyone: Clients;
let key: { kid: string; private_key: string; public_jwk: JsonWebKey };
let claims: JwtPayload;

test.before(async () => {
  api = await startTestApi();
  customer = await api.signUp("CUSTOMER");
  anyone = api.clients();
  const [row] = await runSql<typeof key>(
    api.database,
    "SELECT kid, private_key, public_jwk FROM identity.signing_keys",
  );
  const decoded = jwt.decode(customer.token);
  if (row === undefined || decoded === null || typeof decoded === "string")
    throw new Error("there is no key or no token");
  key = row;
  claims = decoded;
});
test.after(() => api.stop());

/** What a header gets: an RPC that needs a caller, and a public one. */
async function answersTo(authorization: string): Promise<[string, string]> {
  const headers = { authorization };
  return Promise.all([
    outcome(anyone.order.listOrders({}, { headers })),
    outcome(anyone.catalog.listProducts({}, { headers })),
  ]);
}

async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "answered",
    (error: unknown) => reasonOf(Promise.reject(error)),
  );
}

/** A token of ours with some claims changed, or left out where they are undefined. */
function signed(change: object, options: jwt.SignOptions = {}): string {
  const kept = Object.entries({ ...claims, ...change }).filter(([, value]) => value !== undefined);
  return jwt.sign(Object.fromEntries(kept), key.private_key, { algorithm: "ES256", keyid: key.kid, ...options });
}

function unsigned(header: object, payload: object, signature = ""): string {
  return [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat(signature)
    .join(".");
}

test("without a header, public RPCs answer and the others ask to sign in", async () => {
  assert.equal(await Promise.all([outcome(anyone.order.listOrders({})), outcome(anyone.catalog.listProducts({}))]), [
    "NOT_SIGNED_IN",
    "answered",
  ]);
});

test("a token of ours is believed, whatever the scheme's case", async () => {
  assert.equal(await answersTo(`Bearer ${customer.token}`), ["answered", "answered"]);
  assert.equal(await answersTo(`bearer ${signed({ jti: "another" })}`), ["answered", "answered"]);
});

test("a header that is no bearer token is refused, also by public RPCs", async () => {
  for (const header of [
    "Basic YTpi",
    customer.token,
    "Bearer",
    "Bearer a b",
    `Bearer ${customer.token}, Bearer ${customer.token}`,
    "Bearer x",
  ]) {
    assert.equal(await answersTo(header), ["INVALID_TOKEN", "INVALID_TOKEN"], header.slice(0, 20));
  }
});

test("a token that is expired, not meant for here, or without what it must say is refused", async () => {
  const now = Math.floor(Date.now() / 1_000);
  const wrong = {
    expired: signed({ iat: now - 1_000, exp: now - 1 }),
    "of the future": signed({ nbf: now + 600 }),
    "of another issuer": signed({ iss: "somebody" }),
    "for another audience": signed({ aud: "something" }),
    "of an unknown role": signed({ role: "OWNER" }),
    "without an end": signed({ exp: undefined }),
    "without a subject": signed({ sub: undefined }),
  };
  for (const [what, token] of Object.entries(wrong)) {
    assert.equal(await answersTo(`Bearer ${token}`), ["INVALID_TOKEN", "INVALID_TOKEN"], what);
  }
});

test("a token that somebody else signed, or nobody, is refused", async () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const publicPem = createPublicKey({ key: key.public_jwk, format: "jwk" })
    .export({ type: "spki", format: "pem" })
    .toString();
  const [head, , signature] = customer.token.split(".");
  const admin = { ...claims, role: "ADMIN" };
  const forged = {
    "another key under our key's name": jwt.sign(claims, other, { algorithm: "ES256", keyid: key.kid }),
    "an unknown key's name": jwt.sign(claims, other, { algorithm: "ES256", keyid: "mine" }),
    "no key's name": jwt.sign(claims, other, { algorithm: "ES256" }),
    "the public key as a secret": jwt.sign(admin, publicPem, { algorithm: "HS256", keyid: key.kid }),
    "no signature": unsigned({ alg: "none", typ: "JWT", kid: key.kid }, admin),
    "the algorithm none in capitals": unsigned({ alg: "NONE", kid: key.kid }, admin),
    "another content under our signature": [
      head,
      Buffer.from(JSON.stringify(admin)).toString("base64url"),
      signature,
    ].join("."),
  };
  for (const [what, token] of Object.entries(forged)) {
    assert.equal(await answersTo(`Bearer ${token}`), ["INVALID_TOKEN", "INVALID_TOKEN"], what);
  }
});

const message = create(EmptySchema);
const somebody: SignedIn = { id: "somebody", role: "CUSTOMER", name: "somebody" };

/** What a stream of a signed-in caller gives before it fails, and with what. */
async function streamed(signIn: Omit<Authenticate, "verify">, messages: (call: Call) => AsyncIterable<Message>) {
  const step = authenticationStep({ verify: async () => somebody, ...signIn });
  const call = callOf({ method: OrderService.method.watchOrders, headers: { authorization: "Bearer token" } });
  const answer = await step(call, async () => messages(call));
  if (!isStream(answer)) throw new Error("the answer is no stream");
  const seen: unknown[] = [];
  const refusal = await thrown(
    (async () => {
      for await (const one of answer) seen.push(one);
    })(),
  );
  return { seen, reason: refusal instanceof Failure ? refusal.reason : refusal };
}

test("a stream ends before its next message when what its caller signed in with was ended", async () => {
  let isGood = true;
  async function requireGood() {
    if (!isGood) throw new Failure("INVALID_TOKEN", "");
  }
  const told = await streamed({ requireGood, onEnd: () => () => undefined }, async function* () {
    yield message;
    isGood = false;
    yield message;
  });
  assert.equal(told, { seen: [message], reason: "INVALID_TOKEN" });
});

test("a stream that waits is told at once, and nobody waits for its end when it is over", async () => {
  let end = (): void => undefined;
  let waiting = 0;
  function onEnd(_caller: SignedIn, ended: () => void) {
    waiting++;
    end = ended;
    return () => waiting--;
  }
  const told = await streamed({ requireGood: async () => undefined, onEnd }, async function* ({ signal }) {
    yield message;
    setImmediate(end);
    await new Promise<void>((resolve) => signal.onAbort(resolve));
    throw new Failure("CANCELED", "");
  });
  assert.equal(told, { seen: [message], reason: "INVALID_TOKEN" });
  assert.is(waiting, 0);
});

test("a token that was believed is not when it has ended", async () => {
  const token = signed({ exp: Math.floor(Date.now() / 1_000) + 2, jti: "short" });
  assert.is((await answersTo(`Bearer ${token}`))[0], "answered");
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  assert.is((await answersTo(`Bearer ${token}`))[0], "INVALID_TOKEN");
});

test.run();
