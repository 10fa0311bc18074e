/** How much of the pools of connections is used, for the metrics. */
import type { Sequelize } from "sequelize";
import { metrics, onScrape } from "../../telemetry/metrics.ts";
import { transactionSlotsOf } from "./transaction-slots.ts";

/** @param name of the server: "primary". @returns ends it */
export function watchPool(name: string, database: Sequelize): () => void {
  return onScrape(() => {
    const manager: unknown = Reflect.get(database, "connectionManager");
    const pool = fieldOf(manager, "pool");
    const using = numberOf(pool, "using");
    metrics.connections.set({ database: name, state: "in use" }, using);
    metrics.connections.set({ database: name, state: "idle" }, numberOf(pool, "size") - using);
    metrics.connectionsMax.set({ database: name }, numberOf(pool, "maxSize"));
    metrics.connectionWaiters.set(
      { database: name },
      numberOf(pool, "waiting") + (transactionSlotsOf(database)?.waiting ?? 0),
    );
  });
}

/** Sequelize's typings do not know its pool (docs/upgrading.md). @throws TypeError when a new version of it has none */
function numberOf(pool: unknown, name: string): number {
  const value = fieldOf(pool, name);
  if (typeof value !== "number") throw new TypeError(`Sequelize's pool has no ${name}`);
  return value;
}

function fieldOf(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null ? Reflect.get(holder, name) : undefined;
}
