/** A command of the product that goes on running, as a process of its own over the file's database; its log is read. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { LogLine } from "./logged-api.ts";

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");

export type RunningLine = LogLine & {
  port?: number;
  grpcPort?: number;
  opsPort?: number;
  listener?: string;
  pid: number;
};

export interface RunningCommand {
  pid: number;
  /** What it and its children logged so far. */
  lines: RunningLine[];
  /** The first line that says so, as soon as it is there. Rejects when the command ends without it. */
  line(msg: string): Promise<RunningLine>;
  /** By SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface RunningOptions {
  /** Whose program; this checkout's unless told. */
  main?: string;
  /** How many it and each of its children may have open; as many as the test unless told. */
  descriptors?: number;
}

/** Any free ports, unless `environment` says others. */
export function startRunning(
  command: string,
  environment: Record<string, string> = {},
  { main = MAIN, descriptors }: RunningOptions = {},
): RunningCommand {
  const { TEST_DATABASE_URL: DATABASE_URL, TEST_REDIS_URL: REDIS_URL, TEST_DATA_DIR: DATA_DIR } = process.env;
  const ours = { DATABASE_URL, REDIS_URL, DATA_DIR, PORT: "0", GRPC_PORT: "0", RATE_LIMITS: "off", LOG_LEVEL: "info" };
  const limited = descriptors === undefined ? "" : `ulimit -n ${descriptors}; `;
  const child = spawn("sh", ["-c", `${limited}exec "$@"`, "sh", process.execPath, main, command], {
    env: { ...process.env, ...ours, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exited = once(child, "exit");
  const lines: RunningLine[] = [];
  const asked = new Map<string, (line: RunningLine) => void>();
  createInterface(child.stdout).on("line", (text) => {
    const line: RunningLine = JSON.parse(text);
    lines.push(line);
    asked.get(line.msg)?.(line);
  });
  return {
    pid: child.pid ?? 0,
    lines,
    line(msg) {
      const known = lines.find((line) => line.msg === msg);
      if (known !== undefined) return Promise.resolve(known);
      const { promise, resolve, reject } = Promise.withResolvers<RunningLine>();
      asked.set(msg, resolve);
      void exited.then(() => reject(new Error(`${command} ended before it said "${msg}":\n${errors}`)));
      return promise;
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
}
