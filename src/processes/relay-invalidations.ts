/**
 * Passes on between the API processes that what they keep is stale, and answers when all of them have dropped it.
 *
 * A process that does not answer within a second is killed, and its supervisor starts another: it could only go on with
 * what is stale.
 */
import type { ChildProcess } from "node:child_process";
import type { Logger } from "../platform/telemetry/log.ts";
import type { FromSupervisor, FromApiProcess } from "../platform/cache/cluster-invalidation.ts";
import { endSilent, whenSilent } from "./silence.ts";

const SILENT_MS = 1_000;

interface Announcement {
  waitingFor: Set<ChildProcess>;
  settle(): void;
}

export class InvalidationRelay {
  readonly #log: Logger;
  /** Those that keep something. */
  readonly #watchers = new Set<ChildProcess>();
  readonly #open = new Map<number, Announcement>();
  #count = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(child: ChildProcess): void {
    child.on("message", (news: FromApiProcess) => this.#hear(child, news));
    child.once("exit", () => {
      this.#watchers.delete(child);
      for (const id of this.#open.keys()) this.#dropped(child, id);
    });
  }

  #hear(child: ChildProcess, news: FromApiProcess): void {
    if (news.kind === "dropped") this.#dropped(child, news.id);
    if (news.kind === "announce") this.#announce(child, news.id);
    if (news.kind !== "watch") return;
    this.#watchers.add(child);
    tell(child, { kind: "watching" });
  }

  #announce(from: ChildProcess, theirId: number): void {
    const id = ++this.#count;
    const hush = whenSilent(SILENT_MS, () => this.#replaceSilent(id));
    const settle = () => {
      hush();
      tell(from, { kind: "settled", id: theirId });
    };
    const waitingFor = new Set(this.#watchers);
    this.#open.set(id, { waitingFor, settle });
    for (const child of waitingFor) tell(child, { kind: "drop", id });
    this.#settleIfDone(id);
  }

  #dropped(child: ChildProcess, id: number): void {
    this.#open.get(id)?.waitingFor.delete(child);
    this.#settleIfDone(id);
  }

  #settleIfDone(id: number): void {
    const announcement = this.#open.get(id);
    if (announcement === undefined || announcement.waitingFor.size > 0) return;
    this.#open.delete(id);
    announcement.settle();
  }

  /** Its exit counts as its answer. */
  #replaceSilent(id: number): void {
    for (const child of this.#open.get(id)?.waitingFor ?? [])
      endSilent(child, { kind: "api", limitMs: SILENT_MS, log: this.#log });
  }
}

/** A process that is ending hears no more; its exit is told by itself. */
function tell(child: ChildProcess, news: FromSupervisor): void {
  if (child.connected) child.send(news, () => undefined);
}
