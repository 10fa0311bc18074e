/** Whether each read replica follows the primary, and how far it is behind. */
import type { Sequelize } from "sequelize";
import { one, openDatabase } from "../../platform/database/database.ts";
import { messageOf } from "../../platform/telemetry/outage.ts";
import { REPLICA_LATE_SECONDS } from "./limits.ts";
import { type Audience, counted, lengthOf, ok, problem, reasonFor } from "./part.ts";

interface Following {
  /** host:port, or its number. */
  name: string;
  /** undefined: it follows this primary. */
  trouble: string | undefined;
  /** For how long it has not had everything; 0 when it had. */
  lagSeconds: number;
}

const NO_TIME_MS = 5_000;

export async function replicaState(primary: Sequelize, urls: readonly string[], audience: Audience) {
  if (urls.length === 0) return ok("None is named by DATABASE_REPLICA_URLS; the primary is read.", { named: 0 });
  const moment = await one<Moment>(
    primary,
    "SELECT pg_current_wal_flush_lsn()::text AS position, (SELECT id::text FROM platform.history) AS history",
  );
  const replicas = await Promise.all(
    urls.map((url, index) => {
      const name = audience === "operator" ? new URL(url).host : `replica ${index + 1}`;
      return ask({ url, name, audience }, moment);
    }),
  );
  const left = replicas.filter(({ trouble }) => trouble !== undefined);
  const figures = {
    named: replicas.length,
    following: replicas.length - left.length,
    lag_seconds: Math.max(...replicas.map(({ lagSeconds }) => lagSeconds)),
  };
  const all = `${counted(replicas.length, ["replica follows", "replicas follow"])} the primary.`;
  if (left.length === 0) return ok(all, figures);
  return problem(
    `${left.map(({ name, trouble }) => `${name} ${trouble}`).join("; ")}.`,
    "Look at the replica's log and at pg_stat_replication of the primary, which is read meanwhile.",
    figures,
  );
}

interface Asked {
  url: string;
  name: string;
  audience: Audience;
}

interface Moment {
  position: string;
  history: string | null;
}

/** A replica that has everything is not late, however long ago the last commit was. */
const FOLLOWS = `
  SELECT pg_is_in_recovery() AS follows, EXISTS (SELECT FROM platform.history WHERE id = $2::uuid) AS "sameHistory",
         CASE WHEN pg_last_wal_replay_lsn() >= $1::pg_lsn THEN 0
              ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8 AS "lagSeconds"`;

async function ask({ url, name, audience }: Asked, { position, history }: Moment): Promise<Following> {
  const database = openDatabase({
    url,
    pool: 1,
    name: "bodega status",
    connectTimeoutMs: NO_TIME_MS,
    statementTimeoutMs: NO_TIME_MS,
  });
  try {
    const { follows, sameHistory, lagSeconds } = await one<{
      follows: boolean;
      sameHistory: boolean;
      lagSeconds: number;
    }>(database, FOLLOWS, [position, history]);
    return { name, trouble: troubleOf(follows && sameHistory, lagSeconds), lagSeconds };
  } catch (error) {
    return {
      name,
      trouble: `does not answer${reasonFor(audience, messageOf(error))}`,
      lagSeconds: 0,
    };
  } finally {
    await database.close();
  }
}

function troubleOf(follows: boolean, lagSeconds: number): string | undefined {
  if (!follows) return "does not follow this primary";
  return lagSeconds > REPLICA_LATE_SECONDS ? `is ${lengthOf(lagSeconds)} behind` : undefined;
}
