/** What the load generators are told and tell. */
import { spawn } from "node:child_process";
import path from "node:path";
import type { Measured } from "./measured.ts";

export type Protocol = "json" | "grpc";

export interface LoadOrder {
  host: string;
  port: number;
  callers: number;
  seconds: number;
  /** Made by turns. */
  calls: CallKind[];
  /** How long a caller who is refused waits before he sends the next one; not at all unless told. Half as long to half as long again. */
  restMs?: number;
}

export interface CallKind {
  /** /bodega.order.v1.OrderService/PlaceOrder */
  path: string;
  token?: string;
  /** GET sends no body: its bodies are queries, put behind the path. */
  method?: "GET";
  /** How many of them a turn has; one unless told. */
  times?: number;
  /** Sent one after the other: JSON texts, or messages in base64 for gRPC. */
  bodies: string[];
}

export interface LoadResult extends Required<Pick<Measured, "p50Us" | "p95Us" | "p99Us">> {
  done: number;
  /** Of these, what was not answered with success; and of these what was refused with RESOURCE_EXHAUSTED. */
  failed: number;
  refused: number;
  seconds: number;
  /** CPU of the generator, start included. */
  cpuUs: number;
}

/** So many calls compile what a server runs all the time. */
const WARM = 10_000;
const WARMING_SECONDS = 2;

export async function generate(protocol: Protocol, order: LoadOrder): Promise<LoadResult> {
  const generator = spawn(process.execPath, [path.join(import.meta.dirname, `load-${protocol}.ts`)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  generator.stdin.end(JSON.stringify(order));
  let said = "";
  for await (const chunk of generator.stdout.setEncoding("utf8")) said += String(chunk);
  return JSON.parse(said);
}

/** Loads until every process has answered ten thousand calls. @param load for so many seconds. @returns calls */
export async function warm(load: (seconds: number) => Promise<number>, processes = 1): Promise<void> {
  for (let done = 0; done < WARM * processes;) done += await load(WARMING_SECONDS);
}

/** For the generators: what to send next, by turns. */
export function turnsOf<Request>(kinds: CallKind[], make: (kind: CallKind, body: string) => Request): () => Request {
  const made = kinds.map((kind) => ({
    times: kind.times ?? 1,
    next: 0,
    requests: kind.bodies.map((body) => make(kind, body)),
  }));
  const turn = made.flatMap((kind) => Array.from({ length: kind.times }, () => kind));
  let at = 0;
  return () => {
    const kind = turn[at++ % turn.length];
    const request = kind?.requests[kind.next++ % kind.requests.length];
    if (request === undefined) throw new RangeError("there is nothing to send");
    return request;
  };
}
