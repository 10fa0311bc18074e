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
import { startApiProcess } from "./api-process.ts";
import { median, table } from "./report.ts";

const PACE_MS = 10;
const RUNS = 3;

const api = await startApiProcess({});
const { token } = await api.office.signUp("CUSTOMER");
const customer = api.office.clients({ token, transport: api.grpc });
await timesUntil(sleep(1_000));
const rows: string[][] = [];
for (let run = 0; run < RUNS; run++) rows.push(await flood());
console.log(table(["ten thousand sign-ins at once", "usual median ms", "median during ms", "times", "MiB more", "answers"], rows));
await api.stop();

async function flood(): Promise<string[]> {
  const usual = median(await timesUntil(sleep(2_000)));
  const beforeMib = statusMib("VmRSS");
  const crowd = fork(path.join(import.meta.dirname, "flood.ts"), [api.address]);
  const told = once(crowd, "message");
  const during = median(await timesUntil(told));
  const [outcomes] = await told;
  const more = statusMib("VmHWM") - beforeMib;
  return ["", usual.toFixed(2), during.toFixed(2), (during / usual).toFixed(1), more.toFixed(0), JSON.stringify(outcomes)];
}

/** How long each call took, in ms, that began before `end`. */
async function timesUntil(end: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  void end.finally(() => (isOver = true));
  const calls: Promise<number>[] = [];
  while (!isOver) {
    calls.push(timed());
    await sleep(PACE_MS);
  }
  return Promise.all(calls);
}

async function timed(): Promise<number> {
  const startMs = performance.now();
  await customer.identity.getProfile({});
  return performance.now() - startMs;
}

function statusMib(field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${api.pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}
