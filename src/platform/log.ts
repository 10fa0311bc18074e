/** Structured log lines (pino, JSON): one a line, to standard output or a file. */
import pino, { type Logger } from "pino";
import type { LogLevel } from "./config.ts";

export type { Logger } from "pino";

/** Fields that could hold a secret, wherever they stand in a line. */
const SECRET_FIELDS = ["password", "authorization", "access_token", "refresh_token", "accessToken", "refreshToken"];

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
  return { type: name, message, stack, code: typeof code === "string" ? code : undefined, cause: errorOf(cause, causes - 1) };
}

/**
 * With a `file`, lines go there and warnings to standard error too, so that whoever watches a terminal sees what
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
  const file = pino.destination({ dest: options.file, append: true, mkdir: true, sync: true });
  const level = options.level === "silent" ? "fatal" : options.level;
  return pino(settings, pino.multistream([{ level, stream: file }, { level: "warn", stream: process.stderr }]));
}
