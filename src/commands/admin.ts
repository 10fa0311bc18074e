/**
 * `admin create`: an admin, made by whoever runs the server; in production the first one.
 *
 * The password is asked for or read from standard input, never an argument: those are in the shell's history and in
 * every process list.
 */
import { text } from "node:stream/consumers";
import { create } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { RegisterRequestSchema } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { AuditLog } from "../domains/identity/audit-log.ts";
import { auditMadeUser } from "../domains/identity/command-audit.ts";
import { hashPassword } from "../domains/identity/password/password-hash.ts";
import { passwordPolicy, shopWordsOf } from "../domains/identity/password/password-policy.ts";
import { Users } from "../domains/identity/users.ts";
import { requireDatabaseUrl } from "../platform/config/config.ts";
import { openDatabase } from "../platform/database/database.ts";
import { requireDatabase } from "../platform/database/require-database.ts";
import { withTransaction } from "../platform/database/transaction.ts";
import { Failure } from "../platform/errors/failure.ts";
import { PageTokens } from "../platform/wire/page-token.ts";
import { sharedSecret } from "../platform/database/shared-secrets.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import { trimmed } from "../platform/wire/trim.ts";
import type { Command } from "./command.ts";
import { askHidden } from "./ask-hidden.ts";

export const adminCreate: Command = {
  summary: "make an admin; in production, the first one",
  help: `Usage: node src/main.ts admin create --email E --username U [--first-name F] [--last-name L]

Makes an account with the role ADMIN in DATABASE_URL. The password is asked for, or read from standard input if that
is no terminal:  node src/main.ts admin create --email … --username … < password-file`,
  options: {
    email: { type: "string" },
    username: { type: "string" },
    "first-name": { type: "string" },
    "last-name": { type: "string" },
  },
  async run(config, { email, username, "first-name": firstName, "last-name": lastName }) {
    const url = requireDatabaseUrl(config);
    const names = {
      email: given("--email", email),
      username: given("--username", username),
      firstName: optional(firstName),
      lastName: optional(lastName),
    };
    await requireDatabase(url);
    const password = process.stdin.isTTY ? await askHidden("Password: ") : firstLine(await text(process.stdin));
    requireValid({ ...names, password });
    const id = await createAdmin(url, { ...names, password, mailFrom: config.mailFrom });
    console.log(`Made the admin ${names.username} (${id}).`);
  },
};

interface NewAdmin {
  email: string;
  username: string;
  firstName: string;
  lastName: string;
  password: string;
}

async function createAdmin(
  url: string,
  { password, mailFrom, ...names }: NewAdmin & { mailFrom: string },
): Promise<string> {
  const database = openDatabase({ url, pool: 1, name: "bodega admin" });
  try {
    await passwordPolicy(shopWordsOf(mailFrom))(password, names);
    const pageTokens = new PageTokens(await sharedSecret(database, "page-tokens"));
    const [users, auditLog] = [new Users(database, pageTokens), new AuditLog(database, pageTokens)];
    const account = { ...names, phone: "", role: "ADMIN" as const, passwordHash: await hashPassword(password) };
    return await withTransaction(database, async () => {
      const admin = await users.create(account);
      await auditMadeUser(auditLog, admin, "admin create");
      return admin.id;
    });
  } catch (error) {
    if (error instanceof Failure) throw new StartupError(error.message, { cause: error });
    throw error;
  } finally {
    await database.close();
  }
}

/** The rules that Register keeps. @throws StartupError that names every broken one */
function requireValid(account: NewAdmin): void {
  const { violations = [] } = createValidator().validate(RegisterRequestSchema, create(RegisterRequestSchema, account));
  if (violations.length === 0) return;
  throw new StartupError(violations.map(({ field, message }) => `${pathToString(field)}: ${message}`).join("\n"));
}

function given(option: string, value: unknown): string {
  const text = optional(value);
  if (text !== "") return text;
  throw new StartupError(`${option} is missing. Try --help.`);
}

function optional(value: unknown): string {
  return typeof value === "string" ? trimmed(value) : "";
}

function firstLine(input: string): string {
  return input.split(/\r?\n/, 1)[0] ?? "";
}
