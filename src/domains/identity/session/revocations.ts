/**
 * Revocations: what ends access tokens and service keys before their time, on every process within a second.
 *
 * Each process asks PostgreSQL for new rows several times a second, over a connection of its own, so that a busy pool
 * does not delay it. A message through Redis would be faster, but one that is lost would leave a thief signed in. When
 * the last answer is older than a token may be trusted, signing in waits for a new one, and fails if there is none.
 */
import type { Sequelize } from "sequelize";
import { type Rounds, startRounds } from "../../../platform/async/rounds.ts";
import type { SignedIn } from "../../../platform/auth/caller.ts";
import { runSql, outsideTransaction } from "../../../platform/database/database.ts";
import { RUN_OF_HISTORY } from "../../../platform/database/history.ts";
import { newId } from "../../../platform/wire/uuid.ts";

/** Twice a second and a bit, so that the promise of one second holds with a late timer and a slow answer. */
const POLL_INTERVAL_MS = 400;
/** What is known may be this old. */
const MAX_AGE_MS = 900;
/** Longer than any access token lives (15 minutes), by more than clocks differ. */
const KEPT_SECONDS = 16 * 60;
/** How often rows and entries that mean nothing any more are taken away. */
const SWEEP_INTERVAL_MS = 60_000;

export interface Revocation {
  /** A user, a session or a service key. */
  subject: string;
  /** Of a user: access tokens of an older generation are void. Left out: all of the subject's. */
  generation?: number;
  /** The session of the user that goes on. */
  spared?: string | undefined;
}

/** Writes a revocation; it holds from the commit of the transaction around it. */
export async function revoke(database: Sequelize, { subject, generation, spared }: Revocation): Promise<void> {
  await runSql(
    database,
    `INSERT INTO identity.revocations (id, subject, generation, spared, expires_at)
     VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
    [newId(), subject, generation ?? null, spared ?? null, KEPT_SECONDS],
  );
}

interface Row {
  horizon: string;
  history: string | null;
  id: string | null;
  subject: string;
  generation: number | null;
  spared: string | null;
  expires_at: Date;
}

interface Entry {
  generation: number;
  spared: string | null;
  expiresMs: number;
}

/** What else is done in the same rhythm: see SigningKeys. */
export interface Rhythm {
  onPoll: () => Promise<void>;
  onSweep: () => Promise<void>;
}

export class Revocations {
  readonly #database: Sequelize;
  readonly #rhythm: Rhythm;
  /** By subject, then by row, because a row may be read more than once. */
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #listeners = new Set<() => void>();
  #rounds: Rounds | undefined;
  #polling: Promise<void> | undefined;
  /** Every transaction before this one has ended and was seen, in this history: another one counts them again. */
  #horizon = "0";
  #history: string | null = null;
  #asOfMs = Number.NEGATIVE_INFINITY;
  #sweptMs = performance.now();

  private constructor(database: Sequelize, rhythm: Rhythm) {
    this.#database = database;
    this.#rhythm = rhythm;
  }

  /**
   * A first poll that fails keeps no process from its start, as little as a later one ends it: see `current`.
   * @param database with a connection to spare
   */
  static async open(database: Sequelize, rhythm: Rhythm): Promise<Revocations> {
    const revocations = new Revocations(database, rhythm);
    await revocations.poll().catch(() => undefined);
    revocations.#rounds = startRounds(() => revocations.#round(), { firstAfterMs: POLL_INTERVAL_MS });
    return revocations;
  }

  /** Whether a caller's token or key was ended. As good as the last poll; `current` says when that is good enough. */
  covers(caller: SignedIn): boolean {
    if (this.#entries.size === 0) return false;
    return this.#hits(caller.id, caller) || (caller.session !== undefined && this.#hits(caller.session, caller));
  }

  /** undefined when what is known is young enough; otherwise the poll to wait for, which rejects without PostgreSQL. */
  current(): Promise<void> | undefined {
    return performance.now() - this.#asOfMs <= MAX_AGE_MS ? undefined : this.poll();
  }

  /** Calls `listener` whenever there are new ones. @returns what ends that */
  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for what is new; callers at the same time share one answer. */
  poll(): Promise<void> {
    this.#polling ??= outsideTransaction(() => this.#ask()).finally(() => (this.#polling = undefined));
    return this.#polling;
  }

  /**
   * For whoever has just written a revocation: asks after now, not sharing an answer that may be older. It does not
   * fail, since what was written holds without it.
   */
  async pollAfresh(): Promise<void> {
    await this.#polling?.catch(() => undefined);
    await this.poll().catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.#rounds?.stop();
  }

  #hits(subject: string, { session, generation }: SignedIn): boolean {
    const entries = this.#entries.get(subject);
    if (entries === undefined) return false;
    for (const entry of entries.values()) {
      const older = generation === undefined || generation < entry.generation;
      if (older && (entry.spared === null || entry.spared !== session)) return true;
    }
    return false;
  }

  /** A failed poll is told by `current`, to whoever needs what it would have brought. */
  async #round(): Promise<number> {
    await this.poll().catch(() => undefined);
    if (performance.now() - this.#sweptMs > SWEEP_INTERVAL_MS) await this.#sweep().catch(() => undefined);
    return POLL_INTERVAL_MS;
  }

  /** One statement, so that the horizon and the rows are of one snapshot. It always gives a row, for the horizon. */
  async #ask(): Promise<void> {
    const askedMs = performance.now();
    const rows = await runSql<Row>(
      this.#database,
      `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, always.history, r.id, r.subject, r.generation, r.spared, r.expires_at
       FROM (SELECT ${RUN_OF_HISTORY} AS history) AS always
       LEFT JOIN identity.revocations r ON r.xact >= CASE WHEN always.history = $2 THEN $1::xid8 ELSE '0' END`,
      [this.#horizon, this.#history],
    );
    await this.#rhythm.onPoll();
    const news = rows.filter((row) => this.#add(row));
    this.#horizon = rows[0]?.horizon ?? this.#horizon;
    this.#history = rows[0]?.history ?? null;
    this.#asOfMs = askedMs;
    if (news.length > 0) for (const listener of this.#listeners) listener();
  }

  /** Whether it was not known before. */
  #add({ id, subject, generation, spared, expires_at }: Row): boolean {
    if (id === null) return false;
    const entries = this.#entries.get(subject) ?? new Map<string, Entry>();
    const isNew = !entries.has(id);
    entries.set(id, { generation: generation ?? Number.POSITIVE_INFINITY, spared, expiresMs: expires_at.getTime() });
    this.#entries.set(subject, entries);
    return isNew;
  }

  /** Every process does it; whoever comes second finds nothing. */
  async #sweep(): Promise<void> {
    this.#sweptMs = performance.now();
    for (const [subject, entries] of this.#entries) {
      for (const [id, { expiresMs }] of entries) if (expiresMs < Date.now()) entries.delete(id);
      if (entries.size === 0) this.#entries.delete(subject);
    }
    await runSql(this.#database, "DELETE FROM identity.revocations WHERE expires_at < now() - interval '1 minute'");
    await this.#rhythm.onSweep();
  }
}
