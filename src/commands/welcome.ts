/** What `npm start` prints when everything is up: where, who, and three commands that place an order as they stand. */
import type { Config } from "../platform/config/config.ts";
import { openDatabase, runSql } from "../platform/database/database.ts";

const PLACE_ORDER = "bodega.order.v1.OrderService/PlaceOrder";
const LOGIN = "bodega.identity.v1.IdentityService/Login";

export interface Up {
  databaseUrl: string;
  redisUrl: string;
  port: number;
  grpcPort: number;
  opsPort: number;
  logFile: string;
  /** Rejects when the embedded servers are gone for good. */
  lost: Promise<never>;
}

export async function welcome(config: Config, up: Up): Promise<string> {
  const host = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
  const scheme = config.tls === undefined ? "http" : "https";
  const addresses = { http: `${scheme}://${host}:${up.port}`, grpc: `${scheme}://${host}:${up.grpcPort}` };
  const rows = [
    ["Console", `${addresses.http}/console/`],
    ["Connect, gRPC-Web", addresses.http],
    ["gRPC", addresses.grpc],
    ["Ready?", `${addresses.http}/readyz`],
    ["Metrics", `http://${host}:${up.opsPort}/metrics`],
    ["PostgreSQL", config.databaseUrl === undefined ? shown(up.databaseUrl, config) : "as DATABASE_URL says"],
    ["Redis", config.redisUrl === undefined ? shown(up.redisUrl, config) : "as REDIS_URL says"],
    ["E-mail", config.smtpUrl === undefined ? `files in ${config.dataDir}/mail` : "as SMTP_URL says"],
    ["Log", up.logFile],
  ];
  if (config.production) return table(rows);
  rows.push(["Admin", `admin@bodega.example / ${config.seedPassword}`]);
  rows.push(["Customers", `customer1@bodega.example … customer10@bodega.example / ${config.seedPassword}`]);
  return `${table(rows)}\n\n${examples(await somethingToOrder(up.databaseUrl), config, addresses)}\n\nCtrl-C stops all of it.`;
}

/** Development's password is of use to whoever looks at the terminal, production's to whoever reads its log. */
function shown(address: string, { production }: Config): string {
  const url = new URL(address);
  if (production) url.password = "";
  return url.href;
}

function table(rows: string[][]): string {
  const lines = rows.map(([name = "", value = ""]) => `  ${name.padEnd(20)}${value}`);
  return ["", "Bodega is up.", "", ...lines].join("\n");
}

interface Choice {
  storeId: string;
  productId: string;
  title: string;
  store: string;
}

/** Of what is there in plenty, so that the commands can be pasted again and again. */
async function somethingToOrder(databaseUrl: string): Promise<Choice | undefined> {
  const database = openDatabase({ url: databaseUrl, pool: 1, name: "bodega start" });
  try {
    const [choice] = await runSql<Choice>(
      database,
      `SELECT s.store_id AS "storeId", s.product_id AS "productId", p.title, t.name AS store
       FROM inventory.stock s JOIN catalog.products p ON p.id = s.product_id JOIN inventory.stores t ON t.id = s.store_id
       WHERE p.active AND p.deleted_at IS NULL AND t.active
       ORDER BY s.quantity DESC, s.store_id, s.product_id LIMIT 1`,
    );
    return choice;
  } finally {
    await database.close();
  }
}

function examples(choice: Choice | undefined, config: Config, addresses: { http: string; grpc: string }): string {
  if (choice === undefined) return "Nothing is in stock: set some by bodega.inventory.v1.InventoryService/SetStock.";
  const { storeId, productId, title, store } = choice;
  const order = JSON.stringify({ storeId, items: [{ productId, quantity: 1 }] });
  const login = JSON.stringify({ login: "customer1@bodega.example", password: config.seedPassword });
  const insecure = config.tls === undefined ? "" : " -k";
  const token =
    `$(curl -s${insecure} ${addresses.http}/${LOGIN} -H "content-type: application/json" -d ${quoted(login)} ` +
    `| sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`;
  const authorization = `-H "authorization: Bearer ${token}"`;
  const plainGrpc = config.tls === undefined ? " --http2-prior-knowledge" : insecure;
  return [
    `Order one "${title}" at ${store}, as customer1. Each of these can be pasted as it stands (buf: in this folder):`,
    "",
    `curl -s${insecure} ${addresses.http}/${PLACE_ORDER} -H "content-type: application/json" ${authorization} -d ${quoted(order)}`,
    "",
    `npx buf curl --protocol grpc${plainGrpc} ${authorization} -d ${quoted(order)} ${addresses.grpc}/${PLACE_ORDER}`,
    "",
    `npx buf curl --protocol connect${insecure} ${authorization} -d ${quoted(order)} ${addresses.http}/${PLACE_ORDER}`,
  ].join("\n");
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
