/**
 * Overload: what the API still does when ten times as many callers come as it takes to bring it to its peak.
 *
 * The peak is the best of a growing crowd. Then ten times that crowd comes, first as callers who wait for as long as
 * RetryInfo says, then as some who try again at once. All in one run on one machine, so the ratio is what counts; the
 * callers take their share of the CPU too, and ten times as many take more.
 */
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { generate, type LoadResult } from "./load.ts";
import { bodyOf, type Protocol } from "./order-body.ts";
import { table } from "./report.ts";
import { type ApiUnderLoad, openStage } from "./stage.ts";

const CROWDS = [64, 128, 256];
const TIMES = 10;
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 5);
const BODIES_PER_SECOND = 30_000;
/** What RetryInfo says, on average. */
const REST_MS = 1_000;

interface Crowd {
  protocol: Protocol;
  callers: number;
  restMs: number;
}

const stage = await openStage();
try {
  for (const protocol of ["json", "grpc"] as const) {
    const api = await stage.startApi(2);
    console.log(`${await measured(api, protocol)}\n`);
    await api.stop();
  }
} finally {
  await stage.stop();
}

async function measured(api: ApiUnderLoad, protocol: Protocol): Promise<string> {
  await load(api, { protocol, callers: 64, restMs: REST_MS });
  const rows: string[][] = [];
  let peak = { callers: 0, goodput: 0 };
  for (const callers of CROWDS) {
    const { row, goodput } = await load(api, { protocol, callers, restMs: REST_MS });
    rows.push(row);
    if (goodput > peak.goodput) peak = { callers, goodput };
  }
  for (const restMs of [REST_MS, 0]) {
    const { row, goodput } = await load(api, { protocol, callers: peak.callers * TIMES, restMs });
    rows.push([...row.slice(0, -1), (goodput / peak.goodput).toFixed(2)]);
  }
  return table([`orders, ${protocol}, 2 API processes`, "confirmed/s", "p50 ms", "p99 ms", "refused/s", "MiB", "of the peak"], rows);
}

async function load(api: ApiUnderLoad, { protocol, callers, restMs }: Crowd): Promise<{ row: string[]; goodput: number }> {
  const result: LoadResult = await generate(protocol, {
    host: "127.0.0.1",
    port: protocol === "json" ? api.port : api.grpcPort,
    path: pathOf(OrderService.method.placeOrder),
    token: stage.token,
    callers,
    seconds: SECONDS,
    restMs,
    bodies: Array.from({ length: SECONDS * BODIES_PER_SECOND }, () => bodyOf(protocol, false)),
  });
  const { done, failed, refused, seconds, p50Us, p99Us } = result;
  if (failed > refused) throw new Error(`${failed - refused} of ${done} orders failed otherwise than by RESOURCE_EXHAUSTED`);
  const goodput = (done - failed) / seconds;
  const name = `${callers} callers${restMs === 0 ? " who try again at once" : ""}`;
  const figures = [goodput, p50Us / 1000, p99Us / 1000, refused / seconds, api.residentBytes() / 2 ** 20].map((figure) => figure.toFixed(0));
  return { row: [name, ...figures, ""], goodput };
}
