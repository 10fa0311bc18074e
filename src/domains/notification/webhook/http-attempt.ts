/**
 * One attempt to bring a message to a webhook: an HTTP POST within ten seconds, to a permitted address only.
 *
 * It is the status that decides, as soon as it is there. Redirects are not followed: an address that was not checked
 * when the webhook was made is none that anybody chose.
 */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { messageOf } from "../../../platform/telemetry/outage.ts";
import { inSpan } from "../../../platform/telemetry/tracing.ts";
import type { Address, AddressGuard } from "./address-guard.ts";
import { signatureHeaders } from "./signature.ts";

export interface Message {
  /** Of the delivery. */
  id: string;
  url: string;
  /** `whsec_…` */
  secret: string;
  payload: string;
  /** W3C Trace Context of what caused it. Goes with the message as it is where nothing is traced here. */
  traceparent?: string | undefined;
}

export interface Outcome {
  succeeded: boolean;
  /** The HTTP status; 0 when nothing came back. */
  status: number;
  /** How the answer's body began. */
  body: string;
  /** Why nothing came back; "" otherwise. */
  error: string;
  durationMs: number;
}

export interface HttpAttemptDeps {
  guard: AddressGuard;
  /** Default: 10 s, from the resolving of the name to the end of what is read. */
  timeoutMs?: number;
  /** Certificate authorities (PEM) instead of the well-known ones. */
  ca?: string;
}

const TIMEOUT_MS = 10_000;
const MAX_BODY_CHARACTERS = 1_024;
/** As many bytes as that many characters of UTF-8 may take. */
const MAX_BODY_BYTES = 4 * MAX_BODY_CHARACTERS;

/** In a span whose context the message carries. @param stop ends it without an outcome. @throws what `stop` was aborted with, and nothing else */
export async function attempt(message: Message, parts: HttpAttemptDeps, stop?: AbortSignal): Promise<Outcome> {
  return inSpan(
    { name: "call webhook", kind: "client", attributes: { "http.request.method": "POST" } },
    async (span) => {
      const { traceparent = message.traceparent } = span ?? {};
      const outcome = await timed({ ...message, traceparent }, parts, stop);
      if (outcome.status !== 0) span?.set("http.response.status_code", outcome.status);
      if (!outcome.succeeded) span?.fail(outcome.status === 0 ? "no answer" : `${outcome.status}`);
      return outcome;
    },
  );
}

async function timed(message: Message, parts: HttpAttemptDeps, stop: AbortSignal | undefined): Promise<Outcome> {
  const { timeoutMs = TIMEOUT_MS } = parts;
  const start = performance.now();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const signal = stop === undefined ? late.signal : AbortSignal.any([late.signal, stop]);
  try {
    return outcomeOf(await post(message, parts, signal), start);
  } catch (error) {
    stop?.throwIfAborted();
    return outcomeOf(
      {
        status: 0,
        body: "",
        error: late.signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : messageOf(error),
      },
      start,
    );
  } finally {
    clearTimeout(timer);
  }
}

type Answer = Pick<Outcome, "status" | "body" | "error">;

function outcomeOf(answer: Answer, start: number): Outcome {
  const succeeded = answer.status >= 200 && answer.status < 300;
  return { ...answer, succeeded, durationMs: Math.round(performance.now() - start) };
}

async function post(message: Message, { guard, ca }: HttpAttemptDeps, signal: AbortSignal): Promise<Answer> {
  const url = new URL(message.url);
  const addresses = await unless(signal, guard.addressesOf(url));
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: "POST",
      headers: headersOf(message),
      // A connection of its own: one that is kept goes to an address that was checked another time.
      agent: false,
      lookup: pinnedTo(addresses),
      signal,
      ca,
    });
    // From here on nobody hears of an error: the status is what counts.
    sent.on("response", (response) =>
      resolve(startOf(response).then((body) => ({ status: response.statusCode ?? 0, body, error: "" }))),
    );
    sent.on("error", reject);
    sent.on("close", () => reject(new Error("the connection was closed without an answer")));
    sent.end(message.payload);
  });
}

function headersOf({ id, secret, payload: body, traceparent }: Message): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1_000);
  return {
    "content-type": "application/json",
    "content-length": `${Buffer.byteLength(body)}`,
    "user-agent": "bodega-webhooks",
    ...(traceparent === undefined ? {} : { traceparent }),
    ...signatureHeaders(secret, { id, timestamp, body }),
  };
}

/** Answers with what was checked, whatever the name would lead to now. */
function pinnedTo(addresses: Address[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, addresses);
    else callback(null, first?.address ?? "", first?.family);
  };
}

/** What has come of the body until it ends, breaks, is enough or takes too long. */
async function startOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAX_BODY_BYTES) break;
    }
  } catch {
    // What has come is all.
  }
  response.destroy();
  const text = Buffer.concat(chunks).toString("utf8");
  // PostgreSQL's text takes every character but one.
  return Array.from(text).slice(0, MAX_BODY_CHARACTERS).join("").replaceAll("\0", "\u{FFFD}");
}

/** A name is resolved by the system, which nobody can interrupt; it is left to itself. */
async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const give = () => reject(new Error("it took too long"));
  signal.addEventListener("abort", give);
  if (signal.aborted) give();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", give);
  }
}
