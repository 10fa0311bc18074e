/**
 * A process that answers nothing is replaced, whoever froze it, and whoever waits for it learns that it is gone.
 *
 * Method: `serve` and a worker in processes of their own, stopped by SIGSTOP, which keeps every connection open; and
 * processes of the test's own, whose event loop turns no more.
 */
// time limit: 180 s
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SupervisedChild } from "../../src/processes/supervised-child.ts";
import { startWorkerProcess } from "../../src/processes/processes.ts";
import { MetricsAggregate } from "../../src/processes/aggregate-metrics.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { databaseUrl, dataDir, log, redisUrl } from "../support/environment.ts";
import { scrape } from "../support/metrics.ts";
import { childrenOf, signalTo } from "../support/processes.ts";
import { type RawConnection, rawConnection } from "../support/raw-http.ts";
import { type RunningCommand, startRunning } from "../support/running.ts";
import { until } from "../support/until.ts";

const WORKERS = 2;
/** Enough that each process has some. */
const CONNECTIONS = 8;
/** Longer than a process may be silent. */
const STANDSTILL_MS = 10_000;
const LOOKS_MS = 3_000;
const ASK = "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n";
const ANSWER = /HTTP\/1\.1 200 OK/g;

let api: TestApi;
let served: RunningCommand;
let port: number;

test.before(async () => {
  api = await startTestApi();
  served = startRunning("serve", { WORKERS: String(WORKERS) });
  port = (await served.line("serving")).port ?? 0;
});
test.after(async () => {
  await served.stop();
  await api.stop();
});

function answersOf({ received }: RawConnection): number {
  return received().match(ANSWER)?.length ?? 0;
}

async function silences(kind: string): Promise<number> {
  return (await scrape((await served.line("metrics are shown")).opsPort ?? 0)).value("bodega_process_silences_total", {
    kind,
  });
}

async function isAnswered(): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: "close" } })).ok;
}

test("an API process that is frozen is replaced, and its callers learn that their connections are gone", async () => {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => rawConnection(port)));
  const ask = () => connections.forEach(({ socket }) => socket.write(ASK));
  ask();
  await until("each is served", () => connections.every((one) => answersOf(one) === 1));
  const [frozen = 0] = childrenOf(served.pid);
  signalTo(frozen, "SIGSTOP");
  ask();
  const closed = new Set<RawConnection>();
  for (const one of connections) void one.closed.then(() => closed.add(one));
  await until(
    "another process has its place",
    () => childrenOf(served.pid).length === WORKERS && !childrenOf(served.pid).includes(frozen),
  );
  await until("every caller has an answer or knows that there will be none", () =>
    connections.every((one) => answersOf(one) === 2 || closed.has(one)),
  );
  assert.ok(closed.size > 0 && closed.size < CONNECTIONS, `${closed.size} connections were closed`);
  assert.is(await silences("api"), 1);
  assert.is(served.lines.filter(({ msg }) => msg === "a process is silent and is replaced").length, 1);
  for (const { socket } of connections) socket.destroy();
  for (let count = 0; count < CONNECTIONS; count++) assert.ok(await isAnswered());
});

test("when the machine itself stood still, nobody is replaced", async () => {
  // One that is still starting may give up on a database that it could not ask for so long.
  await served.line("a process serves in the place of the one that ended");
  const before = childrenOf(served.pid);
  const family = [served.pid, ...before];
  for (const pid of family) signalTo(pid, "SIGSTOP");
  await sleep(STANDSTILL_MS);
  for (const pid of family.toReversed()) signalTo(pid, "SIGCONT");
  await until("it serves on", isAnswered);
  // Time in which the supervisor looks at who was silent.
  await sleep(LOOKS_MS);
  assert.equal(childrenOf(served.pid), before);
});

test("a worker that is frozen is replaced", async () => {
  const environment = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DATA_DIR: dataDir, LOG_LEVEL: "silent" };
  const before = new Set(childrenOf(process.pid));
  const workers = () => childrenOf(process.pid).filter((pid) => !before.has(pid));
  const running = await startWorkerProcess(environment, { log, scrape: new MetricsAggregate() });
  const [frozen = 0] = workers();
  signalTo(frozen, "SIGSTOP");
  await until("another has its place", () => workers().length === 1 && !workers().includes(frozen));
  await running.stop();
});

/** A process that says that it is ready, and then does as told with every question. */
function childThat(answers: string): () => ChildProcess {
  const program = `const ready = () => process.send({ kind: "ready" }); const answer = () => process.send({ kind: "alive" }); ready(); process.on("message", () => { ${answers} })`;
  return () => spawn(process.execPath, ["-e", program], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

/** @returns all that were started so far */
async function kept(spawnOne: () => ChildProcess) {
  const started: ChildProcess[] = [];
  const child = new SupervisedChild({
    kind: "worker",
    name: "one of the test's",
    log,
    spawn() {
      const one = spawnOne();
      started.push(one);
      return one;
    },
  });
  await child.ready;
  return { started, stop: () => child.stop() };
}

test("a process whose event loop turns no more is ended, and another takes its place", async () => {
  const { started, stop } = await kept(childThat("answer(); for (;;);"));
  await until("there is another", () => started.length === 2);
  assert.is(started[0]?.signalCode, "SIGKILL");
  await stop();
});

test("a process that is busy for seconds and answers then stays", async () => {
  let answers = 0;
  const { started, stop } = await kept(
    childThat("for (const end = performance.now() + 2500; performance.now() < end; ); answer()"),
  );
  started[0]?.on("message", () => answers++);
  await until("it has answered", () => answers === 3);
  assert.is(started.length, 1);
  await stop();
});

test.run();
