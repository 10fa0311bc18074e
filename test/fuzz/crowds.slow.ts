/**
 * Crowds of strangers of whom each begins something else and finishes nothing, more than there are descriptors for: no
 * process ends, who was there before is served on, and when they have left everybody is.
 *
 * Method: `serve` under a small `ulimit -n`; what each of a crowd sends is drawn from the seed (test/support/seed.ts), as
 * single connections are in test/fuzz/raw/unfinished.ts.
 */
// time limit: 240 s
import type { Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startTestApi, type TestApi } from "../support/api.ts";
import { scrape } from "../support/metrics.ts";
import { childrenOf } from "../support/processes.ts";
import { rawConnection } from "../support/raw-http.ts";
import { type RunningCommand, startRunning } from "../support/running.ts";
import { fc, seed } from "../support/seed.ts";
import { until } from "../support/until.ts";
import { begin, BEGINNINGS, HALVES, othersAreAnswered, paths } from "./raw/unfinished.ts";

const WORKERS = 2;
const DESCRIPTORS = 600;
/** Many more than both processes let in; some are closed at once, since what they begin is none. */
const MOST = 6_000;
/** Come in together; a queue of the kernel's holds some hundreds. */
const AT_ONCE = 25;
const CROWDS = 2;
/** So many in a row that none of the processes is left out by luck. */
const IN_A_ROW = 8;
const REQUEST = "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n";

let api: TestApi;
let served: RunningCommand;
let pids: number[] = [];
let opsPort = 0;
const ports = { PORT: 0, GRPC_PORT: 0 };

test.before(async () => {
  // It has given the database its tables and keys before the others come.
  api = await startTestApi();
  served = startRunning("serve", { WORKERS: String(WORKERS) }, { descriptors: DESCRIPTORS });
  const { port = 0, grpcPort = 0 } = await served.line("serving");
  Object.assign(ports, { PORT: port, GRPC_PORT: grpcPort });
  opsPort = (await served.line("metrics are shown")).opsPort ?? 0;
  await until("all processes are there", () => childrenOf(served.pid).length === WORKERS);
  pids = childrenOf(served.pid);
});
test.after(async () => {
  assert.is(await served.stop(), 0);
  await api.stop();
});

/** What one of a crowd does: of those that are one request or less, so that it is connections that run out. */
const single = Object.keys(BEGINNINGS).filter((name) => BEGINNINGS[name]?.requests === undefined);
const stranger = fc.record({
  port: fc.constantFrom("PORT" as const, "GRPC_PORT" as const),
  beginning: fc.constantFrom(...single),
  half: fc.constantFrom(...Object.keys(HALVES)),
  path: fc.constantFrom(...paths),
});

/** It grows until both ports refuse somebody. */
async function crowdOf(drawn: number): Promise<Socket[]> {
  const before = await refusals();
  const strangers = fc.sample(stranger, { numRuns: MOST, seed: drawn });
  const sockets: Socket[] = [];
  while ((await refusals()).some((count, index) => count === before[index])) {
    assert.ok(sockets.length < MOST, "nobody is refused");
    const next = strangers.slice(sockets.length, sockets.length + AT_ONCE);
    const come = next.map(({ port, beginning, half, path }) => {
      const bytes = BEGINNINGS[beginning]?.bytes(path, HALVES[half] ?? Buffer.alloc(0)) ?? Buffer.alloc(0);
      return begin(ports[port], bytes, 0);
    });
    sockets.push(...(await Promise.all(come)));
  }
  return sockets;
}

/** Of both ports, so far. */
async function refusals(): Promise<number[]> {
  const page = await scrape(opsPort);
  return Object.keys(ports).map((port) => page.value("bodega_connections_refused_total", { port, cause: "full" }));
}

for (let crowd = 1; crowd <= CROWDS; crowd++) {
  test(`crowd ${crowd} of ${CROWDS}: who was there is served, then everybody again, by the same processes`, async () => {
    const before = await rawConnection(ports.PORT);
    const sockets = await crowdOf(seed + crowd);
    before.socket.write(REQUEST);
    await before.until(/200 OK/);
    for (const socket of sockets) socket.destroy();
    await until("others are answered", () =>
      othersAreAnswered(ports).then(
        (wrong) => wrong === undefined,
        () => false,
      ),
    );
    for (let count = 0; count < IN_A_ROW; count++) assert.is(await othersAreAnswered(ports), undefined);
    assert.equal(childrenOf(served.pid), pids);
    assert.ok(
      served.lines.some(({ msg }) => msg === "connections are refused"),
      "the crowd was too small",
    );
    before.socket.destroy();
  });
}

test.run();
