/**
 * Two API processes behind nginx: orders by gRPC and by JSON over TLS, streams, health, the caller's address, and one
 * process after the other killed, stopped and started under load.
 *
 * Method: the real nginx with the file of docs/nginx, but for addresses and the certificate. Buyers order all the time,
 * each order with a request id; those of gRPC repeat it by the client library's own retry policy.
 */
// time limit: 180 s
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { credentials } from "@grpc/grpc-js";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.ts";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { read } from "../docs/markdown.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { type Certificate, selfSignedCertificate } from "../support/certificate.ts";
import { type GrpcTransport, grpcTransport } from "../support/grpc-transport.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { filled, programPath, startProgram } from "../support/program.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");
const folder = process.env["TEST_DATA_DIR"] ?? "";
/** What the API processes see nginx as: not the address that the callers have. */
const PROXY = "127.0.0.3";
const STOCK = 100_000;
const BUYERS_OF_EACH = 4;
const ORDERS_BETWEEN = 60;
const RETRY = {
  "grpc.service_config": JSON.stringify({
    methodConfig: [
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 5,
          initialBackoff: "0.1s",
          maxBackoff: "2s",
          backoffMultiplier: 3,
          retryableStatusCodes: ["UNAVAILABLE"],
        },
      },
    ],
  }),
};

interface ApiProcess {
  port: number;
  grpcPort: number;
  child: ChildProcess;
}

/** For what a test sets up; it stands beside nginx. */
let behind: TestApi;
let apis: ApiProcess[];
let certificate: Certificate;
let httpsUrl: string;
let grpcAddress: string;
let https: Transport;
let grpc: GrpcTransport;
let stopNginx: () => Promise<void>;

test.before(async () => {
  behind = await startTestApi();
  apis = await Promise.all([1, 2].map(async () => start(await freePort(), await freePort())));
  certificate = await selfSignedCertificate();
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  stopNginx = await startNginx(httpPort, grpcPort);
  httpsUrl = `https://127.0.0.1:${httpPort}`;
  grpcAddress = `127.0.0.1:${grpcPort}`;
  https = jsonTransport();
  grpc = grpcTransport(grpcAddress, { channel: credentials.createSsl(Buffer.from(certificate.certificate)), ...RETRY });
});

test.after(async () => {
  grpc.close();
  await stopNginx();
  await Promise.all(apis.map((api) => end(api, "SIGTERM")));
  await behind.stop();
});

async function start(port: number, grpcPort: number): Promise<ApiProcess> {
  const variables = {
    DATABASE_URL: process.env["TEST_DATABASE_URL"],
    REDIS_URL: process.env["TEST_REDIS_URL"],
    DATA_DIR: folder,
    PORT: String(port),
    GRPC_PORT: String(grpcPort),
    TRUSTED_PROXIES: PROXY,
    LOG_LEVEL: "silent",
    RATE_LIMITS: "off",
    OPS_PORT: "0",
  };
  const child = spawn(process.execPath, [MAIN, "api"], {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "inherit", "inherit"],
  });
  await until("the API answers", () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  return { port, grpcPort, child };
}

async function end({ child }: ApiProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

/** With the file of the documents, inside the smallest configuration that includes one. */
async function startNginx(httpPort: number, grpcPort: number): Promise<() => Promise<void>> {
  const [first, second] = apis;
  const site = filled(read("docs/nginx/bodega.conf"), {
    "10.0.0.11:8080": `127.0.0.1:${first?.port}`,
    "10.0.0.12:8080": `127.0.0.1:${second?.port}`,
    "10.0.0.11:50051": `127.0.0.1:${first?.grpcPort}`,
    "10.0.0.12:50051": `127.0.0.1:${second?.grpcPort}`,
    "listen 443 ": `listen 127.0.0.1:${httpPort} `,
    "listen 50051 ": `listen 127.0.0.1:${grpcPort} `,
    "/etc/nginx/bodega.crt": certificate.certFile,
    "/etc/nginx/bodega.key": certificate.keyFile,
  });
  const siteFile = path.join(folder, "bodega.conf");
  const file = path.join(folder, "nginx.conf");
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/nginx-${name};`)
    .join(" ");
  await writeFile(siteFile, site);
  await writeFile(
    file,
    `daemon off; pid ${folder}/nginx.pid; worker_processes 1; error_log stderr warn; events { worker_connections 1024; }
     http { access_log off; proxy_bind ${PROXY}; grpc_bind ${PROXY}; ${scratch} include ${siteFile}; }`,
  );
  const program = programPath("nginx", "nginx-light");
  const server = await startProgram({
    file: program,
    args: ["-p", folder, "-c", file],
    logFile: path.join(folder, "nginx.log"),
    port: grpcPort,
  });
  return () => server.stop();
}

function jsonTransport(localAddress = "127.0.0.1"): Transport {
  return createConnectTransport({
    baseUrl: httpsUrl,
    httpVersion: "1.1",
    useBinaryFormat: false,
    nodeOptions: { ca: certificate.certificate, localAddress },
  });
}

/** Orders one unit with a request id of its own. @returns the order */
type Buy = (client: Clients, request: { storeId: string; items: object[]; requestId: string }) => Promise<string>;

/** gRPC's library repeats it by its retry policy; what fails then, fails the test. */
const buyOnce: Buy = async (client, request) => (await client.order.placeOrder(request)).order?.id ?? "";

/** Again while it is not known what became of it, as a careful client does. */
const insist: Buy = async (client, request) => {
  for (;;) {
    try {
      return await buyOnce(client, request);
    } catch (error) {
      if (!UNKNOWN.has(ConnectError.from(error).code)) throw error;
    }
  }
};

/** What a call may end with whose answer was cut: nginx's 502, or a broken stream. */
const UNKNOWN = new Set([Code.Unavailable, Code.Aborted, Code.Internal, Code.Canceled, Code.Unknown]);

test("orders, refusals and their details pass by gRPC and by JSON as they are", async () => {
  const shop = await shopWith(behind, { mug: 10 });
  const customer = await behind.signUp("CUSTOMER");
  for (const transport of [https, grpc]) {
    const client = behind.clients({ ...customer, transport });
    const { order } = await client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    assert.is((await client.order.getOrder({ id: order?.id ?? "" })).order?.id, order?.id);
    const refused = await client.order
      .getOrder({ id: shop.storeId })
      .catch((error: unknown) => ConnectError.from(error));
    assert.ok(refused instanceof ConnectError);
    assert.equal([refused.code, refused.details.length > 0], [Code.NotFound, true]);
  }
  assert.is(await shop.quantity("mug"), 8);
});

test("the caller's own address is the one that counts, whatever he wrote into x-forwarded-for", async () => {
  const manager = await behind.signUp("ADMIN");
  const headers = { "x-forwarded-for": "203.0.113.9, 127.0.0.3" };
  const wish = (name: string) => ({ store: { name: `${name} ${crypto.randomUUID()}` } });
  await behind.clients({ ...manager, transport: grpc }).inventory.createStore(wish("By gRPC"), { headers });
  await behind
    .clients({ ...manager, transport: jsonTransport("127.0.0.2") })
    .inventory.createStore(wish("By JSON"), { headers });
  const { auditEvents } = await behind.clients(manager).identity.listAuditEvents({ actorId: manager.id, pageSize: 2 });
  assert.equal(
    auditEvents.map(({ address }) => address),
    ["127.0.0.2", "127.0.0.1"],
  );
});

test("a stream's first message comes while it stays open, by gRPC and by HTTP", async () => {
  for (const transport of [grpc, https]) {
    const stop = new AbortController();
    const watched = createClient(Health, transport).watch(
      { service: "bodega.order.v1.OrderService" },
      { signal: stop.signal },
    );
    const first = await watched[Symbol.asyncIterator]().next();
    assert.is(first.done === true ? undefined : first.value.status, Status.SERVING);
    stop.abort();
  }
});

test("health and readiness are answered for whoever checks through nginx", async () => {
  assert.is((await createClient(Health, grpc).check({})).status, Status.SERVING);
  assert.is((await createClient(Health, https).check({})).status, Status.SERVING);
});

/** Load on both listeners while each process is ended by the signal and started again. */
async function underLoad(signal: NodeJS.Signals, buyByGrpc: Buy): Promise<void> {
  const shop = await shopWith(behind, { mug: STOCK });
  const customer = await behind.signUp("CUSTOMER");
  const stop = new AbortController();
  const placed: string[] = [];
  const keepBuying = async (transport: Transport, buy: Buy) => {
    const client = behind.clients({ ...customer, transport });
    while (!stop.signal.aborted) {
      placed.push(
        await buy(client, { storeId: shop.storeId, items: shop.items({ mug: 1 }), requestId: crypto.randomUUID() }),
      );
    }
  };
  const buyers = Promise.all(
    Array.from({ length: BUYERS_OF_EACH }, () => [keepBuying(https, insist), keepBuying(grpc, buyByGrpc)]).flat(),
  );
  buyers.catch(() => undefined);
  const progress = async () => {
    const goal = placed.length + ORDERS_BETWEEN;
    await Promise.race([buyers, until(`${goal} orders are placed`, () => placed.length >= goal)]);
  };
  await progress();
  for (const [index, api] of apis.entries()) {
    await end(api, signal);
    await progress();
    apis[index] = await start(api.port, api.grpcPort);
    await until("nginx gives it calls again", () => connectionsTo(api.port) > 0 && connectionsTo(api.grpcPort) > 0);
    await progress();
  }
  stop.abort();
  await buyers;
  const stored = await runSql<{ id: string }>(
    behind.database,
    "SELECT id FROM orders.orders WHERE store_id = $1 AND status = 'CONFIRMED'",
    [shop.storeId],
  );
  assert.equal(new Set(stored.map(({ id }) => id)), new Set(placed));
  assert.is(await shop.quantity("mug"), STOCK - placed.length);
  assert.equal(await brokenInvariants(behind.database, shop), []);
}

/** Established ones, by the kernel's table (proc_net_tcp(5)): the local address, and the state 01. */
function connectionsTo(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  return rows.filter(([, address = "", , state]) => address.endsWith(local) && state === "01").length;
}

test("one process after the other is killed and started again: orders go on, none is lost and none is double", async () => {
  await underLoad("SIGKILL", insist);
});

test("one process after the other is stopped and started again: gRPC clients with a retry policy see no error", async () => {
  await underLoad("SIGTERM", buyOnce);
});

test("nginx finds nothing wrong with the file", async () => {
  const log = await readFile(path.join(folder, "nginx.log"), "utf8");
  assert.not.match(log, /\[(emerg|alert|crit)\]/);
});

test.run();
