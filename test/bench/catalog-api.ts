/** The catalog under measurement: one API process over a large one, asked by Connect JSON. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { cpuOfTree } from "./cpu.ts";
import { latencies, type Measured } from "./measured.ts";
import { type ApiUnderLoad, SERVE, startProcess } from "./stage.ts";

export interface CatalogApi {
  api: ApiUnderLoad;
  /** On the catalog's database, for the statements alone. */
  client: pg.Client;
  /** CPU of PostgreSQL, all its processes, so far. */
  databaseUs: () => number;
  stop(): Promise<void>;
}

export interface Question {
  rpc: "SearchProducts" | "SuggestProducts";
  request: Record<string, unknown>;
}

/** A process believes what it knows of other machines' changes for 0.9 s. */
const NOTICED_MS = 1_000;
const MIB = 2 ** 20;

export async function openCatalogApi(databaseUrl: string, dataDir: string): Promise<CatalogApi> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const postmaster = await parentOfBackend(client);
  const api = await startProcess(SERVE, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, WORKERS: "1" });
  return {
    api,
    client,
    databaseUs: () => cpuOfTree(postmaster),
    async stop() {
      await api.stop();
      await client.end();
    },
  };
}

async function parentOfBackend(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const stat = readFileSync(`/proc/${rows[0]?.pid ?? 0}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Makes the API forget what it keeps, as another machine's change does. */
export async function forget({ client }: CatalogApi): Promise<void> {
  await client.query("UPDATE catalog.versions SET value = value + 1 WHERE shard = 0");
  await sleep(NOTICED_MS);
}

/** One at a time: what somebody waits who is alone. */
export async function askAll({ api, databaseUs }: CatalogApi, questions: Question[]): Promise<Measured> {
  const before = { api: api.cpuUs(), database: databaseUs() };
  const round = await oneByOne(questions, (question) => ask(api, question));
  return {
    ...round,
    apiUs: (api.cpuUs() - before.api) / questions.length,
    databaseUs: (databaseUs() - before.database) / questions.length,
    mib: api.residentBytes() / MIB,
  };
}

/** Their rate and how long each took. */
export async function oneByOne<T>(all: T[], work: (one: T) => Promise<unknown>): Promise<Measured> {
  const timesUs: number[] = [];
  for (const one of all) {
    const startMs = performance.now();
    await work(one);
    timesUs.push((performance.now() - startMs) * 1_000);
  }
  return { perSecond: (timesUs.length * 1_000_000) / timesUs.reduce((sum, us) => sum + us, 0), ...latencies(timesUs) };
}

export async function ask(api: ApiUnderLoad, { rpc, request }: Question): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${api.port}/${CatalogService.typeName}/${rpc}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const answer: unknown = await response.json();
  if (!response.ok || typeof answer !== "object" || answer === null) throw new Error(JSON.stringify(answer));
  return { ...answer };
}

/** An amount as the API takes it. */
export function usd(cents: number): { currencyCode: string; units: string; nanos: number } {
  return { currencyCode: "USD", units: String(Math.floor(cents / 100)), nanos: (cents % 100) * 10_000_000 };
}
