/** One API process on an embedded PostgreSQL and Redis with a few accounts, for benchmarks that watch a process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startEmbedded } from "../../src/development/embedded/start.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { grpcTransport, type GrpcTransport } from "../support/grpc-transport.ts";

export interface ApiProcess {
  pid: number;
  address: string;
  grpc: GrpcTransport;
  /** An API in the benchmark's own process, over the same database: to make accounts. */
  office: TestApi;
  stop(): Promise<void>;
}

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");

/** @param environment of the watched process beside its addresses */
export async function startApiProcess(environment: Record<string, string>): Promise<ApiProcess> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "bodega-bench-"));
  const embedded = await startEmbedded({ dataDir, postgres: true, redis: true, log: (line) => console.error(line) });
  const { databaseUrl = "", databaseOwnerUrl, redisUrl = "" } = embedded;
  await migrate(databaseOwnerUrl ?? databaseUrl, databaseUrl);
  const office = await startTestApi({ DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: databaseOwnerUrl ?? databaseUrl });
  const server = fork(MAIN, ["api"], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      DATA_DIR: dataDir,
      PORT: "0",
      GRPC_PORT: "0",
      OPS_PORT: "0",
      LOG_LEVEL: "error",
      ...environment,
    },
  });
  const address = `127.0.0.1:${await grpcPortOf(server)}`;
  const grpc = grpcTransport(address);
  return {
    pid: server.pid ?? 0,
    address,
    grpc,
    office,
    async stop() {
      grpc.close();
      server.kill("SIGTERM");
      await once(server, "exit");
      await office.stop();
      await embedded.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** It says first that it is alive. */
async function grpcPortOf(server: ChildProcess): Promise<number> {
  for (;;) {
    const [news] = (await once(server, "message")) as [{ grpcPort?: number }];
    if (news.grpcPort !== undefined) return news.grpcPort;
  }
}
