/** Readings in mid-run: all invariants at one moment, once a second, and that what was acknowledged before is there. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { databaseFailure } from "../../src/platform/errors/database-errors.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { brokenInvariants, brokenPromotions } from "../support/invariants.ts";
import { ONE_MOMENT } from "./state.ts";

export interface Readings {
  /** Sentences, each once. */
  broken(): string[];
  count(): number;
  /** One more, which must come about. */
  stop(): Promise<void>;
}

export interface ReadingParts {
  database: Sequelize;
  storeIds: string[];
  /** Ids of orders, as they are acknowledged. */
  acknowledged: readonly string[];
}

const PAUSE_MS = 1_000;

export function startReadings(parts: ReadingParts): Readings {
  const broken = new Set<string>();
  const stopping = new AbortController();
  let count = 0;
  let seen = 0;

  async function read(): Promise<void> {
    // What is acknowledged from here on may not be in the snapshot.
    const upTo = parts.acknowledged.length;
    for (const sentence of await brokenNow(parts, parts.acknowledged.slice(seen, upTo))) broken.add(sentence);
    seen = upTo;
    count++;
  }

  const going = (async () => {
    while (!stopping.signal.aborted) {
      // PostgreSQL may be away just now; that is no reading.
      await read().catch((error: unknown) => {
        if (databaseFailure(error) === undefined) throw error;
      });
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    broken: () => [...broken],
    count: () => count,
    async stop() {
      stopping.abort();
      await going;
      await read();
    },
  };
}

async function brokenNow({ database, storeIds }: ReadingParts, acknowledged: readonly string[]): Promise<string[]> {
  return withTransaction(
    database,
    async () => {
      const missing = await runSql<{ id: string }>(
        database,
        "SELECT id FROM unnest($1::uuid[]) AS told(id) WHERE NOT EXISTS (SELECT FROM orders.orders o WHERE o.id = told.id)",
        [acknowledged],
      );
      const broken = missing.map(({ id }) => `order ${id} was acknowledged, and is missing in a reading`);
      for (const storeId of storeIds) broken.push(...(await brokenInvariants(database, { storeId })));
      return [...broken, ...(await brokenPromotions(database))];
    },
    ONE_MOMENT,
  );
}
