/**
 * What a change learns on its way and the audit log wants to know: what was there before, and what is there after.
 *
 * Noted where the row is locked and read, which is the only place that knows for certain; carried by an
 * AsyncLocalStorage, so that no repository passes on what it does not use. Outside of an audited change it is nothing.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** One field that was written, both values as text. */
export interface NotedChange {
  /** As the contract's message names it. */
  path: string;
  oldValue: string;
  newValue: string;
  /** A secret: the log is told that it was written, and nothing of it. */
  redacted?: boolean;
}

export interface AuditNotes {
  oldEtag?: string;
  newEtag?: string;
  /** What the thing is called, where its message does not say it. */
  objectName?: string;
  /** The thing as it was, with its row locked. */
  before?: ReflectMessage;
  /** What the answer does not show by a difference to `before`. */
  changes: NotedChange[];
}

const ambient = new AsyncLocalStorage<AuditNotes>();

export function withAuditNotes<T>(work: (notes: AuditNotes) => Promise<T>): Promise<T> {
  const notes: AuditNotes = { changes: [] };
  return ambient.run(notes, () => work(notes));
}

/** The first one counts: what else is looked at on the way is not what the change is of. */
export function noteOldEtag(etag: string): void {
  const notes = ambient.getStore();
  if (notes !== undefined) notes.oldEtag ??= etag;
}

/** For changes whose answer does not carry it. */
export function noteNewEtag(etag: string): void {
  const notes = ambient.getStore();
  if (notes !== undefined) notes.newEtag = etag;
}

/** The thing as it was, in the contract's words. The first one counts. */
export function noteBefore<Desc extends DescMessage>(message: Desc, thing: () => MessageInitShape<Desc>): void {
  const notes = ambient.getStore();
  if (notes !== undefined) notes.before ??= reflect(message, create(message, thing()));
}

/** For changes whose answer does not show the thing, or more of it than was written. */
export function noteChange(change: NotedChange): void {
  ambient.getStore()?.changes.push(change);
}

/** For things whose message has no name. */
export function noteObjectName(name: string): void {
  const notes = ambient.getStore();
  if (notes !== undefined) notes.objectName = name;
}
