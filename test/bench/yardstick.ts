/**
 * The yardstick: pgbench with a hand-written transaction, one order each, that writes every row that the product
 * writes into the product's own tables.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { latencies } from "./measured.ts";
import { PRODUCTS_PER_STORE, STORES } from "./stage.ts";

export interface Yardstick extends ReturnType<typeof latencies> {
  perSecond: number;
  /** CPU of pgbench itself for each transaction. */
  clientUs: number;
  transactions: number;
}

const DEBIAN = "/usr/lib/postgresql";

/** pgbench from PATH or from Debian's folder; undefined where there is none. */
export function pgbenchPath(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted().toReversed() : [];
  const places = [...(process.env["PATH"] ?? "").split(":"), ...versions.map((version) => `${DEBIAN}/${version}/bin`)];
  return places.map((place) => path.join(place, "pgbench")).find((file) => existsSync(file));
}

export function runYardstick(
  pgbench: string,
  url: string,
  options: { hot: boolean; callers: number; seconds: number },
): Yardstick {
  const folder = mkdtempSync(path.join(os.tmpdir(), "bodega-bench-"));
  const script = path.join(folder, "order.sql");
  writeFileSync(script, transaction(options));
  const args = [
    "-n",
    "-M",
    "prepared",
    "-c",
    options.callers,
    "-j",
    Math.min(2, options.callers),
    "-T",
    options.seconds,
    "-f",
    script,
    "-l",
    `--log-prefix=${path.join(folder, "log")}`,
    url,
  ];
  const { stdout, stderr, status } = spawnSync(
    "sh",
    ["-c", '"$@"; status=$?; times; exit $status', "sh", pgbench, ...args.map(String)],
    { encoding: "utf8" },
  );
  const timesUs = timesIn(folder);
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(`pgbench failed: ${stderr}`);
  const transactions = Number(/number of transactions actually processed: (\d+)/.exec(stdout)?.[1]);
  return {
    transactions,
    perSecond: Number(/tps = ([\d.]+)/.exec(stdout)?.[1]),
    clientUs: childrenUs(stdout) / transactions,
    ...latencies(timesUs),
  };
}

/** pgbench's log has a line for each transaction, the third of whose fields is its time in microseconds. */
function timesIn(folder: string): number[] {
  const logs = readdirSync(folder).filter((name) => name.startsWith("log."));
  const lines = logs.flatMap((name) =>
    readFileSync(path.join(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== ""),
  );
  return lines.map((line) => Number(line.split(" ")[2]));
}

/** The second line of the shell's `times`: user and system time of its children, as 0m1.23s. */
function childrenUs(said: string): number {
  const times = [...said.matchAll(/(\d+)m([\d.]+)s/g)].slice(-2);
  return times.reduce((sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1e6, 0);
}

/** Ids are numbers in the shape of a uuid, so that a script can make them. */
function transaction({ hot }: { hot: boolean }): string {
  const id = (kind: string, number: string) =>
    `('00000000-0000-7000-${kind}-' || lpad((${number})::text, 12, '0'))::uuid`;
  const store = id("8000", ":s");
  const [a, b] = [id("9000", ":a"), id("9000", ":b")];
  return `
\\set s ${hot ? "1" : `random(1, ${STORES})`}
\\set a ${hot ? "1" : `random(1, ${PRODUCTS_PER_STORE})`}
\\set b ${hot ? "1" : `(:a + random(1, ${PRODUCTS_PER_STORE - 1}) - 1) % ${PRODUCTS_PER_STORE} + 1`}
begin;
select s.product_id, s.quantity, p.sku, p.title, p.price from inventory.stock s join catalog.products p on p.id = s.product_id
 where s.store_id = ${store} and s.product_id in (${a}, ${b}) order by s.product_id for update of s;
update inventory.stock set quantity = quantity - 1, updated_at = now() where store_id = ${store} and product_id in (${a}, ${b});
insert into orders.orders (store_id, id, user_id, placed_by, status, subtotal, discount, total, total_items, promo_code)
 values (${store}, gen_random_uuid(), ${id("a000", "1")}, ${id("a000", "1")}, 'CONFIRMED', 2000, 0, 2000, 2, '') returning id \\gset
insert into orders.items (store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total)
 values (${store}, :id::uuid, 1, ${a}, 'SKU', 'Title', 1, 1000, 1000)${hot ? "" : `, (${store}, :id::uuid, 2, ${b}, 'SKU', 'Title', 1, 1000, 1000)`};
insert into inventory.movements (store_id, id, product_id, kind, delta, order_id, actor_id)
 values (${store}, gen_random_uuid(), ${a}, 'SALE', -1, :id::uuid, ${id("a000", "1")})${hot ? "" : `, (${store}, gen_random_uuid(), ${b}, 'SALE', -1, :id::uuid, ${id("a000", "1")})`};
insert into platform.requests (caller, rpc, request_id, fingerprint, response)
 values ('yardstick', '/bodega.order.v1.OrderService/PlaceOrder', gen_random_uuid(), decode(repeat('00', 32), 'hex'), decode(repeat('00', 400), 'hex'));
insert into orders.outbox (store_id, order_id, sequence, type) values (${store}, :id::uuid, 1, 'ORDER_CONFIRMED');
commit;
`;
}
