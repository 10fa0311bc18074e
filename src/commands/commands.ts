/** Every command, by the word or two that call it. */
import type { Config } from "../platform/config.ts";
import { adminCreate } from "./admin.ts";
import { api } from "./api.ts";
import { check } from "./check.ts";
import { keysRotate } from "./keys.ts";
import { migrateCommand } from "./migrate.ts";
import { productsExport, productsImport } from "./products.ts";
import { seedCommand } from "./seed.ts";
import { serve } from "./serve.ts";
import { start } from "./start.ts";
import { worker } from "./worker.ts";

export type OptionValues = Record<string, string | boolean | (string | boolean)[] | undefined>;

export interface Command {
  /** A line for the overview; commands without one are for our own processes. */
  summary?: string;
  help: string;
  options: Record<string, { type: "string" | "boolean" }>;
  /** What the words after the command stand for, in their order; none may be given when left out. */
  words?: string[];
  run(config: Config, options: OptionValues, words: string[]): Promise<void>;
}

export const commands: Record<string, Command> = {
  start,
  serve,
  worker,
  migrate: migrateCommand,
  seed: seedCommand,
  "keys rotate": keysRotate,
  "products import": productsImport,
  "products export": productsExport,
  "admin create": adminCreate,
  check,
  api,
};
