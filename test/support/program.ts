/** Servers of others that tests run: found on this machine, or told how to get them. */
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:net";
import { type ServerProcess, spawnServer } from "../../src/development/embedded/server-process.ts";
import type { Account } from "../../src/development/embedded/run-as.ts";

/** Where Debian keeps programs that an ordinary user's PATH leaves out. */
const FURTHER_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];
const READY_TIMEOUT_MS = 20_000;
const POLL_MS = 20;
const STOP_STEPS = [{ signal: "SIGTERM", graceMs: 10_000 }] as const;

/** @throws Error that says how to get it */
export function programPath(name: string, debianPackage: string): string {
  const folders = [...(process.env["PATH"] ?? "").split(path.delimiter), ...FURTHER_FOLDERS];
  const found = folders.map((folder) => path.join(folder, name)).find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `${name} is not installed. Run as root: apt-get install ${debianPackage} (or: npm run setup -- --tests)`,
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface ProgramOptions {
  file: string;
  args: string[];
  account?: Account | undefined;
  /** Its standard output and error. */
  logFile: string;
  /** It is up when it listens there. */
  port: number;
}

/** Starts it, inside the test's own folder, so that the runner finds it should it be left behind. */
export async function startProgram({ port, ...command }: ProgramOptions): Promise<ServerProcess> {
  const cwd = path.dirname(command.logFile);
  const server = await spawnServer({ ...command, cwd, stopSteps: STOP_STEPS });
  let ended = false;
  void server.exited.then(() => (ended = true));
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await listens(port))) {
    if (ended || performance.now() > deadline)
      throw new Error(`${command.file} does not start:\n${server.recentLog()}`);
    await sleep(POLL_MS);
  }
  return server;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** A file of the documents with each of its texts replaced; every one must be there. */
export function filled(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the file has no ${from}`);
    return before.replaceAll(from, to);
  }, text);
}
