/**
 * Which history the database stands in: what is kept or handed out by a version or a position belongs to it.
 *
 * A server that was promoted without the last commits, or restored, goes on from an earlier moment, and gives versions
 * and positions of the history that is lost to others. A history is a random id, noted with the server that it began
 * on; where the note does not fit the server, whoever notices begins another one.
 *
 * It is asked for by the statement that reads the number, so that both are of one moment and of one server: what another
 * connection said may be from the other side of a failover. That costs no round trip.
 */
import type { Sequelize } from "sequelize";
import { runSql, outsideTransaction } from "./database.ts";
import { Failure } from "../errors/failure.ts";

/** As the note has it, see the migration 0033; null on a server that only follows another one. */
const TIMELINE = "CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END";

/**
 * In a statement: the history's id; null on a server that has begun none. By its timeline alone, which tells of failovers,
 * for what is asked with each read: it takes 35 µs of PostgreSQL, and the whole 85.
 */
export const HISTORY_OF_TIMELINE = `(SELECT id::text FROM platform.history WHERE timeline = ${TIMELINE})`;
export const HISTORY = `(SELECT id::text FROM platform.history WHERE timeline = ${TIMELINE} AND place = platform.place())`;

/**
 * The same, and since when the server runs: for what is forgotten at little cost. A disk that was put back to an earlier
 * day looks like any server that starts again.
 */
export const RUN_OF_HISTORY = `${HISTORY} || ' since ' || extract(epoch FROM pg_postmaster_start_time())`;

const RETRY_AFTER_MS = 1_000;

/**
 * Asks for a row that tells the history, and once more where none was begun.
 * @throws Failure UNAVAILABLE where none can be begun, on a server that follows another one
 */
export async function withHistory<Row extends object>(
  database: Sequelize,
  ask: () => Promise<Row & { history: string | null }>,
): Promise<Row & { history: string }> {
  for (const again of [true, false]) {
    const row = await ask();
    const { history } = row;
    if (history !== null) return { ...row, history };
    if (again) await outsideTransaction(() => beginHistory(database));
  }
  throw new Failure("UNAVAILABLE", "The database is being replaced. Try again shortly.", {
    retryAfterMs: RETRY_AFTER_MS,
  });
}

/** Begins a history where the server's is not noted yet, once, however many notice. */
async function beginHistory(database: Sequelize): Promise<void> {
  await runSql(
    database,
    `UPDATE platform.history SET id = gen_random_uuid(), timeline = ${TIMELINE}, place = platform.place()
     WHERE (timeline, place) IS DISTINCT FROM (${TIMELINE}, platform.place())`,
  );
}
