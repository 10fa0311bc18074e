/**
 * The command line: `node src/main.ts <command>`.
 *
 * What keeps a command from starting is told in plain lines and ends with exit code 1; a bug keeps its stack.
 */
import "./check-node.cjs";
import { parseArgs } from "node:util";
import { commands, commandSummaries } from "./commands/commands.ts";
import { type Command } from "./commands/command.ts";
import { keepCompiled } from "./platform/process/compile-cache.ts";
import { readConfig } from "./platform/config/config.ts";
import { StartupError } from "./platform/errors/startup-error.ts";

const EXIT_PROBLEM = 1;

keepCompiled();
try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(error.message);
  process.exitCode = EXIT_PROBLEM;
}

async function run(words: string[]): Promise<void> {
  const [name = "--help", ...rest] = firstTwoAsOne(words);
  if (name === "--help" || name === "-h" || name === "help") return console.log(await overview());
  const load = commands.get(name);
  if (load === undefined) throw new StartupError(`There is no command "${name}".\n\n${await overview()}`);
  const command = await load();
  const { values, positionals } = parse(rest, command);
  if (values["help"] === true) return console.log(command.help);
  await command.run(readConfig(process.env), values, positionals);
}

/** `keys rotate` is a command of two words. */
function firstTwoAsOne(words: string[]): string[] {
  const name = words.slice(0, 2).join(" ");
  return commands.get(name) === undefined ? words : [name, ...words.slice(2)];
}

/** @throws StartupError for options and words that the command does not know */
function parse(args: string[], { options, words = [] }: Command) {
  try {
    const help = { type: "boolean", short: "h" } as const;
    const parsed = parseArgs({ args, options: { ...options, help }, allowPositionals: words.length > 0 });
    const superfluous = parsed.positionals[words.length];
    if (superfluous !== undefined) throw new TypeError(`Unexpected argument '${superfluous}'.`);
    return parsed;
  } catch (error) {
    throw new StartupError(`${error instanceof Error ? error.message : String(error)}\nTry --help.`);
  }
}

async function overview(): Promise<string> {
  const lines = (await commandSummaries()).map(([name, summary]) => `  ${name.padEnd(17)}${summary}`);
  return `Usage: node src/main.ts <command> [--help]\n\n${lines.join("\n")}`;
}
