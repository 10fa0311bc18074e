/** What the engine must know of a channel: where its messages lie, which of them are open, and how an end is written. */
import type { Schedule } from "./retry-schedule.ts";

/** SQL, about a row `d` of the channel's table. */
export interface Channel {
  /** In the metrics. */
  queue: "email" | "webhooks";
  /** In the log: "an e-mail". */
  one: string;
  /** Of the line that says that one was sent. */
  sentLevel: "info" | "debug";
  table: string;
  schedule: Schedule;
  /** The column that says until when a worker has a message in hand; one that died over it loses it then. */
  lease: string;
  /** How long that is; it is renewed for as long as the attempt takes. */
  leaseSeconds: number;
  /** Condition: it is still to be sent. */
  open: string;
  /** The same for rows that are looked up by their key, where another condition keeps the planner at the key. */
  openByKey: string;
  /** Condition: it was given up. */
  givenUp: string;
  /** Column: since when it is to be sent. */
  since: string;
  /** Column: the last complaint. */
  error: string;
  /** Joined to the table, for the backlog: only what may be sent now waits. */
  sendable: string;
  /** Columns in which an outcome's notes are kept; and the notes of an attempt to which nobody answered. */
  noted: readonly string[];
  unanswered(reason: string): readonly unknown[];
  /** SET clause of an end, by conditions that say which it is, and by the time of the next attempt if it is none. */
  ended(end: { sent: string; givenUp: string; nextAttempt: string }): string;
  /** SET clause of what is put back. */
  reopened: string;
  /** SELECTs of ids, of at most $1 each, that are to be forgotten. */
  old(): string[];
}
