/** An API on the file's database whose log a test reads, and whose listeners it configures. */
import { readConfig } from "../../src/platform/config/config.ts";
import { startApi } from "../../src/api/api.ts";
import pino from "pino";

export interface LoggedApi {
  port: number;
  grpcPort: number;
  /** http://127.0.0.1:port, or https with TLS. */
  baseUrl: string;
  grpcAddress: string;
  /** What was logged so far, parsed. */
  lines: LogLine[];
  stop(): Promise<void>;
}

/** What a call's line may have; others lines have other fields. */
export interface LogLine {
  msg: string;
  /** pino's number. */
  level: number;
  requestId?: string;
  rpc?: string;
  caller?: string;
  account?: string;
  login?: string;
  address?: string;
  code?: string;
  reason?: string;
  durationMs?: number;
  traceId?: string;
  err?: { message: string; stack: string };
}

export async function startLoggedApi(environment: Record<string, string> = {}): Promise<LoggedApi> {
  const databaseUrl = process.env["TEST_DATABASE_URL"] ?? "";
  const config = {
    ...readConfig({
      PORT: "0",
      GRPC_PORT: "0",
      DATA_DIR: process.env["TEST_DATA_DIR"],
      RATE_LIMITS: "off",
      ...environment,
    }),
    databaseUrl,
  };
  const lines: LogLine[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const { port, grpcPort, stop } = await startApi(config, log);
  const scheme = config.tls === undefined ? "http" : "https";
  return {
    port,
    grpcPort,
    baseUrl: `${scheme}://127.0.0.1:${port}`,
    grpcAddress: `127.0.0.1:${grpcPort}`,
    lines,
    stop,
  };
}
