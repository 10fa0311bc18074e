/**
 * What each of our connections asks of PostgreSQL before anything else: for how long a statement may run, wait for
 * somebody's lock, or leave a transaction standing still, and how soon a machine that is gone is noticed.
 *
 * By SET and not at the start of the connection: a pooler refuses what it does not know there, and PostgreSQL refuses the
 * connection for a setting that its platform lacks. PostgreSQL's own defaults keep the locks of a lost machine for hours.
 */

/** No statement of ours may take longer, whoever forgot to set a deadline. */
export const STATEMENT_TIMEOUT_MS = 30_000;
/** Longer than any healthy transaction holds a row, and short enough that those who wait for a stuck one free their connections. */
const LOCK_TIMEOUT_MS = 4_000;
/** A process that is silent for so long in the middle of a transaction is gone, or stands still with everybody's locks. */
const STANDSTILL_MS = 10_000;
/** A connection on which nothing was heard for so long is asked whether the other side is there, … */
const PROBE_AFTER_S = 5;
const PROBE_EVERY_S = 2;
/** … and given up without so many answers, or when what was sent is not acknowledged in time. */
const PROBES = 3;
const UNACKNOWLEDGED_MS = 10_000;
/** A statement that waits for a lock or works for long looks so often whether its caller is still there. */
const CALLER_CHECK_MS = 5_000;

/** Client's side of the same: Node asks each second from then on, ten times. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_S * 1_000 };

/** For a transaction that waits for its own process, holding nothing that others need but one lock: see `beginWith`. */
export const MAY_STAND_STILL = "SET LOCAL idle_in_transaction_session_timeout = 0;";

/** The settings that guard against a lost or frozen process, as PostgreSQL calls them, with our value. */
export const GUARDS = {
  idle_in_transaction_session_timeout: STANDSTILL_MS,
  tcp_keepalives_idle: PROBE_AFTER_S,
  tcp_keepalives_interval: PROBE_EVERY_S,
  tcp_keepalives_count: PROBES,
  tcp_user_timeout: UNACKNOWLEDGED_MS,
  client_connection_check_interval: CALLER_CHECK_MS,
} as const;

/** @param statementTimeoutMs 0: statements, and their waits for locks, take as long as they take */
export function sessionSettings(statementTimeoutMs: number): string {
  const { client_connection_check_interval: callerCheckMs, ...guards } = GUARDS;
  const settings = {
    statement_timeout: statementTimeoutMs,
    lock_timeout: statementTimeoutMs === 0 ? 0 : LOCK_TIMEOUT_MS,
    ...guards,
  };
  // The last one is refused by servers on platforms that cannot see a connection's end.
  return `${Object.entries(settings)
    .map(([name, value]) => `SET ${name} = ${value};`)
    .join(" ")}
    DO $$ BEGIN
      SET client_connection_check_interval = ${callerCheckMs};
    EXCEPTION WHEN invalid_parameter_value THEN NULL;
    END $$;`;
}
