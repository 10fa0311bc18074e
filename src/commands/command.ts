/** What a command is. */
import type { Config } from "../platform/config/config.ts";

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
