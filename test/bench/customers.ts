/** Customers for a benchmark, signed in without a password. */
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { AccessTokens } from "../../src/domains/identity/session/access-tokens.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";

/** @returns an access token of each */
export async function signInCustomers(databaseUrl: string, count: number): Promise<string[]> {
  const database = openDatabase({ url: databaseUrl, pool: 1, name: "bench" });
  const accessTokens = new AccessTokens(await SigningKeys.open(database));
  const signed: string[] = [];
  for (let index = 0; index < count; index++) {
    const id = newId();
    const username = `customer-${id}`;
    const email = `${username}@bodega.example`;
    await runSql(database, "INSERT INTO identity.users (id, email, username, password_hash) VALUES ($1, $2, $3, '')", [
      id,
      email,
      username,
    ]);
    signed.push(
      accessTokens.sign({ id, role: "CUSTOMER", username, email, tokenGeneration: 1, mfaEnabled: false }, newId())
        .accessToken,
    );
  }
  await database.close();
  return signed;
}
