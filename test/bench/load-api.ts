/** Loads an API and tells what a round of that was: rate, latencies, CPU, memory. */
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { type CallKind, generate, type LoadOrder, type Protocol } from "./load.ts";
import type { Measured } from "./measured.ts";
import { bodyOf } from "./order-body.ts";
import type { ApiUnderLoad, Stage } from "./stage.ts";

/** Different ones for each second of load; each has a request id of its own, so none is sent twice. */
export const ORDERS_PER_SECOND = 15_000;
const MIB = 2 ** 20;

export interface Load extends Pick<LoadOrder, "calls" | "callers" | "seconds"> {
  protocol: Protocol;
}

export interface Loaded extends Measured {
  done: number;
}

/** @throws Error where a call was not answered with success */
export async function loadApi(
  { databaseUs }: Pick<Stage, "databaseUs">,
  api: ApiUnderLoad,
  { protocol, ...load }: Load,
): Promise<Loaded> {
  const before = { api: api.cpuUs(), database: databaseUs() };
  const result = await generate(protocol, {
    host: "127.0.0.1",
    port: protocol === "json" ? api.port : api.grpcPort,
    ...load,
  });
  const { done, failed, seconds, p50Us, p95Us, p99Us, cpuUs } = result;
  if (failed > 0) throw new Error(`${failed} of ${done} calls were not answered with success`);
  const mib = api.residentBytes() / MIB;
  return {
    done,
    perSecond: done / seconds,
    p50Us,
    p95Us,
    p99Us,
    apiUs: (api.cpuUs() - before.api) / done,
    databaseUs: (databaseUs() - before.database) / done,
    generatorUs: cpuUs / done,
    ...(mib === 0 ? {} : { mib }),
  };
}

/** @param hot whether everybody wants one product of one store */
export function ordersFor(
  seconds: number,
  { protocol, hot, token }: { protocol: Protocol; hot: boolean; token: string },
): CallKind {
  const bodies = Array.from({ length: seconds * ORDERS_PER_SECOND }, () => bodyOf(protocol, hot));
  return { path: pathOf(OrderService.method.placeOrder), token, bodies };
}
