/**
 * The reads of the catalog, kept while the catalog does not change. Never stock: quantities are joined to what is kept.
 *
 * What is kept is the answer's message, by the request's own bytes and by who may see what. It is computed on a replica
 * that has everything the primary has by then, so also the change that made the version it is kept under.
 */
import { createHash } from "node:crypto";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  isMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import type { VersionedCache } from "../../platform/cache/versioned-cache.ts";
import { one } from "../../platform/database/database.ts";
import { binaryOf, encodeOnce } from "../../platform/cache/encode-once.ts";
import { RUN_OF_HISTORY, withHistory } from "../../platform/database/history.ts";
import type { ReplicaSet } from "../../platform/database/replica-set.ts";
import type { TransactionOptions } from "../../platform/database/transaction.ts";
import type { Call } from "../../rpc/call.ts";

/** One row by its id: as long as the contract allows. */
export const HOUR_MS = 3_600_000;
/** Searches are many and rarely asked again after a minute. */
export const MINUTE_MS = 60_000;

export interface Keeping {
  keepMs: number;
  /** Whether the whole answer may be given again, to anybody, without a look at stock or limits. */
  whole: boolean;
}

export class CachedReads {
  readonly #cache: VersionedCache<Message>;
  readonly #replicas: ReplicaSet | undefined;

  constructor(cache: VersionedCache<Message>, replicas: ReplicaSet | undefined) {
    this.#cache = cache;
    this.#replicas = replicas;
  }

  async read<I extends DescMessage, O extends DescMessage>(
    { method, request, call }: { method: DescMethodUnary<I, O>; request: MessageShape<I>; call: Call },
    { keepMs, whole }: Keeping,
    compute: () => Promise<MessageInitShape<O>>,
  ): Promise<MessageShape<O>> {
    const { input, output } = method;
    const asked = createHash("sha256").update(toBinary(input, request)).digest("base64url");
    const { value, isCurrent } = await this.#cache.read({
      key: `${method.name}:${call.caller?.role === "ADMIN" ? "all" : "active"}:${asked}`,
      keepMs,
      // Not bounded by this call, since others may wait for the same.
      compute: async () => encodeOnce(create(output, await this.fresh(compute))),
      toBytes: (message) => (isMessage(message, output) ? binaryOf(output, message) : new Uint8Array()),
      fromBytes: (bytes) => encodeOnce(fromBinary(output, bytes)),
    });
    if (!isMessage(value, output)) throw new TypeError(`${method.name} was kept as ${value.$typeName}`);
    if (whole) call.reusable = isCurrent;
    return value;
  }

  /** What depends on stock is never kept. */
  fresh<T>(compute: () => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.#replicas === undefined ? compute() : this.#replicas.read(compute, options);
  }
}

/** What every committed change of products or categories raises, and no other history has. */
export async function catalogVersion(database: Sequelize): Promise<string> {
  const sql = `SELECT ${RUN_OF_HISTORY} AS history, sum(value) AS version FROM catalog.versions`;
  const { history, version } = await withHistory(database, () =>
    one<{ history: string | null; version: string }>(database, sql),
  );
  return `${history}:${version}`;
}
