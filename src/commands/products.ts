/** `products`: brings products in from a file, and writes them out as one. */
import { createWriteStream } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { exportProducts } from "../domains/catalog/csv/export.ts";
import { importProducts } from "../domains/catalog/csv/import.ts";
import { type Config, requireDirectUrl } from "../platform/config/config.ts";
import { openDatabase } from "../platform/database/database.ts";
import { databaseFailure } from "../platform/errors/database-errors.ts";
import { requireDatabase } from "../platform/database/require-database.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import type { Command } from "./command.ts";

/** A page of an export waits for the disk or the pipe that takes it. */
const NO_TIMEOUT_MS = 0;
const EXIT_REFUSED = 1;
/** Standard input or output. */
const STANDARD = "-";

const COLUMNS = `The file is CSV in UTF-8, with the columns sku, title, description, price, currency, category (its name), featured and
active. A cell that a spreadsheet would take for a formula (it begins with = + - or @) is written with an apostrophe
before it, which the import takes away again.`;

export const productsImport: Command = {
  summary: "bring products in from a CSV file",
  help: `Usage: node src/main.ts products import FILE

Adds the products whose SKU is new, whatever its case, and changes those that differ; others are left alone, so running
it again changes nothing, and a product keeps its own SKU. A row that breaks a rule is told on standard error with its
line and its reason, the others go in, and the exit code is 1. FILE may be - for standard input. Needs a direct connection, not a pooler in transaction mode.

${COLUMNS}
They may stand in any order; only sku, title, price and category are required, and a column that is left out keeps what
products have.`,
  options: {},
  words: ["FILE"],
  async run(config, _options, [file]) {
    if (file === undefined) throw new StartupError("Name the file: node src/main.ts products import FILE");
    await work(config, file, importFile);
  },
};

export const productsExport: Command = {
  summary: "write all products to a CSV file",
  help: `Usage: node src/main.ts products export [FILE]

Writes all products, inactive ones too, to FILE, or to standard output.

${COLUMNS}`,
  options: {},
  words: ["FILE"],
  async run(config, _options, [file = STANDARD]) {
    await work(config, file, exportFile);
  },
};

async function work(
  config: Config,
  file: string,
  run: (config: DatabaseConfig, file: string) => Promise<void>,
): Promise<void> {
  const databaseUrl = requireDirectUrl(config);
  await requireDatabase(databaseUrl);
  await run({ ...config, databaseUrl }, file).catch((error: unknown) => {
    throw problemOf(error, file) ?? error;
  });
}

type DatabaseConfig = Config & { databaseUrl: string };

async function importFile(config: DatabaseConfig, file: string): Promise<void> {
  const input = file === STANDARD ? process.stdin : (await open(file)).createReadStream();
  const { databaseUrl, currency } = config;
  const onRefused = (line: number, reason: string) => console.error(`line ${line}: ${reason}`);
  const { added, changed, unchanged, refused } = await importProducts({ databaseUrl, currency, input, onRefused });
  console.log(`${added} added, ${changed} changed, ${unchanged} unchanged, ${refused} refused.`);
  if (refused > 0) process.exitCode = EXIT_REFUSED;
}

async function exportFile({ databaseUrl, currency }: DatabaseConfig, file: string): Promise<void> {
  const database = openDatabase({
    url: databaseUrl,
    pool: 1,
    name: "bodega export",
    statementTimeoutMs: NO_TIMEOUT_MS,
  });
  try {
    if (file === STANDARD) return await writeStandard((output) => exportProducts({ database, currency, output }));
    const count = await writeWhole(file, (output) => exportProducts({ database, currency, output }));
    console.log(`${count} products written to ${file}.`);
  } finally {
    await database.close();
  }
}

/** A pipe may be closed by whoever has seen enough, such as `head`. */
async function writeStandard(write: (output: Writable) => Promise<unknown>): Promise<void> {
  let closed: Error | undefined;
  process.stdout.once("error", (error) => {
    closed = error;
  });
  await write(process.stdout).catch((error: unknown) => {
    throw closed === undefined ? error : new StartupError("Nobody reads on; the export stopped.", { cause: closed });
  });
}

/** A file appears under its name only when it is whole; what is no plain file (a pipe, a device) is written to directly. */
async function writeWhole<T>(file: string, write: (output: Writable) => Promise<T>): Promise<T> {
  const there = await stat(file).catch(() => undefined);
  if (there !== undefined && !there.isFile()) return write(createWriteStream(file));
  const unfinished = `${file}.unfinished`;
  const result = await write(createWriteStream(unfinished));
  await rename(unfinished, file);
  return result;
}

/** What a person at the terminal can do something about. */
function problemOf(error: unknown, file: string): StartupError | undefined {
  if (error instanceof StartupError) return error;
  if (error instanceof RangeError) return new StartupError(`${file}: ${error.message}.`);
  const failure = databaseFailure(error);
  if (failure !== undefined)
    return new StartupError(`${failure.message} What was read until then is in; run the command again.`, {
      cause: error,
    });
  if (error instanceof Error && "syscall" in error)
    return new StartupError(`${file}: ${error.message}`, { cause: error });
  return undefined;
}
