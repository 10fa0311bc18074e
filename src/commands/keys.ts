/** `keys rotate`: another key signs the access tokens from now on. */
import { rotateKeys } from "../domains/identity/session/signing-keys.ts";
import { requireDatabaseUrl, requireKeyEncryption } from "../platform/config/config.ts";
import { openDatabase } from "../platform/database/database.ts";
import { requireDatabase } from "../platform/database/require-database.ts";
import type { Command } from "./command.ts";

export const keysRotate: Command = {
  summary: "sign access tokens with a new key; nobody is logged out",
  help: `Usage: node src/main.ts keys rotate

Makes a new signing key in DATABASE_URL. Every API process signs with it two seconds later, without a restart; the old
key stays in /.well-known/jwks.json and verifies until its last token has ended (15 minutes), and is then removed.
With KEY_ENCRYPTION_KEY, private keys are stored encrypted.`,
  options: {},
  async run(config) {
    requireKeyEncryption(config);
    const url = requireDatabaseUrl(config);
    await requireDatabase(url);
    const database = openDatabase({ url, pool: 1, name: "bodega keys" });
    try {
      const { kid, removed } = await rotateKeys(database, config.keyEncryptionKey);
      const gone =
        removed === 0 ? "" : ` ${removed} whose tokens have ended ${removed === 1 ? "was" : "were"} removed.`;
      console.log(`Key ${kid} signs from now on; the old one verifies for as long as its tokens live.${gone}`);
    } finally {
      await database.close();
    }
  },
};
