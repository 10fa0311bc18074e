/**
 * Placing orders: the whole stack (network, token, validation, PostgreSQL with fsync on) against pgbench's
 * hand-written transaction, against a call that does nothing, and how it grows with the callers.
 *
 * BENCH_SECONDS (5) and BENCH_RUNS (3, of which the median counts) make it shorter or longer. Rates depend on what the
 * load generator takes of the same cores; CPU for each order hardly does, so ratios of it are what to compare.
 */
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { generate, type LoadResult } from "./load.ts";
import { bodyOf, type Protocol } from "./order-body.ts";
import { type Measured, measuredTable, middle, plot } from "./report.ts";
import { type ApiUnderLoad, openStage, type Stage } from "./stage.ts";
import { sqlAlone } from "./sql-alone.ts";
import { pgbenchPath, runYardstick } from "./yardstick.ts";

const CALLERS = 64;
const GROWTH = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 5);
const RUNS = Number(process.env["BENCH_RUNS"] ?? 3);
/** Different orders for each second of load; each has a request id of its own, so none is sent twice. */
const BODIES_PER_SECOND = 30_000;

interface Load {
  protocol: Protocol;
  /** Everybody wants one product of one store. */
  hot?: boolean;
  callers?: number;
  seconds?: number;
}

const stage = await openStage();
try {
  const rows = [...(await yardsticks()), ...(await emptyCalls()), ...(await orders())];
  console.log(measuredTable("calls", rows));
  const growth = await grow();
  console.log(`\n${measuredTable("orders by gRPC, random, 2 API processes", growth)}\n\n${plot(growth.map(([name, { perSecond }]) => [name, perSecond]))}`);
} finally {
  await stage.stop();
}

async function yardsticks(): Promise<[string, Measured][]> {
  const pgbench = pgbenchPath();
  if (pgbench === undefined) {
    console.log("pgbench is missing (Debian: apt-get install postgresql); going on without the yardstick.");
    return [];
  }
  const rows: [string, Measured][] = [];
  for (const hot of [false, true]) {
    for (const callers of [CALLERS, 1]) {
      rows.push([`pgbench, ${hot ? "hot" : "random"}, ${callers}`, await medianOf(async () => yardstick(pgbench, { hot, callers }))]);
    }
  }
  rows.push(["the product's SQL alone, random, 1", await medianOf(alone)]);
  return rows;
}

async function alone(): Promise<Measured> {
  const before = stage.databaseUs();
  const { done, seconds, p50Us, p99Us, clientUs } = await sqlAlone(stage.databaseUrl, SECONDS);
  return { perSecond: done / seconds, p50Us, p99Us, apiUs: clientUs, databaseUs: (stage.databaseUs() - before) / done, generatorUs: 0 };
}

async function emptyCalls(): Promise<[string, Measured][]> {
  const api = await stage.startEmptyApi();
  const rows: [string, Measured][] = [];
  for (const protocol of ["json", "grpc"] as const) {
    await load(stage, api, { protocol, seconds: 2 });
    rows.push([`empty call, ${protocol}, ${CALLERS}`, await medianOf(() => load(stage, api, { protocol }))]);
  }
  await api.stop();
  return rows;
}

async function orders(): Promise<[string, Measured][]> {
  const rows: [string, Measured][] = [];
  for (const processes of [1, 2]) {
    const api = await stage.startApi(processes);
    for (const protocol of ["json", "grpc"] as const) {
      await load(stage, api, { protocol, seconds: 2 });
      const measure = (more: Partial<Load>) => medianOf(() => load(stage, api, { protocol, ...more }));
      rows.push([`order, ${protocol}, random, ${CALLERS}, ${processes} API`, await measure({})]);
      rows.push([`order, ${protocol}, hot, ${CALLERS}, ${processes} API`, await measure({ hot: true })]);
      rows.push([`order, ${protocol}, random, 1, ${processes} API`, await measure({ callers: 1 })]);
    }
    await api.stop();
  }
  return rows;
}

async function grow(): Promise<[string, Measured][]> {
  const api = await stage.startApi(2);
  const rows: [string, Measured][] = [];
  for (const callers of GROWTH) rows.push([`${callers} callers`, await load(stage, api, { protocol: "grpc", callers })]);
  await api.stop();
  return rows;
}

function yardstick(pgbench: string, options: { hot: boolean; callers: number }): Measured {
  const before = stage.databaseUs();
  const { perSecond, latencyUs, clientUs, transactions } = runYardstick(pgbench, stage.databaseUrl, { ...options, seconds: SECONDS });
  const databaseUs = (stage.databaseUs() - before) / transactions;
  return { perSecond, p50Us: latencyUs, p99Us: 0, apiUs: clientUs, databaseUs, generatorUs: 0 };
}

async function load({ databaseUs, token }: Stage, api: ApiUnderLoad, wish: Load): Promise<Measured> {
  const { protocol, hot = false, callers = CALLERS, seconds = SECONDS } = wish;
  const bodies = Array.from({ length: seconds * BODIES_PER_SECOND }, () => bodyOf(protocol, hot));
  const before = { api: api.cpuUs(), database: databaseUs() };
  const result: LoadResult = await generate(protocol, {
    host: "127.0.0.1",
    port: protocol === "json" ? api.port : api.grpcPort,
    path: pathOf(OrderService.method.placeOrder),
    token,
    callers,
    seconds,
    bodies,
  });
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.done} orders were not answered with success`);
  if (result.done > bodies.length) throw new Error(`${result.done} orders were sent of ${bodies.length}: some twice. Raise BODIES_PER_SECOND.`);
  return {
    perSecond: result.done / result.seconds,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    apiUs: (api.cpuUs() - before.api) / result.done,
    databaseUs: (databaseUs() - before.database) / result.done,
    generatorUs: result.cpuUs / result.done,
  };
}

async function medianOf(run: () => Promise<Measured>): Promise<Measured> {
  const runs: Measured[] = [];
  for (let index = 0; index < RUNS; index++) runs.push(await run());
  return middle(runs);
}
