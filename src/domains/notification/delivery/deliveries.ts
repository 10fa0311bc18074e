/**
 * The repository of messages that are to be delivered, the same for e-mails and webhooks: who has one in hand, what
 * came of an attempt, when the next one is due, and what was given up.
 *
 * PostgreSQL keeps this, so that whatever dies, a message is sent at least once and as rarely more than once as can be.
 * A worker takes a message in hand for a while, which it renews. An attempt is counted when it is taken, so that a
 * message that kills its workers ends too; an attempt that another one has overtaken writes nothing but its success.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import type { Backlog } from "../../../platform/telemetry/queue-metrics.ts";
import type { Channel } from "./channel.ts";

/** A message in the hands of one worker. */
export interface Attempt {
  id: string;
  /** Counted from 1; as no two attempts have the same number, it also says whose the lease is. */
  attempts: number;
  /** Attempts since it was made or put back. */
  tries: number;
  /** Of these, the last ones in a row of which nobody told the outcome: their workers died over them. */
  lost: number;
  /** Since the first of these tries. */
  triedForSeconds: number;
}

/** What is to be written of an attempt. */
export interface Note {
  sent: boolean;
  /** undefined: it is given up, unless it was sent. */
  pauseSeconds: number | undefined;
  /** In the order of the channel's `noted` columns. */
  notes: readonly unknown[];
}

export type Standing = "sent" | "waiting" | "given up";

/** A longer queue is told as this long: counting on would cost what is needed to work it off. */
const MAX_COUNTED = 100_000;

export class Deliveries {
  protected readonly database: Sequelize;
  readonly channel: Channel;

  constructor(database: Sequelize, channel: Channel) {
    this.database = database;
    this.channel = channel;
  }

  /** Keeps the lease of an attempt that goes on. */
  async renew({ id, attempts }: Pick<Attempt, "id" | "attempts">): Promise<void> {
    const { table, lease, leaseSeconds, openByKey } = this.channel;
    await runSql(
      this.database,
      `UPDATE ${table} d SET ${lease} = now() + make_interval(secs => $3) WHERE id = $1 AND attempts = $2 AND ${openByKey}`,
      [id, attempts, leaseSeconds],
    );
  }

  /**
   * Writes down what came of an attempt. A success counts whoever brings it: the message is out.
   * @returns how the message stands now; undefined when it ended before, or another attempt overtook this one
   */
  async note(
    { id, attempts }: Pick<Attempt, "id" | "attempts">,
    { sent, pauseSeconds, notes }: Note,
  ): Promise<Standing | undefined> {
    const { table, lease, schedule, noted, openByKey, givenUp } = this.channel;
    // One that was put back while it was in hand has no tries: it is not over, and due at once.
    const ended = this.channel.ended({
      sent: "$3",
      givenUp: "(NOT $3 AND $4 AND d.tries > 0)",
      nextAttempt: `now() + make_interval(secs => CASE WHEN d.tries > 0 THEN $5::float8 * (1 + ${schedule.jitter} * random()) ELSE 0 END)`,
    });
    const [row] = await runSql<{ open: boolean; givenUp: boolean }>(
      this.database,
      `UPDATE ${table} d SET ${lease} = NULL, lost = 0, ${ended}, ${noted.map((column, n) => `${column} = $${n + 6}`).join(", ")}
       WHERE id = $1 AND ($3::boolean OR attempts = $2) AND ${openByKey}
       RETURNING ${openByKey} AS open, ${givenUp} AS "givenUp"`,
      [id, attempts, sent, pauseSeconds === undefined, pauseSeconds ?? 0, ...notes],
    );
    if (row === undefined) return undefined;
    if (row.givenUp) return "given up";
    return row.open ? "waiting" : "sent";
  }

  /** Puts back what was given up: those of `ids`, unknown ones skipped, or all. @returns how many */
  async reopen(ids: readonly string[] | undefined): Promise<number> {
    const { table, givenUp } = this.channel;
    const reopened = await runSql(
      this.database,
      `UPDATE ${table} d SET ${putBack(this.channel)} WHERE ${givenUp} AND ($1::uuid[] IS NULL OR id = ANY($1)) RETURNING id`,
      [ids ?? null],
    );
    return reopened.length;
  }

  /** Lets what waits after a failure begin anew, at once: its cause is gone. */
  async release(): Promise<void> {
    const { table, lease, open } = this.channel;
    await runSql(
      this.database,
      `UPDATE ${table} d SET next_attempt_at = now(), tries = 0 WHERE ${open} AND d.tries > 0 AND d.${lease} IS NULL`,
    );
  }

  /** Forgets at most `limit` that ended long ago. @returns how many */
  async purge(limit: number): Promise<number> {
    const { table } = this.channel;
    const old = this.channel.old().map((select, n) => `SELECT id FROM (${select}) AS old_${n}`);
    const purged = await runSql(
      this.database,
      `DELETE FROM ${table} WHERE id IN (${old.join(" UNION ALL ")} LIMIT $1) RETURNING id`,
      [limit],
    );
    return purged.length;
  }

  /** How many are to be sent, since when, and why not yet; and how many were given up. */
  async backlog(): Promise<DeliveryBacklog> {
    const { queue, table, sendable, open, givenUp, since, error } = this.channel;
    const [row] = await runSql<Omit<DeliveryBacklog, "queue">>(
      this.database,
      `WITH open AS MATERIALIZED (
         SELECT ${since} AS since, ${error} AS error, d.last_attempt_at FROM ${table} d ${sendable} WHERE ${open} LIMIT $1
       )
       SELECT (SELECT count(*)::integer FROM open) AS waiting, (SELECT min(since) FROM open) AS "oldestAt",
              coalesce((SELECT extract(epoch FROM clock_timestamp() - min(since)) FROM open), 0)::float8 AS "oldestSeconds",
              coalesce((SELECT error FROM open WHERE error <> '' ORDER BY last_attempt_at DESC LIMIT 1), '') AS "lastError",
              (SELECT count(*)::integer FROM (SELECT FROM ${table} d WHERE ${givenUp} LIMIT $1) AS given_up) AS "deadLetters"`,
      [MAX_COUNTED],
    );
    return { queue, waiting: 0, oldestAt: null, oldestSeconds: 0, deadLetters: 0, lastError: "", ...row };
  }
}

export interface DeliveryBacklog extends Backlog {
  deadLetters: number;
  /** null: nothing waits. */
  oldestAt: Date | null;
  /** "" when nothing that waits has failed. */
  lastError: string;
}

/** SET clause of whoever takes a message in hand. */
export function taken({ lease, leaseSeconds }: Channel): string {
  return `attempts = d.attempts + 1, tries = d.tries + 1, lost = d.lost + CASE WHEN d.${lease} IS NULL THEN 0 ELSE 1 END,
    first_attempt_at = coalesce(d.first_attempt_at, now()), last_attempt_at = now(), ${lease} = now() + interval '${leaseSeconds} seconds'`;
}

/** What RETURNING gives of an Attempt. */
export const ATTEMPT = `d.id, d.attempts, d.tries, d.lost, extract(epoch FROM now() - d.first_attempt_at)::float8 AS "triedForSeconds"`;

/** Condition: nobody has it in hand, or whoever had is dead. */
export function free({ lease }: Channel): string {
  return `(d.${lease} IS NULL OR d.${lease} <= now())`;
}

/** SET clause of what is to be tried anew, with all its tries before it. */
export function putBack({ reopened }: Channel): string {
  return `tries = 0, lost = 0, first_attempt_at = NULL, next_attempt_at = now(), ${reopened}`;
}
