/** `check`: the production checklist, run before the first call arrives. */
import { deploymentFindings } from "./checklist/checklist.ts";
import type { Config } from "../platform/config/config.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import { seedAccounts } from "../development/seed/accounts.ts";
import { API_CONNECTIONS_BESIDE_POOL } from "../api/databases.ts";
import { WORKER_CONNECTIONS } from "../worker/worker.ts";
import type { Command } from "./command.ts";

const MAX_MACHINES = 10_000;
const EXIT_ERRORS = 1;

export const check: Command = {
  summary: "hold the configuration, the database and Redis against the production checklist",
  help: `Usage: node src/main.ts check [--deploy] [--machines N]

Reads the environment that \`serve\` and \`worker\` will get, asks DATABASE_URL's server and REDIS_URL's, and prints one
line for each finding, with what to do. It changes nothing. Exits with 1 when there is an error; warnings are yours to
decide. Run it where they will run, with N as the number of machines (default 1). The checklist is that of a deployment,
also without --deploy: a development start does not need all of it.`,
  options: { deploy: { type: "boolean" }, machines: { type: "string" } },
  async run(config, { machines: given }) {
    const machines = wholeNumber(given);
    const findings = await deploymentFindings(
      { config, environment: process.env, machines },
      { seededEmails: seedAccounts().map(({ email }) => email), connections: connectionsOf(config, machines) },
    );
    for (const { severity, about, text } of findings) console.log(`${severity.padEnd(7)}  ${about}: ${text}`);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    console.log(`${counted(errors, "error")}, ${counted(findings.length - errors, "warning")}.`);
    if (errors > 0) process.exitCode = EXIT_ERRORS;
  },
};

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Of all processes of all machines, with a worker on each; undefined where a pooler bounds them. */
function connectionsOf(
  { databaseUrl, databaseDirectUrl, workers, databasePool }: Config,
  machines: number,
): number | undefined {
  if (databaseDirectUrl !== undefined && databaseDirectUrl !== databaseUrl) return undefined;
  return machines * (workers * (databasePool + API_CONNECTIONS_BESIDE_POOL) + WORKER_CONNECTIONS);
}

function wholeNumber(given: unknown): number {
  const number = given === undefined ? 1 : Number(given);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_MACHINES) return number;
  throw new StartupError(`--machines must be a whole number from 1 to ${MAX_MACHINES}.`);
}
