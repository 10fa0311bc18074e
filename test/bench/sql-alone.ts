/** Placing an order by its SQL alone: the product's own statements, prepared, on one connection, one order each. */
import pg from "pg";
import { decideOrder, stockKey, type OrderRequest } from "../../src/domains/order/place/decide.ts";
import { LOCK_STOCK, WRITE_ORDERS } from "../../src/domains/order/place/place-sql.ts";
import { insertColumnsOf } from "../../src/domains/order/place/insert-columns.ts";
import { fingerprintOf } from "../../src/platform/idempotency/request-key.ts";
import { latencies } from "./measured.ts";
import { productId, PRODUCTS_PER_STORE, STORES, storeId } from "./stage.ts";

/** About the size of the answer that is kept for a request id. */
const ANSWER_BYTES = 400;

export interface Alone extends ReturnType<typeof latencies> {
  done: number;
  seconds: number;
  clientUs: number;
}

export async function sqlAlone(url: string, seconds: number): Promise<Alone> {
  const client = new pg.Client(url);
  await client.connect();
  const timesUs: number[] = [];
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  while (performance.now() < startMs + seconds * 1000) {
    const sentMs = performance.now();
    await placeOne(client, wish());
    timesUs.push((performance.now() - sentMs) * 1000);
  }
  const measuredSeconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await client.end();
  return {
    done: timesUs.length,
    seconds: measuredSeconds,
    clientUs: (user + system) / timesUs.length,
    ...latencies(timesUs),
  };
}

function wish(): OrderRequest {
  const first = random(PRODUCTS_PER_STORE);
  const lines = [first, (first % PRODUCTS_PER_STORE) + 1].map((number) => ({
    productId: productId(number),
    quantity: 1,
  }));
  return {
    storeId: storeId(random(STORES)),
    userId: storeId(1),
    placedBy: storeId(1),
    lines,
    promoCode: "",
    holdMs: undefined,
  };
}

interface StockRow {
  store_id: string;
  product_id: string;
  quantity: string;
  sku: string;
  title: string;
  price: string;
}

async function placeOne(client: pg.Client, asked: OrderRequest): Promise<void> {
  await client.query("BEGIN");
  const pairs = [asked.lines.map(() => asked.storeId), asked.lines.map((line) => line.productId)];
  const { rows } = await client.query<StockRow>({ ...LOCK_STOCK, values: pairs });
  const order = decideOrder(asked, {
    stores: new Map([[asked.storeId, { name: "", active: true }]]),
    offers: new Map(
      rows.map((row) => [
        row.product_id,
        { productId: row.product_id, sku: row.sku, title: row.title, unitPrice: BigInt(row.price), active: true },
      ]),
    ),
    stock: new Map(rows.map((row) => [stockKey(row.store_id, row.product_id), BigInt(row.quantity)])),
    promotions: new Map(),
    openHolds: new Map(),
    now: new Date(),
  });
  const response = Buffer.alloc(ANSWER_BYTES);
  const claim = { caller: "alone", rpc: "alone", requestId: crypto.randomUUID(), fingerprint: fingerprintOf(response) };
  await client.query({
    ...WRITE_ORDERS,
    values: insertColumnsOf(
      [{ order, origin: undefined }],
      [{ decision: order, claim, origin: undefined, fromCart: false, response }],
    ),
  });
  await client.query("COMMIT");
}

function random(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}
