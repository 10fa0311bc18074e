/**
 * The life of a process that a parent keeps: says when it is ready or why not, ends when it is told or orphaned.
 *
 * Ctrl-C reaches every process of the terminal; here it is ignored, because the parent stops its children in order.
 */
import { StartupProblem } from "../platform/startup-problem.ts";

/** What a child tells its parent. */
export type ChildNews = { kind: "ready"; port?: number; grpcPort?: number } | { kind: "problem"; message: string };

export interface Stoppable {
  stop(): Promise<void>;
}

/**
 * Starts the process's work and stays until it is told to end; then exits with 0.
 * @param begin starts it. What it gives back beside `stop` is told to the parent as ready
 */
export async function live(begin: () => Promise<Stoppable & { port?: number; grpcPort?: number }>): Promise<void> {
  const told = untilTold();
  const running = await beginOrTell(begin);
  tell({ kind: "ready", port: running.port, grpcPort: running.grpcPort });
  await told;
  await running.stop();
  process.exit(0);
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
  if (process.connected) process.send?.(news);
}
