/** What the load generators are told and tell. */
import { spawn } from "node:child_process";
import path from "node:path";

export interface LoadOrder {
  host: string;
  port: number;
  /** /bodega.order.v1.OrderService/PlaceOrder */
  path: string;
  token?: string;
  callers: number;
  seconds: number;
  /** GET sends no body: the path says it all. */
  method?: "GET";
  /** How long a caller who is refused waits before he sends the next one; not at all unless told. Half as long to half as long again. */
  restMs?: number;
  /** Sent in turn: JSON texts, or messages in base64 for gRPC. */
  bodies: string[];
}

export interface LoadResult {
  done: number;
  /** Of these, what was not answered with success; and of these what was refused with RESOURCE_EXHAUSTED. */
  failed: number;
  refused: number;
  seconds: number;
  /** Latency of success in microseconds. */
  p50Us: number;
  p99Us: number;
  /** CPU of the generator, start included. */
  cpuUs: number;
}

export function latencies(timesUs: number[]): { p50Us: number; p99Us: number } {
  const sorted = Float64Array.from(timesUs).sort();
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return { p50Us: at(0.5), p99Us: at(0.99) };
}

export async function generate(protocol: "json" | "grpc", order: LoadOrder): Promise<LoadResult> {
  const generator = spawn(process.execPath, [path.join(import.meta.dirname, `load-${protocol}.ts`)], { stdio: ["pipe", "pipe", "inherit"] });
  generator.stdin.end(JSON.stringify(order));
  let said = "";
  for await (const chunk of generator.stdout.setEncoding("utf8")) said += String(chunk);
  return JSON.parse(said);
}
