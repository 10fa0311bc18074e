/**
 * One server program as a child: its log file, its end, and how it is stopped, gently first.
 *
 * An orphan, left by a start that was killed, is stopped in the same steps before a new server takes its files.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno } from "../../platform/process/filesystem.ts";
import { isAlive, worksIn } from "./process-identity.ts";
import type { Account } from "./run-as.ts";

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
  /** What it has logged since this start. */
  recentLog(): string;
}

/** What is sent, gentlest first, and how long each may take before the next; SIGKILL comes last and is certain. */
export type StopSteps = readonly { signal: NodeJS.Signals; graceMs: number }[];

export interface ServerCommand {
  file: string;
  args: string[];
  account?: Account | undefined;
  cwd: string;
  logFile: string;
  stopSteps: StopSteps;
}

/** A log is begun anew above this size; one older part is kept. */
const LOG_ROTATE_BYTES = 10 * 1024 * 1024;
/** Enough for the lines before a failure. */
const LOG_TAIL_BYTES = 4 * 1024;
const POLL_MS = 20;
/** The kernel ends a killed process at once, unless it waits for a broken disk. */
const KILL_GRACE_MS = 5_000;

/** @throws when the program cannot be started at all */
export async function spawnServer(command: ServerCommand): Promise<ServerProcess> {
  rotate(command.logFile);
  const log = openSync(command.logFile, "a", 0o600);
  const logStart = statSync(command.logFile).size;
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    stdio: ["ignore", log, log],
    env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
    ...command.account,
  });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.file} has no process id`);
  return {
    pid,
    exited,
    stop: () => stopByStages(pid, command.stopSteps),
    recentLog: () => tail(command.logFile, logStart),
  };
}

/** Stops the server that `pid` names if it is one on `folder`; any other process with that id is left alone. */
export async function stopOrphan(pid: number, folder: string, steps: StopSteps): Promise<boolean> {
  if (!worksIn(pid, folder)) return false;
  await stopByStages(pid, steps);
  return true;
}

async function stopByStages(pid: number, steps: StopSteps): Promise<void> {
  for (const { signal, graceMs } of [...steps, { signal: "SIGKILL", graceMs: KILL_GRACE_MS } as const]) {
    if (!isAlive(pid)) return;
    trySignal(pid, signal);
    const deadline = performance.now() + graceMs;
    while (performance.now() < deadline) {
      if (!isAlive(pid)) return;
      await sleep(POLL_MS);
    }
  }
  throw new Error(`process ${pid} does not end, even killed`);
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone between the look and the signal.
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

function rotate(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_ROTATE_BYTES) renameSync(logFile, `${logFile}.1`);
}

function tail(logFile: string, from: number): string {
  const size = statSync(logFile).size;
  const start = Math.max(from, size - LOG_TAIL_BYTES);
  const buffer = Buffer.alloc(Math.max(0, size - start));
  const file = openSync(logFile, "r");
  try {
    readSync(file, buffer, 0, buffer.length, start);
  } finally {
    closeSync(file);
  }
  return buffer.toString("utf8").trim();
}
