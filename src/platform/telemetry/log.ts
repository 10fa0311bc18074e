/** Structured log lines (pino, JSON): one a line, to standard output or a file. */
import { open } from "node:fs/promises";
import path from "node:path";
import pino, { type Logger } from "pino";
import type { Config } from "../config/config.ts";
import type { LogLevel } from "../config/log-level.ts";
import { makeFolder } from "../process/filesystem.ts";
import { StartupError } from "../errors/startup-error.ts";

export type { Logger } from "pino";

/** Fields that could hold a secret, wherever they stand in a line. */
const SECRET_FIELDS = ["password", "authorization", "access_token", "refresh_token", "accessToken", "refreshToken"];

/** A log names customers: nobody else on the machine reads it. */
const PRIVATE = 0o600;

/** How many causes of causes are told. */
const MAX_CAUSES = 5;

export interface LoggedError {
  type: string;
  message: string;
  stack: string | undefined;
  code: string | undefined;
  cause?: LoggedError | undefined;
}

/**
 * An error without whatever else hangs on it: Sequelize's have the statement's values, among them password hashes, and
 * PostgreSQL's have rows.
 */
function errorOf(error: unknown, causes = MAX_CAUSES): LoggedError | undefined {
  if (!(error instanceof Error) || causes === 0) return undefined;
  const code: unknown = Reflect.get(error, "code");
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    stack,
    code: typeof code === "string" ? code : undefined,
    cause: errorOf(cause, causes - 1),
  };
}

/** The log of a command. @throws StartupError when nothing can be written to its file */
export async function openCommandLog(
  { logLevel, logFile }: Pick<Config, "logLevel" | "logFile">,
  name: string,
): Promise<Logger> {
  if (logFile !== undefined) await prepareFile(logFile);
  return openLog({ level: logLevel, file: logFile, name });
}

async function prepareFile(file: string): Promise<void> {
  try {
    await makeFolder(path.dirname(path.resolve(file)));
    await (await open(file, "a", PRIVATE)).close();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `Cannot write to the log file ${file} (${reason}). Set LOG_FILE to a file that may be written.`,
      { cause: error },
    );
  }
}

/**
 * With a `file`, whose folder is there, lines go there and warnings to standard error too, so that whoever watches a terminal sees what
 * needs a person.
 */
export function openLog(options: { level: LogLevel; file?: string | undefined; name: string }): Logger {
  const settings = {
    level: options.level,
    base: { process: options.name, pid: process.pid },
    serializers: { err: (error: unknown) => errorOf(error) ?? { message: "no error was thrown, but something else" } },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "[secret]" },
  };
  if (options.file === undefined) return pino(settings);
  const file = pino.destination({ dest: options.file, append: true, sync: true });
  const level = options.level === "silent" ? "fatal" : options.level;
  return pino(
    settings,
    pino.multistream([
      { level, stream: file },
      { level: "warn", stream: process.stderr },
    ]),
  );
}
