/**
 * One read replica: transactions on it that begin when it has replayed a position of the primary, and how far behind
 * it is.
 *
 * The position is waited for inside the server and on the very connection that reads then, because what another
 * connection has seen proves nothing: behind one address several replicas may stand, and one that was restarted may
 * have gone back. The wait costs no round trip, it is sent together with BEGIN.
 */
import { Client } from "pg";
import type { Sequelize } from "sequelize";
import { withTimeout } from "../async/with-timeout.ts";
import { openDatabase, runSql } from "./database.ts";
import { sqlState } from "../errors/database-errors.ts";
import { type TransactionOptions, withTransaction } from "./transaction.ts";

/** Shorter than the primary's: there is always the primary, so nobody has to wait for a replica. */
const ACQUIRE_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 1_000;
/** A replica in the same network replays within a few milliseconds; one that needs longer is behind. */
const REPLAY_STEPS = 25;
const REPLAY_STEP_SECONDS = 0.002;
/** Who asks how a replica does waits no longer. */
const PROBE_TIMEOUT_MS = 1_000;
/** SQLSTATE object_not_in_prerequisite_state: what a replica that is behind, or is none, raises here. */
const NOT_READY = "55000";
/** A position in the write-ahead log, as PostgreSQL writes it: two halves in hexadecimal. */
const POSITION = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/;
const UUID = /^[0-9a-f-]{36}$/;

/** How far the primary is, in its history. */
export interface Moment {
  position: string;
  history: string;
}

export class Replica {
  /** host:port, without role and password. */
  readonly name: string;
  readonly #database: Sequelize;
  /** Of its own, so that a crowd of readers does not look like a dead server. */
  readonly #probe: Sequelize;
  readonly #clients = new Set<Client>();

  constructor(url: string, pool: number) {
    this.name = new URL(url).host;
    const bounds = { acquireTimeoutMs: ACQUIRE_TIMEOUT_MS, connectTimeoutMs: CONNECT_TIMEOUT_MS };
    this.#database = openDatabase({ url, pool, name: "bodega reads", ...bounds });
    this.#probe = openDatabase({ url, pool: 1, name: "bodega replica", ...bounds });
    for (const database of [this.#database, this.#probe]) this.#keepClients(database);
  }

  /**
   * Runs `work` in a read-only transaction, none of whose snapshots is older than that moment of the primary.
   * @throws an error that `isBehind` knows when the replica is not that far, or has another history
   */
  read<T>(moment: Moment, work: () => Promise<T>, options: TransactionOptions): Promise<T> {
    return withTransaction(this.#database, work, { ...options, beginWith: waitFor(moment) });
  }

  /** Up to which position it has replayed. @throws when it does not answer in time, or replays nothing of that history */
  async replayed(history: string): Promise<string> {
    const asked = runSql<{ position: string | null }>(this.#probe, REPLAYED, [history]);
    const [row] = await withTimeout(PROBE_TIMEOUT_MS, asked, () => {
      throw new Error("the replica did not answer in time");
    });
    if (typeof row?.position !== "string") throw new Error("the server is no replica of this history");
    return row.position;
  }

  /** Ends what is under way: a server that is silent would keep its readers waiting for ever. */
  cut(): void {
    for (const client of this.#clients) client.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.cut();
    await Promise.all([this.#database.close(), this.#probe.close()]);
  }

  #keepClients(database: Sequelize): void {
    database.addHook("afterConnect", (connection) => {
      if (!(connection instanceof Client)) throw new TypeError("Sequelize has a connection that is not pg's");
      this.#clients.add(connection);
      connection.once("end", () => this.#clients.delete(connection));
    });
  }
}

/** Whether the replica refused because it has not replayed enough, or has become a primary. */
export function isBehind(error: unknown): boolean {
  return sqlState(error) === NOT_READY;
}

/**
 * READ COMMITTED, so that the snapshots of what follows are taken after the wait. A server that has left recovery
 * follows nobody, and one that had more of a lost history than the new primary is as far by its positions: only what
 * the new primary has written itself tells it.
 */
function waitFor({ position, history }: Moment): string {
  bytesOf(position);
  if (!UUID.test(history)) throw new TypeError(`${history} is no history`);
  return `SET TRANSACTION READ ONLY;
    DO $$ BEGIN
      FOR step IN 1..${REPLAY_STEPS} LOOP
        EXIT WHEN NOT pg_is_in_recovery();
        IF pg_last_wal_replay_lsn() >= '${position}' AND EXISTS (SELECT FROM platform.history WHERE id = '${history}') THEN RETURN; END IF;
        PERFORM pg_sleep(${REPLAY_STEP_SECONDS});
      END LOOP;
      RAISE EXCEPTION 'the replica is behind, or is none' USING ERRCODE = '${NOT_READY}';
    END $$;`;
}

const REPLAYED = `
  SELECT pg_last_wal_replay_lsn() AS position WHERE pg_is_in_recovery() AND EXISTS (SELECT FROM platform.history WHERE id = $1)`;

/** How many bytes of the log lie before the position. @throws TypeError for anything else */
export function bytesOf(position: string): bigint {
  const [, high, low] = POSITION.exec(position) ?? [];
  if (high === undefined || low === undefined) throw new TypeError(`${position} is no position`);
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
