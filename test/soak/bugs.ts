/** Bugs that the log of a command tells of: its lines of level error. */
import { readFileSync } from "node:fs";
import path from "node:path";

/** pino's number for "error". */
const ERROR_LEVEL = 50;
/** Its operator is to see it, and it is no bug: another fault has killed what was to take an old process's place. */
const GIVEN_UP = "the restart was given up";

interface LogLine {
  level: number;
  msg: string;
  rpc?: string;
  err?: { message?: string };
}

/** As sentences. */
export function bugsIn(file: string): string[] {
  // Beside whole lines of JSON there are words of others, and what a process that was killed had half written.
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"));
  return lines
    .map((line): LogLine => JSON.parse(line))
    .filter(({ level, msg }) => level >= ERROR_LEVEL && !msg.startsWith(GIVEN_UP))
    .map(({ msg, rpc, err }) =>
      [path.basename(file), msg, rpc, err?.message].filter((part) => part !== undefined).join(": "),
    );
}
