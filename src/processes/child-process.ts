/**
 * The life of a process that a parent keeps: says when it is ready or why not, ends when it is told or orphaned.
 *
 * Ctrl-C reaches every process of the terminal; here it is ignored, because the parent stops its children in order.
 */
import { withTimeout } from "../platform/async/with-timeout.ts";
import type { Config } from "../platform/config/config.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { observeProcess, type ProcessKind, type Snapshot, snapshot } from "../platform/telemetry/metrics.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import { openTracing } from "../platform/telemetry/tracing.ts";
import { unawaited } from "../platform/async/unawaited.ts";
import { startMetricsServer, type MetricsServerOptions, pageOf } from "./metrics-server.ts";

/** What a child tells its parent. */
export type FromChild =
  | { kind: "ready"; port?: number; grpcPort?: number }
  | { kind: "problem"; message: string }
  | { kind: "metrics"; id: number; snapshot: Snapshot }
  | { kind: "alive" };

/** What a parent asks of its child: the values of its metrics, or only whether it is there. */
export type FromParent = { kind: "metrics?"; id: number } | { kind: "alive?" };

export interface Stoppable {
  stop(): Promise<void>;
}

export interface ChildProcessOptions {
  kind: ProcessKind;
  /** Where a process without a parent shows its metrics, one with a parent tells them to it; and what is traced. */
  config: Pick<Config, "host" | "opsPort" | "tracing">;
  log: Logger;
  /** Starts its work. What it gives back beside `stop` is told to the parent as ready. */
  begin: () => Promise<Stoppable & { port?: number; grpcPort?: number }>;
}

/** What does not stop by then is left where it is: a database that is away must not hold the end of a process. */
export const STOP_TIMEOUT_MS = 12_000;
const EXIT_FORCED = 1;

/** Starts the process's work and stays until it is told to end; then exits with 0, within STOP_TIMEOUT_MS. */
export async function runAsChild({ kind, config, log, begin }: ChildProcessOptions): Promise<void> {
  const told = untilTold();
  let endTracing: (() => Promise<void>) | undefined;
  const running = await beginOrTell(async () => {
    observeProcess(kind);
    await answerQuestions({ ...config, log });
    endTracing = await openTracing(config.tracing, `bodega-${kind}`, log);
    return begin();
  });
  tell({ kind: "ready", port: running.port, grpcPort: running.grpcPort });
  await told;
  const stop = async () => {
    await running.stop();
    await endTracing?.();
  };
  await withTimeout(STOP_TIMEOUT_MS, stop(), () => undefined);
  process.exit(0);
}

/** The parent's, or Prometheus' own where there is none. Until the process ends: what it does at its end is to be seen too. */
async function answerQuestions(ops: MetricsServerOptions): Promise<void> {
  if (!process.connected) {
    await startMetricsServer(ops, async () => pageOf([await snapshot()]));
    return;
  }
  process.on("message", (question: FromParent) => {
    if (question.kind === "metrics?") unawaited(answerMetrics(question.id));
    if (question.kind === "alive?") tell({ kind: "alive" });
  });
  // From now on the parent may count on an answer.
  tell({ kind: "alive" });
}

async function answerMetrics(id: number): Promise<void> {
  tell({ kind: "metrics", id, snapshot: await snapshot() });
}

async function beginOrTell<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    if (error instanceof StartupError && process.connected) {
      tell({ kind: "problem", message: error.message });
      process.exit(1);
    }
    throw error;
  }
}

/** Whoever tells it a second time, or ends while it stops, does not wait for it. */
function untilTold(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let told = false;
  function hear(): void {
    if (told) process.exit(EXIT_FORCED);
    told = true;
    resolve();
  }
  process.on("SIGTERM", hear);
  if (process.connected) process.once("disconnect", hear);
  // What the terminal tells everybody is the parent's affair.
  process.on("SIGINT", process.connected ? () => undefined : hear);
  if (process.connected) process.on("SIGHUP", () => undefined);
  return promise;
}

function tell(news: FromChild): void {
  if (process.connected) process.send?.(news, undefined, undefined, () => undefined);
}
