/**
 * Etags: which version of a row a caller has seen.
 *
 * A row carries a version that each change raises; its etag is that number, opaque to callers. A comparison with
 * the row locked (or in the WHERE of the update) is what makes it safe.
 */
import { noteOldEtag } from "../context/audit-notes.ts";
import { Failure } from "../errors/failure.ts";

export function etagOf(version: number | bigint): string {
  return `v${version}`;
}

/** Passes when the caller named no etag. @throws Failure STALE_ETAG */
export function checkEtag(given: string, version: number | bigint): void {
  noteOldEtag(etagOf(version));
  if (given === "" || given === etagOf(version)) return;
  throw new Failure("STALE_ETAG", "It was changed since you read it. Read it again, then repeat your change.", {
    metadata: { etag: etagOf(version) },
  });
}
