/**
 * Whether the primary is of use: asked again and again over a connection of its own, for health and readiness.
 *
 * A database that takes longer than a second and a half for nothing cannot serve anybody in time, so slow counts as
 * away; one late answer does not. While it says nothing at all its connections are cut: their callers are told at once
 * instead of at their deadlines, and the pool is free when it is back.
 */
import type { Sequelize } from "sequelize";
import { type Rounds, startRounds } from "../async/rounds.ts";
import { withTimeout } from "../async/with-timeout.ts";
import { listenForSilence, type Silence } from "./pool/sockets.ts";
import { runSql } from "./database.ts";
import type { Logger } from "../telemetry/log.ts";
import { databaseOutage } from "../telemetry/outage.ts";
import { pendingMigrations } from "./schema/pending-migrations.ts";

const PAUSE_MS = 500;
/** A hundred times what an answer takes on a busy day. */
const ANSWER_MS = 1_500;
/** In a row: one may be late because this process was busy itself. */
const MISSES = 2;
/** When nobody has heard anything for so long, the connections that wait are cut: slow is not silent. */
const SILENCE_MS = 3_000;
const NOT_MIGRATED = "migrations are pending: run `node src/main.ts migrate`";

export interface PrimaryMonitorOptions {
  /** With a connection to spare. */
  database: Sequelize;
  /** Whose silent connections are cut; `database` among them. */
  cut: readonly Sequelize[];
  /** Called when it becomes useful or useless; first before `open` comes back. */
  onChange: (useful: boolean) => void;
  log: Logger;
}

interface Listening extends Silence {
  sinceMs: number;
}

export class PrimaryMonitor {
  readonly #options: PrimaryMonitorOptions;
  #rounds: Rounds | undefined;
  #asking: Promise<string | undefined> | undefined;
  #migrated = false;
  #useful: boolean | undefined;
  #misses = 0;
  /** Since the first miss, or the last cut. */
  #silence: Listening | undefined;

  private constructor(options: PrimaryMonitorOptions) {
    this.#options = options;
  }

  static async open(options: PrimaryMonitorOptions): Promise<PrimaryMonitor> {
    const watch = new PrimaryMonitor(options);
    watch.#tell((await watch.ask()) === undefined);
    watch.#rounds = startRounds(({ signal }) => watch.#look(signal), { firstAfterMs: PAUSE_MS });
    return watch;
  }

  /** What is wrong with it, or undefined. Who asks at the same time gets the same answer. */
  ask(): Promise<string | undefined> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async stop(): Promise<void> {
    await this.#rounds?.stop();
  }

  /** @returns the pause behind it */
  async #look(signal: AbortSignal): Promise<number> {
    const silence = this.#listen();
    const why = await this.ask();
    if (!signal.aborted) {
      if (why === undefined) this.#answered();
      else this.#missed(why, silence);
    }
    return PAUSE_MS;
  }

  #answered(): void {
    this.#misses = 0;
    const { log } = this.#options;
    databaseOutage.ended(this, log);
    if (this.#useful !== true) log.info({ cut: this.#silence?.cut() }, "database healthy");
    this.#silence = undefined;
    this.#tell(true);
  }

  #missed(why: string, silence: Listening): void {
    this.#misses++;
    this.#silence ??= silence;
    if (performance.now() - this.#silence.sinceMs >= SILENCE_MS) {
      if (this.#silence.isWhole()) this.#silence.cut();
      this.#silence = this.#listen();
    }
    if (this.#misses < MISSES) return;
    const { log } = this.#options;
    if (why !== NOT_MIGRATED) databaseOutage.began(this, why, log);
    if (this.#useful !== false) log[why === NOT_MIGRATED ? "warn" : "info"]({ why }, "not serving: database unhealthy");
    this.#tell(false);
  }

  #listen(): Listening {
    return { sinceMs: performance.now(), ...listenForSilence(this.#options.cut) };
  }

  #tell(useful: boolean): void {
    if (this.#useful === useful) return;
    this.#useful = useful;
    this.#options.onChange(useful);
  }

  async #ask(): Promise<string | undefined> {
    try {
      return await withTimeout(ANSWER_MS, this.#tryOut(), () => "the database does not answer in time");
    } catch {
      return "the database does not answer";
    }
  }

  /** The schema only goes forward: what was migrated once need not be asked again. */
  async #tryOut(): Promise<string | undefined> {
    const { database } = this.#options;
    await runSql(database, "SELECT 1");
    if (!this.#migrated) this.#migrated = (await pendingMigrations(database)).length === 0;
    return this.#migrated ? undefined : NOT_MIGRATED;
  }
}
