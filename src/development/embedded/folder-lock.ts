/**
 * Lets one guardian at a time use a data folder: a lock that is free again however its guardian ended.
 *
 * A file with a process id and that process's start mark rather than a lock of the kernel, which Node does not offer:
 * it can say who holds it, and after a `kill -9`, a reboot or a reused id it counts for nothing.
 */
import { readFileSync, renameSync, rmSync, writeFileSync, linkSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno } from "../../platform/process/filesystem.ts";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { startMark } from "./process-identity.ts";

interface Holder {
  guardian: Identity;
  /** Whoever started the guardian; when it is gone, the guardian is about to end too. */
  starter: Identity;
}

interface Identity {
  pid: number;
  mark: string;
}

/** A guardian whose starter was killed stops two servers first. */
const ENDING_GRACE_MS = 40_000;
const POLL_MS = 50;
/** Each failed attempt means that another start came between, so a few are plenty. */
const ATTEMPTS = 5;

/**
 * Takes the folder for this process; the answer gives it back.
 *
 * @throws StartupError when another start holds it
 */
export async function lockFolder(dataDir: string, starterPid: number): Promise<() => void> {
  const file = path.join(dataDir, "lock.json");
  const mine = JSON.stringify({ guardian: identify(process.pid), starter: identify(starterPid) } satisfies Holder);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (linkIfFree(draft, file)) return () => release(file, mine);
      await waitForTheEndOf(file, dataDir);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new StartupError(`Other starts take ${dataDir} again and again. Stop them, or set another DATA_DIR.`);
}

function identify(pid: number): Identity {
  return { pid, mark: startMark(pid) ?? "" };
}

/** A link appears whole or not at all, and never replaces a file. */
function linkIfFree(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/** Returns when the file is out of the way. */
async function waitForTheEndOf(file: string, dataDir: string): Promise<void> {
  const deadline = performance.now() + ENDING_GRACE_MS;
  while (performance.now() < deadline) {
    const text = readIfThere(file);
    if (text === undefined) return;
    const holder = holderOf(text);
    if (holder === undefined || !lives(holder.guardian)) return removeStale(file, text);
    if (lives(holder.starter)) {
      throw new StartupError(
        `Already running in ${dataDir} (process ${holder.starter.pid}). Stop it, or set another DATA_DIR.`,
      );
    }
    await sleep(POLL_MS);
  }
  throw new StartupError(
    `An earlier start in ${dataDir} is still stopping. Try again shortly, or set another DATA_DIR.`,
  );
}

/** Renames first: of two starts that judge the same file, one gets it, and notices if it got a newer one. */
function removeStale(file: string, judged: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readIfThere(aside) !== judged) linkIfFree(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, mine: string): void {
  if (readIfThere(file) === mine) rmSync(file, { force: true });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function holderOf(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    isObject(value) &&
    "guardian" in value &&
    isIdentity(value.guardian) &&
    "starter" in value &&
    isIdentity(value.starter)
  );
}

function isIdentity(value: unknown): value is Identity {
  return (
    isObject(value) &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "mark" in value &&
    typeof value.mark === "string"
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function lives({ pid, mark }: Identity): boolean {
  return startMark(pid) === mark;
}
