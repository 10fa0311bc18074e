/** Takes the steps of a bulk act one after the other, and tells what became of each. */
import { problemOf } from "../data/problem.ts";
import type { Row } from "../resources/resource.ts";
import type { Step } from "./act.ts";

export interface Failed<T extends Row> {
  step: Step<T>;
  error: unknown;
}

export interface StepsOptions<T extends Row> {
  /** Reads a row anew; undefined for one that is gone. */
  read(id: string): Promise<T | undefined>;
  progress(done: number): void;
  /** Stops before the next step. */
  signal: AbortSignal;
  /** Whether the steps were tried before: each row is read first. */
  isRetry: boolean;
}

/** @returns those that failed, and those that were not tried any more */
export async function runSteps<T extends Row>(
  steps: readonly Step<T>[],
  { read, progress, signal, isRetry }: StepsOptions<T>,
): Promise<{ failed: Failed<T>[]; left: readonly Step<T>[] }> {
  const failed: Failed<T>[] = [];
  for (const [index, step] of steps.entries()) {
    if (signal.aborted) return { failed, left: steps.slice(index) };
    try {
      await (isRetry ? again(step, read) : once(step, read));
    } catch (error) {
      failed.push({ step, error });
    }
    progress(index + 1);
  }
  return { failed, left: [] };
}

/** The etag refuses what was done before; where that was this very step, by an answer that was lost, it is done. */
async function once<T extends Row>(step: Step<T>, read: StepsOptions<T>["read"]): Promise<void> {
  try {
    await step.send(step.row);
  } catch (error) {
    const { offline, reason } = problemOf(error);
    if (!offline && reason !== "STALE_ETAG") throw error;
    const now = await read(step.row.id).catch(() => undefined);
    if (now === undefined || !step.isDone(now)) throw error;
  }
}

async function again<T extends Row>(step: Step<T>, read: StepsOptions<T>["read"]): Promise<void> {
  const now = await read(step.row.id);
  if (now === undefined) throw new Error("It is gone.");
  if (!step.isDone(now)) await once({ ...step, row: now }, read);
}
