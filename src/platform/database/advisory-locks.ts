/**
 * The keys of PostgreSQL's advisory locks, all of them here, so that no two are alike. Any number will do; the release
 * before knows them too. Keys of one number and of two are different locks.
 */

/** One migrates at a time. */
export const MIGRATION_LOCK = 7_305_161;
/** One rotates the signing keys at a time. */
export const SIGNING_KEYS_LOCK = 7_305_162;
/** The first of two numbers; the second is of the scheduled job's name. */
export const JOB_LOCKS = 7_305_162;
