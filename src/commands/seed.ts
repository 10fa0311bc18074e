/** `seed`: fills a development database. */
import { createMedia } from "../domains/media/create.ts";
import { type Config, requireDirectUrl } from "../platform/config/config.ts";
import { openDatabase } from "../platform/database/database.ts";
import { requireDatabase } from "../platform/database/require-database.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import { MAX_PRODUCTS } from "../development/seed/products.ts";
import { progressBar } from "../development/seed/progress.ts";
import { seed } from "../development/seed/seed.ts";
import { MAX_STORES } from "../development/seed/stores.ts";
import type { Command } from "./command.ts";

/** A batch of a large seed takes as long as the disk does. */
const NO_TIMEOUT_MS = 0;

export const seedCommand: Command = {
  summary: "fill a development database with a shop",
  help: `Usage: node src/main.ts seed [--products N] [--stores M]

Writes categories, products (default 1200), stores (default 25) with stock, accounts and promotion codes into
DATABASE_URL, and images of the products to where MEDIA_URL or DATA_DIR keeps them. The same on every machine; running it again changes nothing. The accounts' password is SEED_PASSWORD.
Refused when NODE_ENV is production.`,
  options: { products: { type: "string" }, stores: { type: "string" } },
  async run(config, { products, stores }) {
    const size = {
      products: wholeNumber("--products", products, MAX_PRODUCTS),
      stores: wholeNumber("--stores", stores, MAX_STORES),
    };
    const url = requireDirectUrl(config);
    await requireDatabase(url);
    await seedDatabase({ ...config, databaseUrl: url }, size);
  },
};

/** @throws StartupError in production, where nobody wants accounts whose password is in a README */
export async function seedDatabase(
  config: Config & { databaseUrl: string },
  size: { products?: number; stores?: number } = {},
): Promise<void> {
  if (config.production) {
    throw new StartupError("The seed makes accounts with a known password; it is refused when NODE_ENV is production.");
  }
  const database = openDatabase({
    url: config.databaseUrl,
    pool: 2,
    name: "bodega seed",
    statementTimeoutMs: NO_TIMEOUT_MS,
  });
  const media = await createMedia(config);
  try {
    await seed({
      database,
      media,
      password: config.seedPassword,
      currency: config.currency,
      onProgress: progressBar("Seeding"),
      ...size,
    });
  } finally {
    media.close();
    await database.close();
  }
}

function wholeNumber(option: string, value: unknown, max: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number <= max) return number;
  throw new StartupError(`${option} must be a whole number from 1 to ${max}, not ${JSON.stringify(value)}.`);
}
