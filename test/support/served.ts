/** The API as a deployment runs it: `node src/main.ts serve` in processes of its own, on free ports and the file's database. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { until } from "./until.ts";

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");

export interface ServedLine {
  msg: string;
  exit?: string;
  [field: string]: unknown;
}

export interface Served {
  port: number;
  /** http://127.0.0.1:port */
  baseUrl: string;
  grpcAddress: string;
  /** What it and its children logged so far. */
  lines(): ServedLine[];
  signal(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>;
}

/** @param main whose program; this checkout's unless told. Comes back when it is ready */
export async function serve(environment: Record<string, string> = {}, main: string = MAIN): Promise<Served> {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const logFile = path.join(process.env["TEST_DATA_DIR"] ?? "", `serve-${port}.log`);
  const variables = {
    DATABASE_URL: process.env["TEST_DATABASE_URL"],
    WORKERS: "2",
    RATE_LIMITS: "off",
    PORT: String(port),
    GRPC_PORT: String(grpcPort),
    OPS_PORT: "0",
    LOG_FILE: logFile,
  };
  const child = spawn(process.execPath, [main, "serve"], {
    env: { ...process.env, DATA_DIR: process.env["TEST_DATA_DIR"], ...variables, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit").then(([code, signal]: (number | string | null)[]) => code ?? signal ?? "");
  const served = { port, baseUrl: `http://127.0.0.1:${port}`, grpcAddress: `127.0.0.1:${grpcPort}`, ended };
  await until("it is ready", async () => {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    return isReady(served.baseUrl);
  });
  return {
    ...served,
    lines: () =>
      readFileSync(logFile, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line): ServedLine => JSON.parse(line)),
    signal: (signal) => void child.kill(signal),
  };
}

export async function isReady(baseUrl: string): Promise<boolean> {
  const response = await fetch(`${baseUrl}/readyz`).catch(() => undefined);
  return response?.status === 200;
}
