/**
 * The second machine is lost in the middle of a batch: its wire to PostgreSQL is dead and nobody closes it, then its
 * processes are gone. It comes back when PostgreSQL has given up what it held, which by its defaults takes two hours.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { databaseFailure } from "../../src/platform/errors/database-errors.ts";
import { isReady } from "../support/served.ts";
import { SECOND, type Stage } from "./stage.ts";
import type { Outcome } from "./striking.ts";

/** What a batch sends with its locks in hand. */
const WRITE = "order-write";
/** Its customers order all the time, unless another fault keeps them from it. */
const STRUCK_WITHIN_MS = 20_000;
/** Ten seconds of a transaction that stands still; the rest is a busy machine's, or another fault's. */
const FREE_WITHIN_MS = 45_000;
/** As for anything that is struck. */
const BACK_WITHIN_MS = 90_000;
const POLL_MS = 20;

export async function loseMachine({ database, second }: Stage, forMs: number): Promise<Outcome> {
  const { api, wire, baseUrl } = second;
  wire.freezeBefore(WRITE);
  if (!(await within(STRUCK_WITHIN_MS, () => wire.isFrozen()))) {
    wire.thaw();
    return false;
  }
  const mended = Promise.withResolvers<void>();
  const restarted = api.kill({ forMs, withChildren: true, until: mended.promise });
  const held = (await transactionsOf(database)) ?? 0;
  const isFree = await within(FREE_WITHIN_MS, async () => (await transactionsOf(database)) === 0);
  wire.thaw();
  mended.resolve();
  const struck = await restarted;
  const isBack = await within(BACK_WITHIN_MS, () => isReady(baseUrl));
  return isFree && isBack ? struck && held > 0 : "lost";
}

/** Of the second machine, as PostgreSQL sees them; undefined while it is away itself. */
async function transactionsOf(database: Sequelize): Promise<number | undefined> {
  try {
    const [row] = await runSql<{ open: number }>(
      database,
      "SELECT count(*)::integer AS open FROM pg_stat_activity WHERE application_name = $1 AND xact_start IS NOT NULL",
      [SECOND],
    );
    return row?.open;
  } catch (error) {
    if (databaseFailure(error) === undefined) throw error;
    return undefined;
  }
}

async function within(ms: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const endMs = performance.now() + ms; !(await isSo()); await sleep(POLL_MS))
    if (performance.now() > endMs) return false;
  return true;
}
