/** Tries again what must be read or written, until a database that is away is back. */
import { pause } from "../../../platform/async/pause.ts";
import { databaseFailure } from "../../../platform/errors/database-errors.ts";

/** A worker that cannot note what it has sent for so long lets another send it again. */
const PATIENCE_MS = 600_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

/** @throws what is no matter of the database's being away, or its failure when that lasts or `stop` was aborted */
export async function retryUntilBack<T>(work: () => Promise<T>, stop?: AbortSignal): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (databaseFailure(error) === undefined || performance.now() > endMs || stop?.aborted === true) throw error;
      await pause(pauseMs, stop);
    }
  }
}
