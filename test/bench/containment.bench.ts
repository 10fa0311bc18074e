/**
 * Containment: what orders of other products wait while something is stuck.
 *
 * 64 callers order random products for 40 seconds: first while all is well, then while somebody keeps a stock row, then
 * a promotion's row locked and 60 callers more want it; then while an API process of another machine is frozen in the
 * middle of its batches; then while that machine's wire to the database goes dead. What is stuck wants other products
 * than the 64 callers, so that whoever waits longer has been held up for nothing.
 */
import { readFileSync } from "node:fs";
import pg from "pg";
import { pathOf } from "../../src/rpc/call.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { type CallKind, generate } from "./load.ts";
import { type Customers, manyCustomers } from "./many-customers.ts";
import { type Measured, ratioOf, type Row } from "./measured.ts";
import { type ApiUnderLoad, openStage, productId, startProcess, SERVE, STORES, storeId } from "./stage.ts";
import { tell } from "./tell.ts";

const SECONDS = Number(process.env["CONTAINMENT_SECONDS"] ?? 40);
const CALLERS = 64;
const STUCK_CALLERS = 60;
const ORDERS_PER_SECOND = 6_000;
/** Products that only stuck orders want: 1 to 50. */
const STUCK_PRODUCTS = 50;
const OTHER_PRODUCTS = 300;
const USUAL = "all is well";
const SETTLED_MS = 1_000;
const PLACE = pathOf(OrderService.method.placeOrder);

const stage = await openStage();
const database = new pg.Client(stage.databaseUrl);
await database.connect();
const customers = await manyCustomers(stage.databaseUrl, STUCK_CALLERS);
try {
  const api = await stage.startApi(2);
  await others(api, 5);
  const rows = [
    await row(api, USUAL, async () => undefined),
    await row(api, "a stock row is locked", () =>
      whileLocked(
        "SELECT FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE",
        [storeId(1), productId(1)],
        () => stuck(api, () => order(1, 1)),
      ),
    ),
    await row(api, "a promotion's row is locked", () =>
      whileLocked("SELECT FROM orders.promotions WHERE code = $1 FOR UPDATE", [customers.code], () =>
        stuck(api, (index) => order(1 + (index % STUCK_PRODUCTS), 2, customers)),
      ),
    ),
    await row(api, "an API process of another machine is frozen", () => elsewhere(async ({ freeze }) => freeze())),
    await row(api, "another machine's wire goes dead", () => elsewhere(async ({ cutWire }) => cutWire())),
    await row(api, `${USUAL} again`, async () => undefined),
  ];
  tell({
    id: "containment",
    title: "What is stuck holds up nobody else",
    method: `${CALLERS} callers order random products by JSON from two API processes for ${SECONDS} seconds, while something that they do not need is stuck all the time; ${STUCK_CALLERS} others want it.`,
    rows,
    aims: rows.slice(1, -1).map((one) => ({
      what: `p99 of other orders while ${one.name}, of what it was`,
      figure: ratioOf(one, rows[0], "p99Us"),
      atMost: 2,
    })),
  });
} finally {
  await customers.close();
  await database.end();
  await stage.stop();
}

/** @param trouble begins it, and gives back how it is ended */
async function row(
  api: ApiUnderLoad,
  name: string,
  trouble: () => Promise<(() => Promise<void>) | undefined>,
): Promise<Row> {
  const end = await trouble();
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const measured = await others(api, SECONDS);
  await end?.();
  return { name, ...(name === USUAL ? {} : { yardstick: USUAL }), rounds: [measured] };
}

async function others(api: ApiUnderLoad, seconds: number): Promise<Measured> {
  const bodies = Array.from({ length: seconds * ORDERS_PER_SECOND }, () =>
    order(STUCK_PRODUCTS + random(OTHER_PRODUCTS - 1), random(STORES)),
  );
  const {
    done,
    failed,
    seconds: took,
    p50Us,
    p95Us,
    p99Us,
  } = await generate("json", {
    host: "127.0.0.1",
    port: api.port,
    callers: CALLERS,
    seconds,
    calls: [{ path: PLACE, token: stage.token, bodies }],
  });
  if (failed > 0) throw new Error(`${failed} of ${done} orders were not answered with success`);
  return { perSecond: done / took, p50Us, p95Us, p99Us };
}

function order(product: number, store: number, { code }: Partial<Customers> = {}): string {
  const items = [{ productId: productId(product), quantity: 1 }];
  return JSON.stringify({
    storeId: storeId(store),
    items,
    requestId: crypto.randomUUID(),
    ...(code === undefined ? {} : { promoCode: code }),
  });
}

/** Callers whose orders cannot be placed for now: each sends one, and its answer is waited for at the end. */
function stuck(api: ApiUnderLoad, body: (index: number) => string): () => Promise<void> {
  const url = `http://127.0.0.1:${api.port}${PLACE}`;
  const answers = customers.all.map(async ({ token }, index) => {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      "connect-timeout-ms": "120000",
    };
    return (await fetch(url, { method: "POST", headers, body: body(index) })).status;
  });
  return async () => {
    const statuses = await Promise.all(answers);
    if (statuses.some((status) => status !== 200))
      throw new Error(`stuck orders ended with ${[...new Set(statuses)].join(", ")}`);
  };
}

async function whileLocked(
  sql: string,
  values: unknown[],
  begin: () => () => Promise<void>,
): Promise<() => Promise<void>> {
  await database.query("BEGIN");
  await database.query(sql, values);
  const end = begin();
  return async () => {
    await database.query("ROLLBACK");
    await end();
  };
}

interface Elsewhere {
  freeze(): void;
  cutWire(): void;
}

/** Another machine, as far as the database can tell: processes behind a wire of their own, under load of their own. */
async function elsewhere(strike: (machine: Elsewhere) => Promise<void>): Promise<() => Promise<void>> {
  const url = new URL(stage.databaseUrl);
  const wire = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(wire.port);
  const api = await startProcess(SERVE, { DATABASE_URL: url.href, WORKERS: "1" });
  const calls: CallKind[] = customers.all.map(({ token }, index) => ({
    path: PLACE,
    token,
    bodies: Array.from({ length: 500 }, () => order(1 + (index % STUCK_PRODUCTS), random(STORES))),
  }));
  const load = generate("json", {
    host: "127.0.0.1",
    port: api.port,
    callers: STUCK_CALLERS,
    seconds: SECONDS,
    calls,
  }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 3 * SETTLED_MS));
  const children = childrenOf(api.pid);
  await strike({ freeze: () => children.forEach((pid) => process.kill(pid, "SIGSTOP")), cutWire: () => wire.freeze() });
  return async () => {
    for (const pid of [api.pid, ...children]) killed(pid);
    await Promise.all([load, api.stop()]);
    await wire.close();
  };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((one) => one !== "")
    .map(Number);
}

/** One that was replaced meanwhile is gone already. */
function killed(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return;
  }
}

function random(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}
