/** The console's session: a cookie that no script reads and no foreign page uses, and the same rules as the RPCs'. */
import { readFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PASSWORD, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { selfSignedCertificate } from "../support/certificate.ts";
import { reasonOf } from "../support/refusal.ts";
import { totpCode, wrongCode } from "../support/totp.ts";

const SESSION = "/console/session";
const CODE = "/console/session/code";
const REFRESH = "/console/session/refresh";

let api: TestApi;
let proxied: TestApi;
let limited: TestApi;
let user: TestUser;

test.before(async () => {
  [api, proxied, limited] = await Promise.all([
    startTestApi(),
    startTestApi({ TRUSTED_PROXIES: "127.0.0.1", CORS_ORIGINS: "https://other.example" }),
    startTestApi({ RATE_LIMITS: "sign-in-account=2/60s" }),
  ]);
  user = await api.signUp("ADMIN");
});
test.after(async () => {
  await Promise.all([api.stop(), proxied.stop(), limited.stop()]);
});

interface Sent {
  method?: string;
  body?: object;
  cookie?: string;
  headers?: Record<string, string>;
  to?: TestApi;
}

interface Answered {
  status: number;
  /** The reason of a refusal. */
  reason: string | undefined;
  body: Record<string, unknown>;
  /** Of Set-Cookie: "" when the cookie is ended, undefined when there is none. */
  cookie: string | undefined;
  flags: string[];
  headers: Headers;
}

async function send(
  path: string,
  { method = "POST", body = {}, cookie, headers = {}, to = api }: Sent = {},
): Promise<Answered> {
  const own = {
    origin: to.baseUrl,
    "content-type": "application/json",
    ...(cookie === undefined ? {} : { cookie: `theme=dark; bodega-refresh=${cookie}` }),
  };
  const answer = await fetch(to.baseUrl + path, {
    method,
    headers: { ...own, ...headers },
    body: JSON.stringify(body),
  });
  const [pair, ...flags] = (answer.headers.get("set-cookie") ?? "").split("; ");
  const content = JSON.parse((await answer.text()) || "{}");
  const reason =
    content.details?.find(({ type }: { type: string }) => type === "google.rpc.ErrorInfo")?.debug?.reason ??
    content.details?.[0]?.debug?.reason;
  return {
    status: answer.status,
    reason,
    body: content,
    cookie: pair === "" ? undefined : pair?.replace("bodega-refresh=", ""),
    flags,
    headers: answer.headers,
  };
}

const credentials = () => ({ login: user.email, password: PASSWORD });

test("signing in gives the access token to the page and the refresh token to the browser alone", async () => {
  const { status, body, cookie, flags, headers } = await send(SESSION, { body: credentials() });
  assert.is(status, 200);
  assert.match(cookie ?? "", /^[\w-]{43}$/);
  assert.equal(flags.toSpliced(1, 1), [`Path=${SESSION}`, "HttpOnly", "SameSite=Strict"]);
  // An admin's: twelve hours.
  assert.match(flags[1] ?? "", /^Max-Age=(43199|43200)$/);
  assert.equal(Object.keys(body).sort(), ["accessToken", "accessTokenExpireTime", "user"]);
  assert.is(Reflect.get(Object(body["user"]), "id"), user.id);
  assert.is(headers.get("cache-control"), "no-store");
  const { identity } = api.clients({ token: String(body["accessToken"]) });
  assert.is((await identity.getProfile({})).user?.id, user.id);
});

test("with a second factor the password gives no cookie, and the code gives what a sign-in gives", async () => {
  const owner = await api.signUp("ADMIN");
  const own = api.clients(owner).identity;
  const { secret } = await own.enrolTotp({ currentPassword: PASSWORD });
  await own.confirmTotp({ code: totpCode(secret, -1) });
  const half = await send(SESSION, { body: { login: owner.email, password: PASSWORD } });
  assert.equal([half.status, Object.keys(half.body), half.cookie], [200, ["mfaToken"], undefined]);
  const { mfaToken } = half.body;
  const wrong = await send(CODE, { body: { mfaToken, code: wrongCode(secret) } });
  assert.equal([wrong.status, wrong.reason, wrong.cookie], [401, "WRONG_MFA_CODE", undefined]);
  const whole = await send(CODE, { body: { mfaToken, code: totpCode(secret) } });
  assert.equal([whole.status, Object.keys(whole.body).sort()], [200, ["accessToken", "accessTokenExpireTime", "user"]]);
  assert.not(JSON.stringify(whole.body).includes(whole.cookie ?? "missing"));
  assert.is((await send(REFRESH, { cookie: whole.cookie ?? "" })).status, 200);
});

test("a refresh changes the cookie, also for two tabs at once; a cookie from before ends the family and itself", async () => {
  const first = await send(SESSION, { body: credentials() });
  const tabs = await Promise.all([1, 2].map(() => send(REFRESH, { cookie: first.cookie ?? "" })));
  for (const { status, body } of tabs)
    assert.equal([status, Object.keys(body).sort()], [200, ["accessToken", "accessTokenExpireTime"]]);
  assert.is(new Set([first, ...tabs].map(({ cookie }) => cookie)).size, 3);
  const next = await send(REFRESH, { cookie: tabs[1]?.cookie ?? "" });
  assert.is(next.status, 200);
  const again = await send(REFRESH, { cookie: first.cookie ?? "" });
  assert.equal([again.status, again.cookie, again.flags[1]], [401, "", "Max-Age=0"]);
  const last = await send(REFRESH, { cookie: next.cookie ?? "" });
  assert.equal([last.status, last.cookie], [401, ""]);
});

test("signing out ends session and cookie; without one there is nothing to end or to go on with, and no refusal", async () => {
  const { cookie = "" } = await send(SESSION, { body: credentials() });
  const out = await send(SESSION, { method: "DELETE", cookie });
  assert.equal([out.status, out.body, out.cookie], [200, {}, ""]);
  assert.is(await reasonOf(api.clients().identity.refreshTokens({ refreshToken: cookie })), "INVALID_REFRESH_TOKEN");
  for (const nothing of [await send(REFRESH), await send(SESSION, { method: "DELETE" })]) {
    assert.equal([nothing.status, nothing.body, nothing.cookie], [204, {}, undefined]);
  }
});

test("wrong credentials, broken rules and limits are answered as by the RPC, and leave no cookie", async () => {
  const wrong = await send(SESSION, { body: { ...credentials(), password: "something else" } });
  assert.equal([wrong.status, wrong.reason, wrong.cookie], [401, "WRONG_CREDENTIALS", undefined]);
  const empty = await send(SESSION);
  assert.equal([empty.status, empty.reason], [400, "INVALID_FIELDS"]);
  for (let n = 0; n < 2; n++) await send(SESSION, { to: limited, body: { ...credentials(), password: "guess" } });
  const full = await send(SESSION, { to: limited, body: credentials() });
  assert.equal([full.status, full.reason], [429, "RATE_LIMITED"]);
  assert.ok(full.headers.has("retry-after") && full.headers.has("x-request-id"));
});

test("a page of another origin is refused, whatever it sends, and uses up no limit", async () => {
  const { cookie = "" } = await send(SESSION, { body: credentials() });
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "" },
    { origin: api.baseUrl.replace("127.0.0.1", "localhost") },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site" },
  ];
  for (const headers of foreign) {
    for (const [path, method] of [
      [SESSION, "POST"],
      [REFRESH, "POST"],
      [SESSION, "DELETE"],
    ] as const) {
      const { status, cookie: set } = await send(path, { method, cookie, headers, body: credentials() });
      assert.equal([status, set], [403, undefined], `${method} ${path} ${JSON.stringify(headers)}`);
    }
  }
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    assert.is((await send(SESSION, { headers: { "content-type": type }, body: credentials() })).status, 400);
  }
  assert.is((await send(REFRESH, { cookie })).status, 200, "the session goes on");
  const allowed = await send(SESSION, {
    to: proxied,
    headers: { origin: "https://other.example" },
    body: credentials(),
  });
  assert.equal(
    [allowed.status, allowed.headers.get("access-control-allow-origin")],
    [403, null],
    "CORS_ORIGINS change nothing here",
  );
  assert.is((await send(SESSION, { method: "PUT" })).status, 405);
});

test("the RPCs never look at a cookie", async () => {
  const { cookie = "" } = await send(SESSION, { body: credentials() });
  for (const rpc of ["RefreshTokens", "GetProfile", "Logout"]) {
    const { status } = await send(`/bodega.identity.v1.IdentityService/${rpc}`, { cookie });
    assert.is(status, rpc === "GetProfile" ? 401 : 400, rpc);
  }
  assert.is((await send(REFRESH, { cookie })).status, 200);
});

test("the cookie is Secure behind TLS and behind a trusted proxy that says https, and nobody else is believed", async () => {
  const origin = api.baseUrl.replace("http:", "https:");
  const forwarded = { "x-forwarded-proto": "https" };
  const trusted = await send(SESSION, {
    to: proxied,
    headers: { ...forwarded, origin: proxied.baseUrl.replace("http:", "https:") },
    body: credentials(),
  });
  assert.match(trusted.cookie ?? "", /^__Host-[\w-]{43}$/);
  assert.ok(trusted.flags.includes("Secure") && trusted.flags.includes("Path=/"));
  const insecurePage = await send(SESSION, { to: proxied, headers: forwarded, body: credentials() });
  assert.is(insecurePage.status, 403, "a page without TLS is another origin");
  const stranger = await send(SESSION, { headers: { ...forwarded, origin }, body: credentials() });
  assert.equal([stranger.status, stranger.flags.includes("Secure")], [200, false]);
});

test("over TLS the cookie has the name that no other host can set, and one of the release before serves once more", async () => {
  const headers = { "x-forwarded-proto": "https", origin: proxied.baseUrl.replace("http:", "https:") };
  const { cookie: older = "" } = await send(SESSION, { body: credentials() });
  const next = await send(REFRESH, { to: proxied, headers, cookie: older });
  assert.is(next.status, 200);
  const [own = "", ended = ""] = next.headers.getSetCookie();
  assert.match(own, /^__Host-bodega-refresh=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
  assert.match(ended, /^bodega-refresh=; Path=\/console\/session; Max-Age=0;/);
  const pair = own.slice(0, own.indexOf(";"));
  const last = await send(REFRESH, { to: proxied, headers: { ...headers, cookie: `bodega-refresh=forged; ${pair}` } });
  assert.is(last.status, 200, "its own name goes before");
  assert.is((await send(REFRESH, { headers: { cookie: pair } })).status, 204, "without TLS there is no such cookie");
});

test("over TLS the cookie is Secure", async () => {
  const { certFile, keyFile } = await selfSignedCertificate();
  const secure = await startTestApi({ TLS_CERT: certFile, TLS_KEY: keyFile });
  try {
    const url = new URL(SESSION, secure.baseUrl.replace("http:", "https:"));
    const agent = new Agent({ ca: readFileSync(certFile) });
    const headers = { origin: url.origin, "content-type": "application/json" };
    const cookies = await new Promise<string[]>((resolve, reject) => {
      const asked = httpsRequest(url, { method: "POST", agent, headers }, (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.headers["set-cookie"] ?? []));
      });
      asked.once("error", reject);
      asked.end(JSON.stringify(credentials()));
    });
    agent.destroy();
    assert.match(cookies[0] ?? "", /; Secure$/);
  } finally {
    await secure.stop();
  }
});

test.run();
