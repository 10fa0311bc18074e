/** When a delivery that failed is tried again: a table, over a day and a little. */

/**
 * Seconds from each failed attempt to the next; 24 hours and 18 minutes in all. The first few bear with a restart, the
 * later ones with a night until somebody comes to work.
 */
export const PAUSES_SECONDS = [5, 30, 120, 900, 3_600, 10_800, 21_600, 21_600, 28_800] as const;

/** After these a delivery is given up. */
export const MAX_TRIES = PAUSES_SECONDS.length + 1;

/** A pause is longer by up to this part of it, so that what failed together does not come back together. */
export const JITTER = 0.2;
