/** Waits, when the load is over, until nothing is left to hand on, to send or to end. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { databaseFailure } from "../../src/platform/errors/database-errors.ts";
import type { Load, LoadParts } from "./load.ts";
import { readState, type State } from "./state.ts";
import type { Watching } from "./watchers.ts";

/** What Redis forgets comes again after three minutes, what a webhook refused twice or a dead worker held within one. */
const PATIENCE_MS = 360_000;
const POLL_MS = 250;

/** @returns what then is; or what is when that takes too long, for the checks to tell what is missing */
export async function settle(
  { watchings, readings, scene }: Load,
  { stage, receivers, log }: Pick<LoadParts, "stage" | "receivers" | "log">,
): Promise<State> {
  const startMs = scene.now();
  log(`${Math.round(startMs / 1_000)} s: the load has ended; what waits is worked off`);
  let open = "everything";
  while (open !== "" && scene.now() < startMs + PATIENCE_MS) {
    receivers.received();
    open = await openWork(stage.database, watchings).catch((error: unknown) => {
      if (databaseFailure(error) === undefined) throw error;
      return "PostgreSQL";
    });
    await sleep(POLL_MS);
  }
  log(
    `${Math.round(scene.now() / 1_000)} s: ${open === "" ? "all is worked off" : `${open} would still be worked off`}`,
  );
  await Promise.all(watchings.map((watching) => watching.leave()));
  await readings.stop();
  return readState(stage.database);
}

/** What is still to be done, in a word; "" for nothing. */
async function openWork(database: Sequelize, watchings: Watching[]): Promise<string> {
  const [row] = await runSql<{ open: string; told: number }>(
    database,
    `SELECT CASE
       WHEN EXISTS (SELECT FROM orders.orders WHERE status = 'PENDING') THEN 'holds'
       WHEN EXISTS (SELECT FROM orders.outbox WHERE position IS NULL) THEN 'positions'
       WHEN (SELECT min(position) <> max(position) FROM orders.relay_cursor) THEN 'consumers'
       WHEN EXISTS (SELECT FROM email.deliveries WHERE sent_at IS NULL AND given_up_at IS NULL) THEN 'mails'
       WHEN EXISTS (SELECT FROM webhooks.deliveries WHERE status = 'PENDING') THEN 'webhooks'
       ELSE '' END AS open,
       -- To each customer his own, to one all, to one those of the first store.
       (SELECT 2 * count(*) + count(*) FILTER (WHERE store_id = $1) FROM orders.outbox)::integer AS told`,
    [watchings.find(({ watched }) => watched.storeId !== undefined)?.watched.storeId],
  );
  if (row === undefined || row.open !== "") return row?.open ?? "PostgreSQL";
  return watchings.reduce((sum, { watched }) => sum + watched.seen.length, 0) < row.told ? "watchers" : "";
}
