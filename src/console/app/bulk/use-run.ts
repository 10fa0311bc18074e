/** Where a bulk act stands: it is asked, it runs, it is over. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { transport } from "../data/transport.ts";
import type { Resource, Row } from "../resources/resource.ts";
import type { Step } from "./act.ts";
import { type Failed, runSteps } from "./run-steps.ts";

export type RunState<T extends Row> =
  | { kind: "asking" }
  | { kind: "running"; done: number; all: number }
  | { kind: "over"; done: number; all: number; failed: readonly Failed<T>[]; left: readonly Step<T>[] };

export interface Run<T extends Row> {
  state: RunState<T>;
  go(steps: readonly Step<T>[]): void;
  retry(steps: readonly Step<T>[]): void;
  stop(): void;
}

export function useRun<T extends Row>(resource: Resource<T>, settled: (done: readonly T[]) => void): Run<T> {
  const [state, setState] = useState<RunState<T>>({ kind: "asking" });
  const running = useRef<AbortController>(undefined);
  const client = useQueryClient();
  // Who leaves the screen stops it before its next row.
  useEffect(() => () => running.current?.abort(), []);
  async function start(steps: readonly Step<T>[], isRetry: boolean) {
    // One click is one run, however fast the second one is.
    if (running.current !== undefined) return;
    const stopped = (running.current = new AbortController());
    const all = steps.length;
    setState({ kind: "running", done: 0, all });
    const { failed, left } = await runSteps(steps, {
      read: async (id) => resource.get?.send(transport, id),
      progress: (done) => setState({ kind: "running", done, all }),
      signal: stopped.signal,
      isRetry,
    });
    running.current = undefined;
    const open = new Set([...failed.map(({ step }) => step.row.id), ...left.map(({ row }) => row.id)]);
    setState({ kind: "over", done: all - open.size, all, failed, left });
    settled(steps.map(({ row }) => row).filter(({ id }) => !open.has(id)));
    await client.invalidateQueries({ queryKey: [resource.path] });
  }
  return {
    state,
    go: (steps) => void start(steps, false),
    retry: (steps) => void start(steps, true),
    stop: () => running.current?.abort(),
  };
}
