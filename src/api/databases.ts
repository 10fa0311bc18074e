/** The connections of one API process to PostgreSQL: a pool for all, and a few kept free for what may not wait. */
import type { Sequelize } from "sequelize";
import { ORDER_CONNECTIONS } from "../domains/order/place/place-orders.ts";
import type { Config } from "../platform/config/config.ts";
import { openDatabase, runSql } from "../platform/database/database.ts";
import { watchPool } from "../platform/database/pool/pool-metrics.ts";
import { STOCK_CHANGES } from "./policies.ts";

/** One asks for revocations, one whether the database is of use. */
const WATCH_CONNECTIONS = 2;
/** Connections to PostgreSQL beside the pool. */
export const API_CONNECTIONS_BESIDE_POOL = WATCH_CONNECTIONS + ORDER_CONNECTIONS;
/** They ask again soon. */
const WATCH_CONNECT_TIMEOUT_MS = 1_500;

export interface Databases {
  /** For every call. */
  shared: Sequelize;
  /** For placing orders, in batches. */
  orders: Sequelize;
  /** Asks for revocations. */
  revocations: Sequelize;
  /** Asks whether the database is of use. */
  monitor: Sequelize;
  all: readonly Sequelize[];
  close(): Promise<void>;
}

/** @param warm whether the first order finds its connection made */
export async function openDatabases(config: Config & { databaseUrl: string }, warm: boolean): Promise<Databases> {
  const { databaseUrl: url, databasePool, preparedStatements: pipelined } = config;
  const shared = openDatabase({ url, pool: databasePool, name: "bodega api", shared: { together: STOCK_CHANGES } });
  const orders = openDatabase({ url, pool: ORDER_CONNECTIONS, name: "bodega orders", pipelined });
  if (warm) await runSql(orders, "SELECT 1");
  // Pools of one: a connection that is kept is there when the database is too slow to make another one in time.
  const single = { url, pool: 1, connectTimeoutMs: WATCH_CONNECT_TIMEOUT_MS };
  const revocations = openDatabase({ ...single, name: "bodega revocations" });
  const monitor = openDatabase({ ...single, name: "bodega monitor" });
  const ends = [watchPool("primary", shared), watchPool("orders", orders)];
  const all = [shared, orders, revocations, monitor];
  return {
    shared,
    orders,
    revocations,
    monitor,
    all,
    async close() {
      for (const end of ends) end();
      await Promise.all(all.map((database) => database.close()));
    },
  };
}
