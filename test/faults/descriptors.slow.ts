/**
 * More connections than there are descriptors: what is open is served on, the other ports too, and when the crowd has
 * left everybody is let in again.
 *
 * Method: `serve` under a small `ulimit -n`, and crowds of idle connections; for a process that runs out all the same,
 * `prlimit` takes away what a running one has left.
 */
// time limit: 240 s
import { readdirSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { scrape } from "../support/metrics.ts";
import { childrenOf } from "../support/processes.ts";
import { programPath } from "../support/program.ts";
import { type RawConnection, rawConnection } from "../support/raw-http.ts";
import { type RunningCommand, startRunning } from "../support/running.ts";
import { until } from "../support/until.ts";

const WORKERS = 2;
const DESCRIPTORS = 600;
/** More than both processes have descriptors for. */
const CROWD = 1_250;
/** Come in together; a queue of the kernel's holds some hundreds. */
const AT_ONCE = 25;
/** So many in a row that none of the processes is left out by luck. */
const IN_A_ROW = 8;
const PATIENCE_MS = 5_000;
const BETWEEN_MS = 200;
const REQUEST = "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n";

let api: TestApi;
let served: RunningCommand;
const ports = { PORT: 0, GRPC_PORT: 0, OPS_PORT: 0 };
type Port = keyof typeof ports;

test.before(async () => {
  api = await startTestApi();
  for (const port of Object.keys(ports) as Port[]) ports[port] = await freePort();
  const environment = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  served = startRunning("serve", { WORKERS: String(WORKERS), ...environment }, { descriptors: DESCRIPTORS });
  await served.line("serving");
});
test.after(async () => {
  await served.stop();
  await api.stop();
});

/** Each on a connection of its own. */
const ask: Record<Port, () => Promise<unknown>> = {
  PORT: () =>
    fetch(`http://127.0.0.1:${ports.PORT}/healthz`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    }),
  OPS_PORT: () =>
    fetch(`http://127.0.0.1:${ports.OPS_PORT}/metrics`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    }),
  async GRPC_PORT() {
    const transport = grpcTransport(`127.0.0.1:${ports.GRPC_PORT}`, { "grpc.use_local_subchannel_pool": 1 });
    await api
      .clients({ transport })
      .catalog.listCategories({}, { timeoutMs: PATIENCE_MS })
      .finally(() => transport.close());
  },
};

/** Tries until it is let in, then many times in a row without a failure. */
async function isServed(port: Port): Promise<void> {
  await until(`${port} answers`, () =>
    ask[port]().then(
      () => true,
      () => false,
    ),
  );
  for (let count = 0; count < IN_A_ROW; count++) await ask[port]();
}

/**
 * Comes until a process has refused somebody. Many are never seen by one: those that come faster than they are handed
 * over use up the descriptors of the process that accepts, where libuv closes the next ones without a word.
 */
async function crowdAt(port: Port): Promise<() => void> {
  const crowd: RawConnection[] = [];
  const come = async (count: number) =>
    crowd.push(...(await Promise.all(Array.from({ length: count }, () => rawConnection(ports[port])))));
  while (crowd.length < CROWD) await come(AT_ONCE);
  await until(`somebody is refused at ${port}`, async () => {
    await come(1);
    return refusalsAt(port).length > 0;
  });
  return () => crowd.forEach(({ socket }) => socket.destroy());
}

function refusalsAt(port: Port) {
  return served.lines.filter((line) => line.msg === "connections are refused" && line.listener === port);
}

for (const port of ["PORT", "GRPC_PORT", "OPS_PORT"] as const) {
  test(`a crowd at ${port} that leaves no descriptor: who has a connection is served, the other ports are, and then everybody again`, async () => {
    const before = await rawConnection(ports.PORT);
    const leave = await crowdAt(port);
    before.socket.write(REQUEST);
    await before.until(/200 OK/);
    for (const other of Object.keys(ask) as Port[]) if (other !== port) await isServed(other);
    leave();
    for (const each of Object.keys(ask) as Port[]) await isServed(each);
    const page = await scrape(ports.OPS_PORT);
    assert.ok(page.value("bodega_connections_refused_total", { port, cause: "full" }) > 0);
    assert.ok(page.value("bodega_connections_max", { port }) < DESCRIPTORS * WORKERS);
    assert.ok(refusalsAt(port).length <= WORKERS, `${refusalsAt(port).length} lines`);
    before.socket.destroy();
  });
}

test("a process that runs out of descriptors all the same is replaced, and nobody waits for what it could not take", async () => {
  const before = childrenOf(served.pid);
  for (const pid of before) takeDescriptors(pid);
  const callers: RawConnection[] = [];
  const gone = new Set<RawConnection>();
  while (childrenOf(served.pid).some((pid) => before.includes(pid))) {
    const caller = await rawConnection(ports.PORT);
    caller.socket.write(REQUEST);
    void caller.closed.then(() => gone.add(caller));
    callers.push(caller);
    await sleep(BETWEEN_MS);
  }
  await until("each has an answer or knows that there is none", () =>
    callers.every((one) => one.received() !== "" || gone.has(one)),
  );
  for (const { socket } of callers) socket.destroy();
  for (const port of Object.keys(ask) as Port[]) await isServed(port);
  assert.is(
    served.lines.filter(({ msg }) => msg === "a process had no descriptor for a connection and is replaced").length,
    WORKERS,
  );
});

/** The limit is the first number that is not given any more; what is open stays open. */
function takeDescriptors(pid: number): void {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let first = 0;
  while (open.has(first)) first++;
  execFileSync(programPath("prlimit", "util-linux"), [`--pid=${pid}`, `--nofile=${first}:${DESCRIPTORS}`]);
}

test("the connections of a caller whose process is frozen on the way to it are closed, too", async () => {
  const before = childrenOf(served.pid);
  for (const pid of before) process.kill(pid, "SIGSTOP");
  const underWay = await Promise.all(Array.from({ length: WORKERS }, () => rawConnection(ports.PORT)));
  await Promise.all(underWay.map(({ closed }) => closed));
  await until(
    "both are replaced",
    () => childrenOf(served.pid).length === WORKERS && !childrenOf(served.pid).some((pid) => before.includes(pid)),
  );
  for (const port of Object.keys(ask) as Port[]) await isServed(port);
});

test.run();
