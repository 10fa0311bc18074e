/**
 * The life of a process that a parent keeps: says when it is ready or why not, ends when it is told or orphaned.
 *
 * Ctrl-C reaches every process of the terminal; here it is ignored, because the parent stops its children in order.
 */
import { observeProcess, type ProcessKind, type Snapshot, snapshot } from "../platform/metrics.ts";
import { StartupProblem } from "../platform/startup-problem.ts";
import { openOps, type OpsOptions, pageOf } from "./ops.ts";

/** What a child tells its parent. */
export type ChildNews =
  | { kind: "ready"; port?: number; grpcPort?: number }
  | { kind: "problem"; message: string }
  | { kind: "metrics"; id: number; snapshot: Snapshot };

/** What a parent asks of its child: the values of its metrics. */
export interface MetricsQuestion {
  kind: "metrics?";
  id: number;
}

export interface Stoppable {
  stop(): Promise<void>;
}

export interface Life {
  kind: ProcessKind;
  /** Where a process without a parent shows its metrics; one with a parent tells them to it. */
  ops: OpsOptions;
  /** Starts its work. What it gives back beside `stop` is told to the parent as ready. */
  begin: () => Promise<Stoppable & { port?: number; grpcPort?: number }>;
}

/** Starts the process's work and stays until it is told to end; then exits with 0. */
export async function live({ kind, ops, begin }: Life): Promise<void> {
  const told = untilTold();
  const running = await beginOrTell(async () => {
    observeProcess(kind);
    await showMetrics(ops);
    return begin();
  });
  tell({ kind: "ready", port: running.port, grpcPort: running.grpcPort });
  await told;
  await running.stop();
  process.exit(0);
}

/** Until the process ends: what it does at its end is to be seen too. */
async function showMetrics(ops: OpsOptions): Promise<void> {
  if (!process.connected) return void (await openOps(ops, async () => pageOf([await snapshot()])));
  process.on("message", async (question: MetricsQuestion) => {
    if (question.kind === "metrics?") tell({ kind: "metrics", id: question.id, snapshot: await snapshot() });
  });
}

async function beginOrTell<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    if (error instanceof StartupProblem && process.connected) {
      tell({ kind: "problem", message: error.message });
      process.exit(1);
    }
    throw error;
  }
}

function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    if (process.connected) {
      process.once("disconnect", resolve);
      process.on("SIGINT", () => undefined);
    } else {
      process.once("SIGINT", resolve);
    }
  });
}

function tell(news: ChildNews): void {
  if (process.connected) process.send?.(news, undefined, undefined, () => undefined);
}
