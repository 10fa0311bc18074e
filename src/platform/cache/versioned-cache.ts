/**
 * Keeps answers in memory and in Redis for as long as nothing that they were made of has changed.
 *
 * Everything is bound to a version, which is stored with the data and raised by every change in its own transaction. A
 * version that was read less than TRUST_MS ago is believed; without one nothing is kept or given, so that a message
 * that is lost or a Redis that is away makes answers slower, never wrong. The version is asked for when somebody reads,
 * not by the clock: an idle process asks nothing.
 */
import { metrics } from "../telemetry/metrics.ts";
import { withoutCallerDeadline } from "../context/caller-deadline.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { ClusterInvalidation } from "./cluster-invalidation.ts";

/** Other machines follow within a second. */
const TRUST_MS = 900;
/** Asked for again in the background from this age on, so that a busy process never waits for it. */
const CHECK_AFTER_MS = 400;
const MAX_ENTRIES = 5_000;
/** Counted as they are sent; as objects they take some five times as much. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Found once: a look by label would cost as much again as the count. */
const READS = {
  memory: metrics.cacheReads.labels("memory"),
  redis: metrics.cacheReads.labels("Redis"),
  shared: metrics.cacheReads.labels("under way"),
  database: metrics.cacheReads.labels("PostgreSQL"),
  untrusted: metrics.cacheReads.labels("PostgreSQL, untrusted"),
};

export interface CacheOptions {
  /** The stored version, from the primary. */
  version: () => Promise<string>;
  /** Shared between machines; whatever it throws is as if it had nothing. */
  remote: RemoteCache | undefined;
  /** @param drop what the siblings' announcements do */
  siblings: (drop: () => void) => ClusterInvalidation;
}

export interface RemoteCache {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, bytes: Uint8Array, keepMs: number): Promise<void>;
}

export interface CachedRead<Value> {
  key: string;
  /** At most; a change ends it earlier. */
  keepMs: number;
  compute(): Promise<Value>;
  toBytes(value: Value): Uint8Array;
  fromBytes(bytes: Uint8Array): Value;
}

export interface CachedValue<Value> {
  /** Shared with everybody who asks: not to be changed. */
  value: Value;
  /** Whether it may still be given. */
  isCurrent: () => boolean;
}

/** What was made while one version held. Another object for each, so that a late answer knows that it is late. */
interface Era {
  version: string | undefined;
}

interface Entry<Value> {
  value: Value;
  bytes: number;
  endsAt: number;
}

export class VersionedCache<Value> {
  readonly #options: CacheOptions;
  readonly #siblings: ClusterInvalidation;
  readonly #entries = new BoundedMap<string, Entry<Value>>({
    maxEntries: MAX_ENTRIES,
    maxBytes: MAX_BYTES,
    bytesOf: ({ bytes }) => bytes,
  });
  /** One computation for a key, however many ask at once. */
  readonly #flights = new Map<string, Promise<Value>>();
  #era: Era = { version: undefined };
  #confirmedAt = -Infinity;
  #checking: Promise<void> | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#siblings = options.siblings(() => this.#drop());
  }

  /** After a change has been committed: resolves when every process of this machine has dropped what it kept. */
  changed(): Promise<void> {
    return this.#siblings.invalidate();
  }

  /** @throws what `compute` throws, to everybody who waits for it; it is not kept */
  async read(wish: CachedRead<Value>): Promise<CachedValue<Value>> {
    if (!(await this.#isTrusted())) {
      READS.untrusted.inc();
      return { value: await wish.compute(), isCurrent: () => false };
    }
    const era = this.#era;
    const kept = this.#memory(wish.key);
    if (kept !== undefined) READS.memory.inc();
    const value = kept ?? (await this.#flight(wish, era));
    return { value, isCurrent: () => this.#isCurrent(era) };
  }

  #isCurrent(era: Era): boolean {
    const age = performance.now() - this.#confirmedAt;
    if (era !== this.#era || age > TRUST_MS) return false;
    if (age > CHECK_AFTER_MS) this.#check().catch(() => undefined);
    return true;
  }

  async #isTrusted(): Promise<boolean> {
    if (this.#isCurrent(this.#era)) return true;
    try {
      await this.#check();
    } catch {
      return false;
    }
    return this.#isCurrent(this.#era);
  }

  #check(): Promise<void> {
    if (this.#checking !== undefined) return this.#checking;
    const checking = withoutCallerDeadline(() => this.#confirm()).finally(() => {
      if (this.#checking === checking) this.#checking = undefined;
    });
    this.#checking = checking;
    return checking;
  }

  /** Counts from before the question: the answer may be as old as that. */
  async #confirm(): Promise<void> {
    await this.#siblings.watching;
    const askedAt = performance.now();
    const era = this.#era;
    const version = await this.#options.version();
    // Dropped meanwhile: the answer may be from before the change.
    if (era !== this.#era) return;
    if (version !== era.version) this.#begin({ version });
    this.#confirmedAt = askedAt;
  }

  #drop(): void {
    this.#begin({ version: undefined });
    this.#confirmedAt = -Infinity;
    this.#checking = undefined;
  }

  #begin(era: Era): void {
    this.#era = era;
    this.#entries.clear();
    this.#flights.clear();
  }

  #memory(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.endsAt <= Date.now()) {
      this.#entries.delete(key);
      return undefined;
    }
    // Put back as the newest: the oldest is the one that nobody asked for longest.
    this.#entries.set(key, entry);
    return entry.value;
  }

  #flight(wish: CachedRead<Value>, era: Era): Promise<Value> {
    const under = this.#flights.get(wish.key);
    if (under !== undefined) {
      READS.shared.inc();
      return under;
    }
    const flight = withoutCallerDeadline(() => this.#make(wish, era)).finally(() => {
      if (this.#flights.get(wish.key) === flight) this.#flights.delete(wish.key);
    });
    this.#flights.set(wish.key, flight);
    return flight;
  }

  async #make(wish: CachedRead<Value>, era: Era): Promise<Value> {
    const remoteKey = `${era.version ?? ""}:${wish.key}`;
    const found = await this.#remote(remoteKey, wish);
    if (found !== undefined) {
      READS.redis.inc();
      this.#keep(wish, era, found);
      return found.value;
    }
    READS.database.inc();
    const value = await wish.compute();
    const bytes = wish.toBytes(value);
    this.#options.remote?.set(remoteKey, bytes, wish.keepMs).catch(() => undefined);
    this.#keep(wish, era, { value, bytes: bytes.byteLength });
    return value;
  }

  async #remote(key: string, { fromBytes }: CachedRead<Value>): Promise<{ value: Value; bytes: number } | undefined> {
    try {
      const bytes = await this.#options.remote?.get(key);
      return bytes === undefined ? undefined : { value: fromBytes(bytes), bytes: bytes.byteLength };
    } catch {
      return undefined;
    }
  }

  #keep({ key, keepMs }: CachedRead<Value>, era: Era, { value, bytes }: { value: Value; bytes: number }): void {
    if (era !== this.#era) return;
    this.#entries.set(key, { value, bytes, endsAt: Date.now() + keepMs });
  }
}
