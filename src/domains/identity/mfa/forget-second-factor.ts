/** The end of a second factor, whether it is turned off or its account ends. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";

/** Takes away all that an account's second factor is made of. */
export async function forgetSecondFactor(database: Sequelize, userId: string): Promise<void> {
  await runSql(
    database,
    `WITH codes AS (DELETE FROM identity.recovery_codes WHERE user_id = $1),
          logins AS (DELETE FROM identity.mfa_logins WHERE user_id = $1)
     DELETE FROM identity.second_factors WHERE user_id = $1`,
    [userId],
  );
}
