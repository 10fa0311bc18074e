/**
 * Who is signed in: the access token, kept in this page's memory and nowhere else.
 *
 * The refresh token is in a cookie that no script can read; the server's small endpoint changes it for a new one. Each
 * serves once, and a late second use would end the session, so that the tabs of one browser take turns.
 */
import type { JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorFromJson } from "@connectrpc/connect/protocol-connect";

const ENDPOINT = "/console/session";
/** A token that ends sooner is changed before it is used. */
const EARLY_MS = 30_000;
/** The name of the turn that the tabs take. */
const LOCK = "bodega-session";

export interface SignedInUser {
  id: string;
  username: string;
  role: "CUSTOMER" | "ADMIN" | "SERVICE";
}

interface Held {
  token: string;
  user: SignedInUser;
  /** Milliseconds since 1970. */
  expireMs: number;
}

let held: Held | undefined;
let refreshing: Promise<boolean> | undefined;
const listeners = new Set<() => void>();

/** For `useSyncExternalStore`: the same object until somebody else is signed in. */
export const session = {
  user: (): SignedInUser | undefined => held?.user,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** @returns what asks for a code of the account's app, where it has one. @throws ConnectError with the reason of the refusal */
export async function signIn(login: string, password: string): Promise<string | undefined> {
  const content = await ask("POST", "", { login, password });
  hold(textAt(content, "accessToken"));
  return textAt(content, "mfaToken");
}

/** Ends a sign-in that asks for a code. @throws ConnectError with the reason of the refusal */
export async function giveCode(mfaToken: string, code: string): Promise<void> {
  hold(textAt(await ask("POST", "/code", { mfaToken, code }), "accessToken"));
}

/** Goes on with the cookie's session. False where there is none. @throws ConnectError when nothing answers */
export function resume(): Promise<boolean> {
  refreshing ??= inTurn(async () => {
    const token = textAt(await ask("POST", "/refresh"), "accessToken");
    hold(token);
    return token !== undefined;
  }).finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

export async function signOut(): Promise<void> {
  hold(undefined);
  await ask("DELETE", "");
}

/** The token to send now; undefined when nobody is signed in. */
export async function accessToken(): Promise<string | undefined> {
  if (held !== undefined && held.expireMs - EARLY_MS < Date.now()) await resume();
  return held?.token;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  // Without TLS and not on this machine, a browser has no locks.
  return "locks" in navigator ? navigator.locks.request(LOCK, work) : work();
}

/** @returns the answer; null without a session */
async function ask(method: string, path: string, body?: object): Promise<JsonValue> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(ENDPOINT + path, { method, headers, body: JSON.stringify(body ?? {}) }).catch(
    (error: unknown) => {
      throw ConnectError.from(error, Code.Unavailable);
    },
  );
  const content: JsonValue = answer.headers.get("content-type")?.includes("json") === true ? await answer.json() : null;
  if (answer.ok) return content;
  if (path === "/refresh" && answer.status === 401) return null;
  throw refusalOf(content, answer.headers);
}

/** Refusals have the form of an RPC's. */
function refusalOf(content: JsonValue, headers: Headers): ConnectError {
  return errorFromJson(content, headers, new ConnectError("The sign-in did not work.", Code.Unknown, headers));
}

function hold(token: string | undefined): void {
  const before = held?.user;
  held = token === undefined ? undefined : heldBy(token);
  // The same person with a newer token is no news.
  if (held !== undefined && before?.id === held.user.id && before.role === held.user.role) held.user = before;
  else for (const listener of listeners) listener();
}

/** What the token says of its owner. It is the server's to verify; here it only decides what is shown. */
function heldBy(token: string): Held | undefined {
  const [, payload = ""] = token.split(".");
  const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
  const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const role = textAt(claims, "role");
  if (role !== "CUSTOMER" && role !== "ADMIN" && role !== "SERVICE") return undefined;
  const expireMs = (numberAt(claims, "exp") ?? 0) * 1000;
  return {
    token,
    expireMs,
    user: { id: textAt(claims, "sub") ?? "", username: textAt(claims, "username") ?? "", role },
  };
}

function valueAt(object: unknown, key: string): unknown {
  return typeof object === "object" && object !== null ? Reflect.get(object, key) : undefined;
}

function textAt(object: unknown, key: string): string | undefined {
  const value = valueAt(object, key);
  return typeof value === "string" ? value : undefined;
}

function numberAt(object: unknown, key: string): number | undefined {
  const value = valueAt(object, key);
  return typeof value === "number" ? value : undefined;
}
