/**
 * The files of the embedded PostgreSQL: made once, whole or not at all, with passwords that only their owner reads.
 *
 * initdb works under a temporary name and the result is renamed, so that a cut in the middle leaves nothing that a
 * later start could mistake for a cluster.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { StartupError } from "../../platform/errors/startup-error.ts";
import type { RunAs } from "./run-as.ts";

export interface Passwords {
  /** Of the superuser, `postgres`. */
  superuser: string;
  /** Of `bodega_owner`, who owns the database and migrates it. */
  owner: string;
  /** Of `bodega`, as whom the product runs. */
  application: string;
}

export interface ClusterPlace {
  /** The folder of the cluster and of its making. */
  home: string;
  cluster: string;
  passwordFile: string;
}

export interface ClusterOptions {
  initdb: string;
  locale: readonly string[];
  durable: boolean;
}

/** Sorted by code point, the same on every machine; the tables name another collation where people read the order. */
export const BUILTIN_LOCALE = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] as const;
/** The same order, for programs that may be older than 17 and bring no locale of their own. */
export const LIBC_LOCALE = ["--locale=C.UTF-8"] as const;

const MAKING = "making-";
/** An initdb that outlived a killed start still writes for a moment, until it misses its files. Waits 5 s in sum. */
const REMOVE_WHILE_WRITTEN = { recursive: true, force: true, maxRetries: 14, retryDelay: 50 };

export function clusterPlace(dataDir: string): ClusterPlace {
  const home = path.join(dataDir, "postgres");
  return { home, cluster: path.join(home, "cluster"), passwordFile: path.join(dataDir, "postgres-passwords.json") };
}

/** Makes the cluster where there is none. @throws StartupError when its passwords are lost, or initdb fails */
export async function ensureCluster(place: ClusterPlace, runAs: RunAs, options: ClusterOptions): Promise<Passwords> {
  await removeUnfinished(place.home);
  if (existsSync(place.cluster)) return readPasswords(place);
  const passwords = { superuser: randomPassword(), owner: randomPassword(), application: randomPassword() };
  await writeWhole(place.passwordFile, JSON.stringify(passwords));
  await makeCluster(place, runAs, { ...options, password: passwords.superuser });
  return passwords;
}

async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.startsWith(MAKING)) await rm(path.join(home, name), REMOVE_WHILE_WRITTEN);
  }
}

async function readPasswords(place: ClusterPlace): Promise<Passwords> {
  const text = await readFile(place.passwordFile, "utf8").catch(() => "null");
  const passwords: unknown = JSON.parse(text);
  if (isPasswords(passwords)) return passwords;
  if (isOlder(passwords)) {
    const all = { ...passwords, application: randomPassword() };
    await writeWhole(place.passwordFile, JSON.stringify(all));
    return all;
  }
  throw new StartupError(
    `${place.passwordFile} is missing, and without it nobody can open the database in ${place.cluster}. ` +
      "Put the file back, or set another DATA_DIR to start with an empty database.",
  );
}

function isPasswords(value: unknown): value is Passwords {
  return isOlder(value) && "application" in value;
}

/** Of a folder from before the application had a role of its own. */
function isOlder(value: unknown): value is Omit<Passwords, "application"> {
  return typeof value === "object" && value !== null && "superuser" in value && "owner" in value;
}

function randomPassword(): string {
  return randomBytes(24).toString("hex");
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

async function makeCluster(
  place: ClusterPlace,
  runAs: RunAs,
  options: ClusterOptions & { password: string },
): Promise<void> {
  const making = await mkdtemp(path.join(place.home, MAKING));
  const unfinished = path.join(making, "cluster");
  const passwordFile = path.join(making, "password");
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  if (runAs.owner !== undefined) {
    for (const file of [making, unfinished, passwordFile]) await chown(file, runAs.owner.uid, runAs.owner.gid);
  }
  const { file, args, account } = runAs.command(options.initdb, [
    `--pgdata=${unfinished}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    ...options.locale,
    "--data-checksums",
    "--no-instructions",
    ...(options.durable ? [] : ["--no-sync"]),
  ]);
  const result = spawnSync(file, args, {
    cwd: "/",
    encoding: "utf8",
    env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
    ...account,
  });
  if (result.status !== 0) {
    throw new StartupError(
      `PostgreSQL could not make its files in ${place.home}: ${result.error?.message ?? result.stderr.trim()}`,
    );
  }
  await rename(unfinished, place.cluster);
  await rm(making, { recursive: true });
}
