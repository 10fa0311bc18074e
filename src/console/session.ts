/**
 * The console's session: the refresh token in a cookie that no script can read, the access token in the answer's body.
 *
 *     POST   /console/session           {"login", "password"} → {"user", "accessToken", "accessTokenExpireTime"}, or {"mfaToken"}
 *     POST   /console/session/code      {"mfaToken", "code"} → {"user", "accessToken", "accessTokenExpireTime"}
 *     POST   /console/session/refresh   {} → {"accessToken", "accessTokenExpireTime"}
 *     DELETE /console/session           {} → {}
 *
 * Each is the RPC that it stands for (Login, CompleteLogin, RefreshTokens, Logout), run through the same steps and refused in the same
 * words; only the refresh token takes another way. It serves once, so the pages of one browser should refresh one
 * after the other (navigator.locks): of two at once one page's cookie is lost, which ends nothing. Without a cookie there is nothing to
 * refresh or to end: that is no error, since every visitor's page asks, and is answered 204.
 *
 * A page of another origin can do nothing here: browsers send it no SameSite cookie, must ask before they send JSON, and
 * say where they come from; who does not say it is refused. The RPCs themselves never look at a cookie.
 */
import { type DescMethod, isMessage, type Message, toJson } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import {
  type CompleteLoginResponse,
  CompleteLoginResponseSchema,
  IdentityService,
  type LoginResponse,
  LoginResponseSchema,
  RefreshTokensResponseSchema,
} from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { type Tokens, TokensSchema } from "../../gen/bodega/identity/v1/tokens_pb.ts";
import { UserSchema } from "../../gen/bodega/identity/v1/user_pb.ts";
import { Failure } from "../platform/errors/failure.ts";
import { type Call, isStream, type Rpc } from "../rpc/call.ts";
import { pathOfUrl } from "../rpc/http/protocols/router.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../rpc/http/handler.ts";
import { goneSignal, toCall } from "../rpc/http/protocols/to-call.ts";
import { type Exchange, readBody } from "../rpc/http/read-body.ts";
import { isSecure, type SecureOptions } from "../rpc/http/secure.ts";
import { toConnectError } from "../rpc/error-details.ts";
import { toFailure } from "../rpc/steps/errors.ts";

export interface SessionOptions extends SecureOptions {
  rpcs: readonly Rpc[];
}

/** Which RPC it is; `byCookie`: its one field is the cookie's token, whatever the body says. */
interface Operation {
  method: DescMethod;
  byCookie: boolean;
}

const PATH = "/console/session";
/** Over TLS no other host of the domain can set it, which its name tells browsers; they want it for all paths then. */
const SECURE_COOKIE = "__Host-bodega-refresh";
/** In plain text, and of the release before over TLS too: there it is read until the next one. */
const COOKIE = "bodega-refresh";
const { login, completeLogin, refreshTokens, logout } = IdentityService.method;
/** By path and method; over HTTP/2 a method is any word at all. */
const operations = new Map<string, Map<string, Operation>>([
  [
    PATH,
    new Map([
      ["POST", { method: login, byCookie: false }],
      ["DELETE", { method: logout, byCookie: true }],
    ]),
  ],
  [`${PATH}/code`, new Map([["POST", { method: completeLogin, byCookie: false }]])],
  [`${PATH}/refresh`, new Map([["POST", { method: refreshTokens, byCookie: true }]])],
]);

/** Answers what is under /console/session and leaves the rest to `next`. */
export function sessionOr(next: HttpHandler, options: SessionOptions): HttpHandler {
  return (request, response) => {
    const allowed = operations.get(pathOfUrl(request.url ?? ""));
    if (allowed === undefined) return next(request, response);
    const operation = allowed.get(request.method ?? "");
    // Whatever CORS_ORIGINS says: this is for the page of this very origin.
    response.removeHeader("access-control-allow-origin");
    response.setHeader("cache-control", "no-store");
    if (operation !== undefined) return answer(operation, options, request, response);
    const methods = [...allowed.keys()].join(", ");
    response.setHeader("allow", methods);
    send(response, 405, { message: `The method must be one of: ${methods}` });
  };
}

async function answer(
  { method, byCookie }: Operation,
  options: SessionOptions,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const secure = isSecure(request, options);
  const signal = goneSignal(response);
  const body = await bodyOf({ request, response, signal }, { method, byCookie }, secure).catch((error: unknown) =>
    toFailure(error, { requestId: "" }),
  );
  if (body === undefined) return sendNothing(response);
  const call = toCall(method, request, { body, signal });
  try {
    // Before any step, or a stranger's page could use up the limits of a sign-in.
    if (body instanceof Failure) throw body;
    const message = await run(options.rpcs, call);
    const tokens = tokensOf(message);
    if (tokens !== undefined || method === logout) setCookie(request, response, tokens, secure);
    send(response, 200, contentOf(message, tokens), call);
  } catch (error) {
    const failure = toFailure(error, call);
    // What is no session any more need not be asked for again; one that only could not be reached stays.
    if (failure.reason === "INVALID_REFRESH_TOKEN") setCookie(request, response, undefined, secure);
    send(response, codeToHttpStatus(failure.code), errorToJson(toConnectError(failure), undefined), call);
  }
}

/** undefined where it needs the cookie and there is none. @throws Failure FOREIGN_ORIGIN, MALFORMED_REQUEST, MESSAGE_TOO_LARGE */
async function bodyOf(exchange: Exchange, { method, byCookie }: Operation, secure: boolean) {
  const { request } = exchange;
  if (!isOwnPage(request, secure)) {
    throw new Failure(
      "FOREIGN_ORIGIN",
      "Only the console's own page may do this. Programs call Login, RefreshTokens and Logout.",
    );
  }
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new Failure("MALFORMED_REQUEST", "The content type must be application/json.");
  }
  const sent = await readBody({ method }, exchange);
  const token = tokenOf(request, secure);
  if (byCookie && token === undefined) return undefined;
  const bytes = byCookie ? Buffer.from(JSON.stringify({ refreshToken: token })) : sent;
  return { encoding: "json" as const, bytes, timeoutMs: undefined };
}

/** By what browsers say and pages cannot change: the page's origin is where its request goes. */
function isOwnPage({ headers, authority }: HttpRequest & { authority?: string }, secure: boolean): boolean {
  const site = headers["sec-fetch-site"];
  const origin = URL.parse(headers.origin ?? "");
  if (origin === null || (site !== undefined && site !== "same-origin")) return false;
  return origin.host === (headers.host ?? authority) && (!secure || origin.protocol === "https:");
}

function tokenOf(request: HttpRequest, secure: boolean): string | undefined {
  return (secure ? cookieOf(request, SECURE_COOKIE) : undefined) ?? cookieOf(request, COOKIE);
}

function cookieOf({ headers }: HttpRequest, name: string): string | undefined {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}

async function run(rpcs: readonly Rpc[], call: Call): Promise<Message> {
  const rpc = rpcs.find(({ method }) => method === call.method);
  const message = await rpc?.run(call);
  if (message === undefined || isStream(message)) throw new TypeError(`${call.method.name} is not served`);
  return message;
}

function tokensOf(message: Message): Tokens | undefined {
  return isSignIn(message) || isMessage(message, RefreshTokensResponseSchema) ? message.tokens : undefined;
}

function isSignIn(message: Message): message is LoginResponse | CompleteLoginResponse {
  return isMessage(message, LoginResponseSchema) || isMessage(message, CompleteLoginResponseSchema);
}

/** The refresh token stays out of what scripts can read. */
function contentOf(message: Message, tokens: Tokens | undefined): object {
  const user = isSignIn(message) && message.user !== undefined ? { user: toJson(UserSchema, message.user) } : {};
  const mfa = isMessage(message, LoginResponseSchema) && message.mfaToken !== "" ? { mfaToken: message.mfaToken } : {};
  if (tokens === undefined) return { ...user, ...mfa };
  return {
    ...user,
    ...Object(toJson(TokensSchema, { ...tokens, refreshToken: "", refreshTokenExpireTime: undefined })),
  };
}

/** Without tokens the cookie ends; so does that of the release before. */
function setCookie(request: HttpRequest, response: HttpResponse, tokens: Tokens | undefined, secure: boolean): void {
  const endMs =
    tokens?.refreshTokenExpireTime === undefined ? 0 : timestampMs(tokens.refreshTokenExpireTime) - Date.now();
  const lifetimeS = Math.max(0, Math.floor(endMs / 1_000));
  const token = tokens?.refreshToken ?? "";
  if (!secure) {
    response.setHeader("set-cookie", cookie(`${COOKIE}=${token}`, PATH, lifetimeS));
    return;
  }
  const own = `${cookie(`${SECURE_COOKIE}=${token}`, "/", lifetimeS)}; Secure`;
  const hasOlder = cookieOf(request, COOKIE) !== undefined;
  response.setHeader("set-cookie", hasOlder ? [own, `${cookie(`${COOKIE}=`, PATH, 0)}; Secure`] : own);
}

function cookie(pair: string, path: string, lifetimeS: number): string {
  return [pair, `Path=${path}`, `Max-Age=${lifetimeS}`, "HttpOnly", "SameSite=Strict"].join("; ");
}

function sendNothing(response: HttpResponse): void {
  if (response.destroyed || response.writableEnded) return;
  response.statusCode = 204;
  response.end();
}

function send(response: HttpResponse, status: number, content: unknown, call?: Call): void {
  if (response.destroyed || response.writableEnded) return;
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  for (const [name, value] of call?.answerHeaders ?? []) response.setHeader(name, value);
  response.end(JSON.stringify(content));
}
