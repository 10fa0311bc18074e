/**
 * The other API processes of this machine: tells them that what they keep is stale, and is told so by them.
 *
 * The process that keeps them all passes it on (processes/relay-invalidations.ts) and answers when every one of them has
 * dropped what it kept. A process that stands alone has only itself to tell.
 */
import cluster from "node:cluster";
import { withTimeout } from "../async/with-timeout.ts";
import { Failure } from "../errors/failure.ts";

/** Much longer than the second after which a silent process is replaced. */
const SETTLE_TIMEOUT_MS = 5_000;
const RETRY_AFTER_MS = 1_000;

/** From an API process to the one that supervises it. */
export type FromApiProcess = { kind: "watch" } | { kind: "announce"; id: number } | { kind: "dropped"; id: number };
/** The other way. */
export type FromSupervisor = { kind: "watching" } | { kind: "drop"; id: number } | { kind: "settled"; id: number };

export interface ClusterInvalidation {
  /** From then on no announcement is missed: nothing may be kept before. */
  watching: Promise<void>;
  /** Resolves when every process has dropped what it kept. @throws Failure UNAVAILABLE */
  invalidate(): Promise<void>;
}

/** @param drop called for every announcement, also for those of this process */
export function openClusterInvalidation(drop: () => void): ClusterInvalidation {
  if (!cluster.isWorker) return { watching: Promise.resolve(), invalidate: async () => drop() };
  const watching = Promise.withResolvers<void>();
  const settled = new Map<number, () => void>();
  let announcements = 0;
  process.on("message", (news: FromSupervisor) => {
    if (news.kind === "watching") watching.resolve();
    if (news.kind === "settled") settled.get(news.id)?.();
    if (news.kind !== "drop") return;
    drop();
    tell({ kind: "dropped", id: news.id });
  });
  tell({ kind: "watch" });
  return {
    watching: watching.promise,
    async invalidate() {
      const id = ++announcements;
      const { promise, resolve } = Promise.withResolvers<void>();
      settled.set(id, resolve);
      tell({ kind: "announce", id });
      const seen = withTimeout(SETTLE_TIMEOUT_MS, promise, () => {
        throw new Failure("UNAVAILABLE", "The change is stored, but not every process has seen it yet.", {
          retryAfterMs: RETRY_AFTER_MS,
        });
      });
      await seen.finally(() => settled.delete(id));
    },
  };
}

/** A supervisor that is gone takes this process with it. */
function tell(news: FromApiProcess): void {
  if (process.connected) process.send?.(news, undefined, undefined, () => undefined);
}
