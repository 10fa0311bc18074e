/**
 * Every metric that a process keeps, in one place: its name, meaning, labels. docs/operations.md's table is made of it.
 *
 * By prom-client and not by OpenTelemetry: a machine's processes are shown as one page, and prom-client can add up
 * registries, which OpenTelemetry's metrics cannot; it brings two small packages and the API, and an observation costs
 * 0.35 µs, a count 0.1 µs; all that is counted of a call costs 0.6 µs, beside the 180 of an order
 * (test/bench/telemetry.bench.ts). Labels hold names from the code only, never what a caller sends, so that the number
 * of series is bounded; none is called `job` or `instance`, which Prometheus gives to every series itself.
 */
import { type Aggregator, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import packageJson from "../../../package.json" with { type: "json" };

export const registry = new Registry();
const registers = [registry];

/** From what a cached read takes to where callers give up. */
const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Up to the largest batch of orders. */
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64];

function counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
  return new Counter({ name, help, labelNames, registers });
}

/** @param aggregator what several processes' values make together */
function gauge<L extends string = never>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  aggregator: Aggregator = "sum",
): Gauge<L> {
  return new Gauge({ name, help, labelNames, aggregator, registers });
}

function histogram<L extends string = never>(
  name: string,
  help: string,
  labelNames: readonly L[],
  buckets: number[],
): Histogram<L> {
  return new Histogram({ name, help, labelNames, buckets, registers });
}

export const metrics = {
  build: gauge("bodega_build_info", "always 1; which version runs, under which Node", ["version", "node"], "max"),
  processes: gauge("bodega_processes", "processes that answered this scrape", ["kind"]),
  restarts: counter(
    "bodega_process_restarts_total",
    "processes that ended by themselves, or were of no use any more, and were started again",
    ["kind"],
  ),
  silences: counter(
    "bodega_process_silences_total",
    "processes that answered nothing and were ended for that; each is a restart too",
    ["kind"],
  ),

  callersConnections: gauge("bodega_connections_open", "connections of callers that are open", ["port"]),
  callersConnectionsMax: gauge("bodega_connections_max", "connections of callers that may be open", ["port"]),
  callersRefused: counter(
    "bodega_connections_refused_total",
    "connections that were closed at once: as many were open as may be (full), or as one address may have (address), or there was no descriptor (descriptors)",
    ["port", "cause"],
  ),

  rpcDuration: histogram(
    "bodega_rpc_duration_seconds",
    "unary calls by how they ended, and how long they took inside the server",
    ["service", "method", "code"],
    CALL_SECONDS,
  ),
  rpcInFlight: gauge("bodega_rpc_in_flight", "unary calls that are being answered"),
  streamsOpen: gauge("bodega_rpc_streams_open", "server streams that are open", ["service", "method"]),
  streamsEnded: counter("bodega_rpc_streams_ended_total", "server streams by how they ended", [
    "service",
    "method",
    "code",
  ]),
  signInWaiting: gauge(
    "bodega_sign_in_waiting",
    "calls that wait for a password to be hashed, the one at work among them",
  ),

  connections: gauge("bodega_database_connections", "connections of the pools to PostgreSQL, in use or idle", [
    "database",
    "state",
  ]),
  connectionsMax: gauge("bodega_database_connections_max", "connections that the pools may open", ["database"]),
  connectionWaiters: gauge("bodega_database_waiting", "statements and transactions that wait for a free connection", [
    "database",
  ]),
  replicaInUse: gauge(
    "bodega_replica_in_use",
    "1 while a replica is read from; the least of the processes",
    ["replica"],
    "min",
  ),
  replicaLagBytes: gauge(
    "bodega_replica_lag_bytes",
    "what the primary has written and a replica has not replayed",
    ["replica"],
    "max",
  ),
  replicaLag: gauge("bodega_replica_lag_seconds", "for how long a replica has not had everything", ["replica"], "max"),
  replicaReads: counter("bodega_replica_reads_total", "reads that a replica has answered", ["replica"]),
  replicaFallbacks: counter("bodega_replica_fallbacks_total", "reads that went to the primary for want of a replica"),
  redisConnected: gauge(
    "bodega_redis_connected",
    "1 while there is a connection to Redis, for limits and the cache (API) or for jobs (worker); the least of the processes",
    ["purpose"],
    "min",
  ),
  cacheReads: counter(
    "bodega_cache_reads_total",
    "reads of what may be kept, by where the answer came from: ready bytes, memory, Redis, a read that was under way, PostgreSQL, or PostgreSQL because nothing could be trusted",
    ["source"],
  ),

  orders: counter("bodega_orders_total", "orders that came to a status, after the commit", ["status"]),
  orderBatch: histogram(
    "bodega_orders_per_transaction",
    "orders that were placed together by one transaction",
    [],
    BATCH_SIZES,
  ),
  orderLockWaiters: gauge(
    "bodega_orders_waiting_for_locks",
    "orders that wait aside because somebody else has a row that they need locked",
  ),
  ordersInHand: gauge(
    "bodega_orders_in_hand",
    "orders that are being placed, those that wait for the next transaction among them",
  ),
  checkViolations: counter(
    "bodega_check_violations_total",
    "transactions that PostgreSQL refused by a CHECK constraint: always 0. In inventory.stock it guards against overselling: the code would have sold what was not there",
    ["table"],
  ),

  queueWaiting: gauge(
    "bodega_queue_waiting",
    "what waits: events without a position (outbox), events that a consumer has not taken over (outbox_…) or that one of a release before never will (abandoned_…), e-mails that are due and not sent (email)",
    ["queue"],
    "max",
  ),
  queueAge: gauge(
    "bodega_queue_oldest_age_seconds",
    "how long the oldest of them has waited; 0 when nothing waits",
    ["queue"],
    "max",
  ),
  deadLetters: gauge("bodega_dead_letters", "messages that were given up after their last attempt", ["queue"], "max"),
  redisJobs: gauge("bodega_redis_jobs", "jobs in Redis, by their state: waiting or active", ["queue", "state"], "max"),
  deliveries: counter("bodega_deliveries_total", "attempts to send an e-mail, or to call a webhook, by their outcome", [
    "queue",
    "outcome",
  ]),
  destinationsAway: gauge(
    "bodega_destinations_away",
    "mail servers that take nothing (email: 1 or 0), receivers that do not answer (webhooks), as the worker sees it that sees the most of them",
    ["queue"],
    "max",
  ),

  jobRuns: counter("bodega_job_runs_total", "rounds of periodic work by its name and their outcome", [
    "name",
    "outcome",
  ]),
  jobLastRun: gauge(
    "bodega_job_last_run_timestamp_seconds",
    "when the last round ended, well or not (Unix time)",
    ["name"],
    "max",
  ),
  jobLastSuccess: gauge(
    "bodega_job_last_success_timestamp_seconds",
    "when a round last ended well (Unix time)",
    ["name"],
    "max",
  ),
};

export type ProcessKind = "api" | "worker" | "supervisor";

/** What has few values begins at 0: an alert on its first increase needs the value before. */
for (const kind of ["api", "worker"] as const) {
  metrics.restarts.inc({ kind }, 0);
  metrics.silences.inc({ kind }, 0);
}
for (const status of ["PENDING", "CONFIRMED", "REJECTED", "CANCELLED", "SHIPPED", "DELIVERED"])
  metrics.orders.inc({ status }, 0);
metrics.checkViolations.inc({ table: "inventory.stock" }, 0);
for (const queue of ["email", "webhooks"])
  for (const outcome of ["sent", "failed", "given up"]) metrics.deliveries.inc({ queue, outcome }, 0);

/** Gauges of prom-client's that are called like counters, which Prometheus' own check complains of. Those beside them tell the same. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** Begins with what every process has: Node's own metrics, and its build. */
export function observeProcess(kind: ProcessKind): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  metrics.build.set({ version: packageJson.version, node: process.version }, 1);
  metrics.processes.set({ kind }, 1);
}

/** Calls `look`, which sets gauges, before each scrape. @returns ends it */
export function onScrape(look: () => Promise<void> | void): () => void {
  looks.add(look);
  return () => {
    looks.delete(look);
  };
}

const looks = new Set<() => Promise<void> | void>();

/**
 * The values of every metric as of now, in a form that other processes can add up. A look that fails leaves its gauges
 * as it left them, and the others are shown.
 */
export async function snapshot(): Promise<Snapshot> {
  await Promise.allSettled([...looks].map(async (look) => look()));
  return registry.getMetricsAsJSON();
}

export type Snapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;
