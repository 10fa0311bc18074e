/** Requests with a `request_id`: their keys, and the form in which a refusal is kept for a retry. Pure. */
import { hash } from "node:crypto";
import { Failure, type Reason, reasons, type Violation } from "../errors/failure.ts";

export interface RequestKey {
  /** The caller's id. */
  caller: string;
  /** /bodega.order.v1.OrderService/PlaceOrder */
  rpc: string;
  requestId: string;
}

/** A request that carries an id. */
export interface Claim extends RequestKey {
  /** SHA-256 of the request: the same id with other content is refused. */
  fingerprint: Buffer;
}

/** The first answer: a message in binary form, or a refusal. */
export type StoredResponse = Uint8Array | Failure;

export function fingerprintOf(request: Uint8Array): Buffer {
  return hash("sha256", request, "buffer");
}

/** For maps: equal for equal keys. */
export function keyText({ caller, rpc, requestId }: RequestKey): string {
  return `${caller} ${rpc} ${requestId}`;
}

/**
 * Refusals that say something of the request; the others (away, too busy, a bug) say something of us, and may pass. Of
 * TOTAL_CHANGED nothing is kept, so that the buyer may agree with the same id and content when the total is back; and a
 * hold that ends makes room for another.
 */
export function isFinal({ reason }: Failure): boolean {
  return !PASSING.has(reason);
}

const PASSING: ReadonlySet<Reason> = new Set([
  "INTERNAL",
  "UNAVAILABLE",
  "TOO_BUSY",
  "RATE_LIMITED",
  "DEADLINE_EXCEEDED",
  "CANCELED",
  "NOT_IMPLEMENTED",
  "TOTAL_CHANGED",
  "TOO_MANY_HOLDS",
]);

export function requestIdReused(): Failure {
  const description = "was used with other content; take a new one for a new request";
  return new Failure("REQUEST_ID_REUSED", `request_id ${description}.`, {
    violations: [{ field: "request_id", description }],
  });
}

export interface StoredFailure {
  reason: string;
  message: string;
  metadata: Record<string, string>;
  violations: Violation[];
}

/** A refusal as JSON. */
export function toStored({ reason, message, metadata, violations }: Failure): string {
  return JSON.stringify({ reason, message, metadata, violations } satisfies StoredFailure);
}

/** @throws TypeError for a reason that no version of ours knows */
export function fromStored({ reason, message, metadata, violations }: StoredFailure): Failure {
  const known = reasonNames.find((name) => name === reason);
  if (known === undefined) throw new TypeError(`a stored refusal has the unknown reason ${reason}`);
  return new Failure(known, message, { metadata, violations });
}

const reasonNames = Object.keys(reasons).filter((name): name is Reason => name in reasons);
