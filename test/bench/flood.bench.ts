/**
 * Ten thousand sign-ins at once: what they cost the other callers' time, and the server's memory.
 *
 * A flood from a process of its own, and calls of a signed-in customer at a steady pace before and during it; the pace
 * does not wait for answers, so that a server that stands still shows.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { startApiProcess } from "./api-process.ts";
import { latencies, type Measured, type Row, RUNS } from "./measured.ts";
import { tell } from "./tell.ts";

const PACE_MS = 10;
const USUAL = "nobody signs in";
const DURING = "ten thousand sign in";
const WARMING_MS = 5_000;
const USUAL_MS = 5_000;

const api = await startApiProcess({});
const { token } = await api.office.signUp("CUSTOMER");
const customer = api.office.clients({ token, transport: api.grpc });
await timesUntil(sleep(WARMING_MS));
const usual: Row = { name: USUAL, rounds: [] };
const during: Row = { name: DURING, yardstick: USUAL, rounds: [] };
const answers: string[] = [];
for (let run = 0; run < RUNS; run++) {
  usual.rounds.push(await round(sleep(USUAL_MS)));
  const crowd = fork(path.join(import.meta.dirname, "flood.ts"), [api.address]);
  const told = once(crowd, "message");
  during.rounds.push(await round(told));
  answers.push(JSON.stringify((await told)[0]));
}
await api.stop();
tell({
  id: "flood",
  title: "Ten thousand sign-ins at once",
  method:
    `Calls of a signed-in customer (GetProfile, gRPC, one API process) every ${PACE_MS} ms, whatever they take, before and while ten thousand sign-ins with wrong passwords ` +
    `come at once from a process of low priority. Memory is the most that the process ever had. What became of the sign-ins: ${answers.join("; ")}.`,
  rows: [usual, during],
});

async function round(end: Promise<unknown>): Promise<Measured> {
  const startMs = performance.now();
  const times = await timesUntil(end);
  const seconds = (performance.now() - startMs) / 1_000;
  const answered = times.filter((ms) => ms !== undefined);
  return {
    perSecond: answered.length / seconds,
    refusedPerSecond: (times.length - answered.length) / seconds,
    ...latencies(answered.map((ms) => ms * 1_000)),
    mib: statusMib("VmHWM"),
  };
}

/** How long each call took, in ms, that began before `end`; undefined for one that was refused as too many. */
async function timesUntil(end: Promise<unknown>): Promise<(number | undefined)[]> {
  let isOver = false;
  void end.finally(() => (isOver = true));
  const calls: Promise<number | undefined>[] = [];
  while (!isOver) {
    calls.push(timed());
    await sleep(PACE_MS);
  }
  return Promise.all(calls);
}

async function timed(): Promise<number | undefined> {
  const startMs = performance.now();
  try {
    await customer.identity.getProfile({});
    return performance.now() - startMs;
  } catch (error) {
    if (ConnectError.from(error).code === Code.ResourceExhausted) return undefined;
    throw error;
  }
}

function statusMib(field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${api.pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}
