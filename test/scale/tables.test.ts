/**
 * Tables fit what is asked of them. Every partial index serves a statement: one whose condition no statement implies is
 * written by everybody and read by nobody, while its question reads the table through. And what is purged is vacuumed.
 *
 * Method: every RPC that reads is called as everybody with requests drawn from its descriptor, others as a shop has
 * them, and a worker does its rounds. Then PostgreSQL explains each statement that was sent as if the index were the
 * only one of its table: it is used wherever it can be.
 */
// time limit: 180 s
import type { DescMethod, DescMethodUnary } from "@bufbuild/protobuf";
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { isRead } from "../../src/rpc/http/protocols/unary.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { freshKnown } from "../fuzz/known.ts";
import { type Init, validMessage } from "../fuzz/messages.ts";
import { PASSWORD, startTestApi } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";
import { adminUrl, log, workerConfig } from "../support/environment.ts";
import { arrived } from "../support/mail-shop.ts";
import { fc, seed } from "../support/seed.ts";
import { logStatements, type Sent } from "../support/statements.ts";
import { until } from "../support/until.ts";

const REQUESTS = 20;
const TIMEOUT_MS = 10_000;
/** Jobs run one after the other. */
const LAST_JOB = "low stock";
const STATEMENT = /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i;

const planner = new pg.Client({ connectionString: adminUrl });
let statements: Sent[];

test.before(async () => {
  await planner.connect();
  statements = await everythingSent();
});
test.after(() => planner.end());

/** What the product sends while it is used and works by itself, each text once for each choice of what is null. */
async function everythingSent(): Promise<Sent[]> {
  const { sent, end } = logStatements();
  const api = await startTestApi({ WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" });
  const config = workerConfig("worker");
  const worker = await startWorker(config, { log });
  const [admin, customer] = [await api.signUp("ADMIN"), await api.signUp("CUSTOMER")];
  const { secret } = await api.clients(admin).identity.createServiceKey({ serviceKey: { name: "till" } });
  const { tokens } = await api.clients().identity.login({ login: customer.email, password: PASSWORD });
  await api.clients().identity.refreshTokens({ refreshToken: tokens?.refreshToken ?? "" });
  const known = await freshKnown(api, { admin, customer });
  for (const rpc of rpcs) {
    if (!isRead(rpc) || !isUnary(rpc)) continue;
    for (const init of fc.sample(
      validMessage(rpc.input, () => known),
      { numRuns: REQUESTS, seed },
    )) {
      for (const token of [admin.token, customer.token, secret]) await call(rpc, init, token);
    }
  }
  const { identity } = api.clients(admin);
  await identity.listUsers({ role: Role.ADMIN });
  await identity.deleteUser({ id: customer.id });
  await arrived(config, { id: known.ids["order"]?.[0] ?? "" });
  await until(
    "every job has run",
    async () =>
      (await planner.query("SELECT FROM platform.jobs WHERE name = $1 AND last_end IS NOT NULL", [LAST_JOB]))
        .rowCount === 1,
  );
  await Promise.all([api.stop(), worker.stop()]);
  end();
  const once = new Map(
    sent
      .filter(({ text }) => STATEMENT.test(text))
      .map((one) => [one.text + one.values.map((value) => value === null), one]),
  );
  return [...once.values()];

  async function call(rpc: DescMethodUnary, init: Init, token: string): Promise<void> {
    await api.grpc.unary(rpc, undefined, TIMEOUT_MS, { authorization: `Bearer ${token}` }, init).catch(() => undefined);
  }
}

function isUnary(rpc: DescMethod): rpc is DescMethodUnary {
  return rpc.methodKind === "unary";
}

interface PartialIndex {
  id: number;
  name: string;
  table: string;
}

/** Those that hold something unique serve by that. */
async function partialIndexes(): Promise<PartialIndex[]> {
  const { rows } = await planner.query<PartialIndex>(
    `SELECT i.indexrelid AS id, c.relname AS name, n.nspname || '.' || t.relname AS table
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE i.indpred IS NOT NULL AND NOT i.indisunique AND n.nspname NOT LIKE 'pg\\_%' ORDER BY c.relname`,
  );
  return rows;
}

/** Whether a statement uses it, were it the only one of its table. */
async function serves({ id, name, table }: PartialIndex): Promise<boolean> {
  await planner.query("BEGIN");
  await planner.query("SET LOCAL enable_seqscan = off");
  await planner.query("UPDATE pg_index SET indisvalid = indexrelid = $1 WHERE indrelid = $2::regclass", [id, table]);
  try {
    for (const { text, values } of statements.filter((one) => one.text.replaceAll('"', "").includes(table))) {
      await planner.query("SAVEPOINT before");
      const plan = await planner.query(`EXPLAIN (FORMAT JSON) ${text}`, values).catch(() => undefined);
      if (plan === undefined) await planner.query("ROLLBACK TO SAVEPOINT before");
      else if (JSON.stringify(plan.rows).includes(`"Index Name":"${name}"`)) return true;
    }
    return false;
  } finally {
    await planner.query("ROLLBACK");
  }
}

test("every partial index is of use to a statement of the product", async () => {
  const idle: string[] = [];
  for (const index of await partialIndexes()) {
    if (!(await serves(index))) idle.push(index.name);
  }
  assert.equal(idle, [], "no statement that this test knows of uses them; let everythingSent() do what asks for them");
});

/** PostgreSQL's default is a fifth: by then the oldest rows, which a purge looks for, lie behind as many dead ones. */
const SOON = 0.05;

test("VACUUM comes soon to every table that the worker purges", async () => {
  const purged = new Set(statements.flatMap(({ text }) => /DELETE FROM (\S+).*\bLIMIT\b/s.exec(text)?.[1] ?? []));
  assert.ok(purged.size >= 5, [...purged].join());
  const { rows } = await planner.query<{ table: string }>(
    `SELECT t AS table FROM unnest($1::text[]) AS t JOIN pg_class c ON c.oid = t::regclass
     LEFT JOIN LATERAL pg_options_to_table(c.reloptions) o ON o.option_name = 'autovacuum_vacuum_scale_factor'
     WHERE o.option_value IS NULL OR o.option_value::float8 > $2`,
    [[...purged], SOON],
  );
  assert.equal(
    rows.map(({ table }) => table),
    [],
  );
});

test.run();
