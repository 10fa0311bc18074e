/** When a message that failed is tried again, and when no more: a table for each channel. Pure. */

export interface Schedule {
  /** Seconds from each failed attempt to the next; the last one holds for all further ones. */
  pausesSeconds: readonly number[];
  /** Nothing is given up before its first attempt is so long ago. */
  lastsSeconds: number;
  /** A pause is longer by up to this part of it, so that what failed together does not come back together. */
  jitter: number;
}

/** How often and for how long a message was tried, since it was made or an admin put it back. */
export interface Tried {
  tries: number;
  seconds: number;
}

/**
 * Seconds until the next attempt, without jitter; undefined when there is none. Both must be over, the time and the
 * table: by the time alone whatever waited for a worker that was away would end with the first failure, by the table
 * alone an outage in which there are many attempts would end it within minutes.
 */
export function pauseAfter({ tries, seconds }: Tried, { pausesSeconds, lastsSeconds }: Schedule): number | undefined {
  if (tries > pausesSeconds.length && seconds >= lastsSeconds) return undefined;
  return pausesSeconds[Math.min(tries, pausesSeconds.length) - 1] ?? 0;
}
