/** How many connections a port takes, of one address and in all, and that each one that ends makes room for another. */
import { connect as connectHttp2 } from "node:http2";
import { BlockList, connect, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { connectionsOfPort, descriptorsWanted } from "../../src/platform/connections/caller-connections.ts";
import { connectionLimit } from "../../src/platform/connections/connection-limit.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { metrics } from "../../src/platform/telemetry/metrics.ts";
import { selfSignedCertificate } from "../support/certificate.ts";
import { log } from "../support/environment.ts";
import { listening } from "../support/listening.ts";
import { type LoggedApi, startLoggedApi } from "../support/logged-api.ts";
import { until } from "../support/until.ts";

const MOST = 3;
const REQUEST = "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n";

interface Connection {
  /** Served, and not closed since. */
  isOpen(): boolean;
  leave(): void;
}

/** Resolves when it has been served, or refused. */
type Open = () => Promise<Connection>;

function bySocket(connectOne: () => Socket): Open {
  return () =>
    new Promise((resolve) => {
      const socket = connectOne();
      let served = false;
      const connection = { isOpen: () => served && !socket.closed, leave: () => void socket.destroy() };
      const settle = () => resolve(connection);
      socket.on("error", () => undefined).once("close", settle);
      socket.once("data", () => {
        served = true;
        settle();
      });
      socket.write(REQUEST);
    });
}

function byHttp2(url: string, ca?: string): Open {
  return () =>
    new Promise((resolve) => {
      const session = connectHttp2(url, ca === undefined ? {} : { ca });
      let served = false;
      const connection = { isOpen: () => served && !session.destroyed, leave: () => session.destroy() };
      const settle = () => resolve(connection);
      session.on("error", () => undefined).once("close", settle);
      session.once("remoteSettings", () => {
        served = true;
        settle();
      });
    });
}

/** The most are let in, one more is not, and for one that leaves another is. */
async function assertBounded(way: string, open: Open): Promise<void> {
  const inside: Connection[] = [];
  const letIn = async () => {
    const one = await open();
    if (one.isOpen()) inside.push(one);
    return one.isOpen();
  };
  // Those of the test before may not be gone yet.
  await until(`${way}: the first ones are let in`, async () => (await letIn()) && inside.length === MOST);
  assert.not(await letIn(), `${way}: one more`);
  inside.shift()?.leave();
  await until(`${way}: another is let in`, letIn);
  assert.ok(
    inside.every((one) => one.isOpen()),
    `${way}: those inside stay`,
  );
  for (const one of inside) one.leave();
}

function refusals({ lines }: LoggedApi): number {
  return lines.filter(({ msg }) => msg === "connections are refused").length;
}

test("one address has so many connections to each port, by every protocol; a crowd is one line of the log", async () => {
  const api = await startLoggedApi({ RATE_LIMITS: `connections=${MOST}` });
  await assertBounded(
    "HTTP/1.1",
    bySocket(() => connect(api.port, "127.0.0.1")),
  );
  await assertBounded("HTTP/2", byHttp2(api.baseUrl));
  assert.is(refusals(api), 1);
  await assertBounded("gRPC", byHttp2(`http://${api.grpcAddress}`));
  assert.is(refusals(api), 2);
  await api.stop();
});

test("the same holds with TLS", async () => {
  const { certificate: ca, certFile, keyFile } = await selfSignedCertificate();
  const api = await startLoggedApi({ RATE_LIMITS: `connections=${MOST}`, TLS_CERT: certFile, TLS_KEY: keyFile });
  await assertBounded(
    "HTTP/1.1",
    bySocket(() => connectTls({ port: api.port, host: "127.0.0.1", ca })),
  );
  await assertBounded("HTTP/2", byHttp2(api.baseUrl, ca));
  await assertBounded("gRPC", byHttp2(`https://${api.grpcAddress}`, ca));
  await api.stop();
});

test("a proxy that is believed has as many as there are", async () => {
  const api = await startLoggedApi({ RATE_LIMITS: `connections=${MOST}`, TRUSTED_PROXIES: "127.0.0.1" });
  const open = bySocket(() => connect(api.port, "127.0.0.1"));
  const all = await Promise.all(Array.from({ length: 2 * MOST }, open));
  assert.ok(all.every((one) => one.isOpen()));
  for (const one of all) one.leave();
  await api.stop();
});

test("all addresses together have so many, and what is open and refused is counted", async () => {
  const server = createServer((socket) => socket.on("error", () => undefined).on("data", () => socket.write("yes")));
  connectionLimit({ port: "PORT", most: MOST, ofAddress: { most: MOST, trustedProxies: loopback() }, log })(server);
  const port = await listening(server);
  const valuesOf = async (metric: typeof metrics.callersConnections) =>
    (await metric.get()).values.find(({ labels }) => labels.port === "PORT")?.value;
  await assertBounded(
    "any",
    bySocket(() => connect(port, "127.0.0.1")),
  );
  await until("none is open", async () => (await valuesOf(metrics.callersConnections)) === 0);
  assert.is(await valuesOf(metrics.callersConnectionsMax), MOST);
  const refused = (await metrics.callersRefused.get()).values.find(
    ({ labels }) => labels.port === "PORT" && labels.cause === "full",
  );
  assert.ok((refused?.value ?? 0) > 0);
  server.close();
});

function loopback(): BlockList {
  const all = new BlockList();
  all.addSubnet("127.0.0.0", 8);
  return all;
}

test("each port has half of the descriptors that nothing else needs, and never more than it has memory for", () => {
  const config = readConfig({ DB_POOL: "5" });
  const rest = descriptorsWanted(config) - 2 * connectionsOfPort(config, Number.POSITIVE_INFINITY);
  assert.is(connectionsOfPort(config, rest + 600), 300);
  assert.is(connectionsOfPort(config, descriptorsWanted(config)), connectionsOfPort(config, Number.POSITIVE_INFINITY));
  assert.ok(connectionsOfPort(config, 0) > 0);
  const more = readConfig({ DB_POOL: "25", DATABASE_REPLICA_URLS: "postgres://r1.example/x,postgres://r2.example/x" });
  assert.is(descriptorsWanted(more) - descriptorsWanted(config), 3 * 25 - 5);
});

test.run();
