/**
 * The metrics of all processes that a command keeps, as one page: its own and its children's, added up.
 *
 * What a child had counted when it ended goes on counting. Without that a sum would fall with each death, and
 * Prometheus, which takes a fall for a counter that began anew, would see everything counted a second time.
 */
import type { ChildProcess } from "node:child_process";
import { AggregatorRegistry } from "prom-client";
import { withTimeout } from "../platform/async/with-timeout.ts";
import { type Snapshot, snapshot } from "../platform/telemetry/metrics.ts";
import type { FromChild, FromParent } from "./child-process.ts";
import { pageOf } from "./metrics-server.ts";

/** Shorter than Prometheus waits (10 s); a child that is busy for longer is shown as it was last time. */
const ANSWER_TIMEOUT_MS = 2_000;
/** What a dead process has counted stays true; what it had in hand does not. */
const LASTING = new Set(["counter", "histogram"]);

export class MetricsAggregate {
  /** What each child answered last; undefined before its first answer. */
  readonly #children = new Map<ChildProcess, Snapshot | undefined>();
  readonly #waiting = new Map<number, () => void>();
  #ended: Promise<Snapshot> = Promise.resolve([]);
  #questions = 0;

  add(child: ChildProcess): void {
    this.#children.set(child, undefined);
    child.on("message", (news: FromChild) => {
      if (news.kind !== "metrics" || !this.#children.has(child)) return;
      this.#children.set(child, news.snapshot);
      this.#waiting.get(news.id)?.();
    });
    child.once("exit", () => {
      const last = this.#children.get(child);
      this.#children.delete(child);
      if (last !== undefined) this.#ended = this.#ended.then((ended) => lasting([ended, last]));
    });
  }

  async page(): Promise<string> {
    await Promise.all([...this.#children.keys()].map((child) => this.#ask(child)));
    const own = await snapshot();
    // Both in one go: a child that ends in between would be counted twice or not at all.
    const answers = [...this.#children.values()];
    const ended = this.#ended;
    return pageOf([own, await ended, ...answers.filter((answer) => answer !== undefined)]);
  }

  /** Resolves when the child has answered, has gone, or takes too long. */
  async #ask(child: ChildProcess): Promise<void> {
    if (!child.connected) return;
    const id = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(id, resolve);
    child.once("exit", resolve);
    const question: FromParent = { kind: "metrics?", id };
    child.send(question, () => undefined);
    await withTimeout(ANSWER_TIMEOUT_MS, promise, () => undefined);
    child.off("exit", resolve);
    this.#waiting.delete(id);
  }
}

function lasting(snapshots: Snapshot[]): Promise<Snapshot> {
  const kept = snapshots.map((one) => one.filter(({ type }) => LASTING.has(String(type))));
  return AggregatorRegistry.aggregate(kept).getMetricsAsJSON();
}
