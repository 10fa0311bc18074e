/**
 * Overload: what the API still does when ten times as many callers come as it takes to bring it to its peak.
 *
 * The peak is the best of a growing crowd. Then ten times that crowd comes, first as callers who wait for as long as
 * RetryInfo says, then as some who try again at once. All in one run on one machine, so the ratio is what counts; the
 * callers take their share of the CPU too, and ten times as many take more.
 */
import { generate, type Protocol } from "./load.ts";
import { ordersFor } from "./load-api.ts";
import { type Measured, ratioOf, type Row, SECONDS } from "./measured.ts";
import { type ApiUnderLoad, openStage } from "./stage.ts";
import { tell } from "./tell.ts";

const CROWDS = [64, 128, 256];
const TIMES = 10;
/** Of the peak: the aim. */
const KEPT = 0.8;
/** Long enough that the first rush, which comes all at once, counts as the second or two that it is. */
const CROWD_SECONDS = 2 * SECONDS;
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
    await measure(api, protocol);
    await api.stop();
  }
} finally {
  await stage.stop();
}

async function measure(api: ApiUnderLoad, protocol: Protocol): Promise<void> {
  await load(api, { protocol, callers: 64, restMs: REST_MS });
  const crowds: { callers: number; row: Row; goodput: number }[] = [];
  for (const callers of CROWDS) crowds.push({ callers, ...(await load(api, { protocol, callers, restMs: REST_MS })) });
  const peak = crowds.reduce((best, crowd) => (crowd.goodput > best.goodput ? crowd : best));
  const rows = crowds.map(({ row }) => row);
  for (const restMs of [REST_MS, 0]) {
    const { row } = await load(api, { protocol, callers: peak.callers * TIMES, restMs });
    rows.push({ ...row, yardstick: peak.row.name });
  }
  tell({
    id: `overload-${protocol}`,
    title: `Ten times too many callers, ${protocol}`,
    method:
      "Orders that were confirmed, two API processes, one round each: a growing crowd brings the API to its peak, then ten times that crowd comes, first as callers " +
      "who wait as long as RetryInfo says, then as some who try again at once. The callers take their share of the same cores.",
    rows,
    aims: [
      {
        what: `orders under ten times the load, of the peak, ${protocol}`,
        figure: ratioOf(rows.at(-2), peak.row, "perSecond"),
        atLeast: KEPT,
      },
    ],
  });
}

async function load(api: ApiUnderLoad, { protocol, callers, restMs }: Crowd): Promise<{ row: Row; goodput: number }> {
  const calls = [ordersFor(CROWD_SECONDS, { protocol, hot: false, token: stage.token })];
  const port = protocol === "json" ? api.port : api.grpcPort;
  const { done, failed, refused, seconds, p50Us, p95Us, p99Us } = await generate(protocol, {
    host: "127.0.0.1",
    port,
    calls,
    callers,
    seconds: CROWD_SECONDS,
    restMs,
  });
  if (failed > refused)
    throw new Error(`${failed - refused} of ${done} orders failed otherwise than by RESOURCE_EXHAUSTED`);
  const goodput = (done - failed) / seconds;
  const round: Measured = {
    perSecond: goodput,
    refusedPerSecond: refused / seconds,
    p50Us,
    p95Us,
    p99Us,
    mib: api.residentBytes() / 2 ** 20,
  };
  return {
    row: { name: `${callers} callers${restMs === 0 ? " who try again at once" : ""}`, rounds: [round] },
    goodput,
  };
}
