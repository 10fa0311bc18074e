/**
 * What a change learns on its way and the audit log wants to know: the etag before, and the one after.
 *
 * Noted where the row is locked and its version read, which is the only place that knows for certain; carried by an
 * AsyncLocalStorage, so that no repository passes on what it does not use. Outside of an audited change it is nothing.
 */
import { AsyncLocalStorage } from "node:async_hooks";

export interface AuditNotes {
  oldEtag?: string;
  newEtag?: string;
}

const ambient = new AsyncLocalStorage<AuditNotes>();

export function withAuditNotes<T>(work: (notes: AuditNotes) => Promise<T>): Promise<T> {
  const notes: AuditNotes = {};
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
