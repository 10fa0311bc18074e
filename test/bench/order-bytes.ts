/** How large the database grows: bytes of each table for each order that was placed, indexes included, and of the log. */
import pg from "pg";
import type { Section } from "./report.ts";

/** What an order writes, and for how long that is kept. */
const TABLES: [name: string, kept: string][] = [
  ["orders.orders", "for ever"],
  ["orders.items", "for ever"],
  ["inventory.movements", "for ever"],
  ["orders.outbox", "7 days"],
  ["platform.requests", "a day"],
];
const MILLION = 1_000_000;
const GIB = 2 ** 30;

export interface OrderBytes {
  orders: number;
  tables: { name: string; kept: string; each: number }[];
  /** PostgreSQL's write-ahead log. */
  logEach: number;
}

/** @param place places orders and tells how many */
export async function orderBytes(url: string, place: () => Promise<number>): Promise<OrderBytes> {
  const client = new pg.Client(url);
  await client.connect();
  const before = await read(client);
  const orders = await place();
  const after = await read(client);
  await client.end();
  const tables = TABLES.map(([name, kept], index) => ({
    name,
    kept,
    each: ((after.sizes[index] ?? 0) - (before.sizes[index] ?? 0)) / orders,
  }));
  return { orders, tables, logEach: (after.log - before.log) / orders };
}

async function read(client: pg.Client): Promise<{ sizes: number[]; log: number }> {
  const sizes = await client.query<{ bytes: string }>(
    "SELECT pg_total_relation_size(name::regclass) AS bytes FROM unnest($1::text[]) WITH ORDINALITY AS t(name, place) ORDER BY place",
    [TABLES.map(([name]) => name)],
  );
  const log = await client.query<{ bytes: string }>("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS bytes");
  return { sizes: sizes.rows.map(({ bytes }) => Number(bytes)), log: Number(log.rows[0]?.bytes) };
}

export function sizeTable({ orders, tables, logEach }: OrderBytes): Section {
  const stays = tables.filter(({ kept }) => kept === "for ever").reduce((sum, { each }) => sum + each, 0);
  const rows = [
    ...tables.map(({ name, kept, each }) => [name, kept, each.toFixed(0)]),
    ["write-ahead log", "until archived", logEach.toFixed(0)],
  ];
  return {
    id: "size",
    title: "What an order takes of the disk",
    method:
      `Growth of the tables with their indexes over ${orders} orders of two lines by the product, each with a request id, while no worker ran; ` +
      "a million is a multiple of that. E-mails and webhooks come on top.",
    table: { head: ["Table", "kept", "bytes an order"], rows },
    sizing: [
      {
        what: "database of a million orders, what is kept for ever",
        figure: `${((stays * MILLION) / GIB).toFixed(2)} GiB`,
      },
      { what: "write-ahead log of a million orders", figure: `${((logEach * MILLION) / GIB).toFixed(2)} GiB` },
    ],
  };
}
