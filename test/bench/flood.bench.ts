/**
 * Ten thousand sign-ins at once: what they cost the other callers' time, and the server's memory. And sixteen addresses
 * that guess passwords: whether those who own the accounts still get in.
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
import { latencies, type Measured, median, type Row, RUNS } from "./measured.ts";
import { ADDRESSES, AT_ONCE, OWNERS, ownersAmongGuessers, PATIENCE_MS, type Waits } from "./owners.ts";
import { tell } from "./tell.ts";

const PACE_MS = 10;
const USUAL = "nobody signs in";
const DURING = "ten thousand sign in";
const WARMING_MS = 5_000;
const USUAL_MS = 5_000;

const api = await startApiProcess({ TRUSTED_PROXIES: "127.0.0.1" });
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
const rounds: Waits[] = [];
for (let run = 0; run < RUNS; run++) rounds.push(await ownersAmongGuessers(api, run));
await api.stop();
tell({
  id: "flood",
  title: "Ten thousand sign-ins at once",
  method:
    `Calls of a signed-in customer (GetProfile, gRPC, one API process) every ${PACE_MS} ms, whatever they take, before and while ten thousand sign-ins with wrong passwords ` +
    `come at once from a process of low priority. Memory is the most that the process ever had. What became of the sign-ins: ${answers.join("; ")}.`,
  rows: [usual, during],
});
tell({
  id: "flood-owners",
  title: "Owners among guessers",
  method:
    `${ADDRESSES * AT_ONCE} callers from ${ADDRESSES} addresses, each in a network of its own, guess passwords of one account and of others without a pause; one API process, default limits. ` +
    `${OWNERS} owners of accounts sign in over ten seconds from addresses where they had signed in before, the owner of the one account among them, and ${OWNERS} others from new ones; ` +
    `who has no answer after ${PATIENCE_MS / 1_000} s is gone. What became of the guesses: ${rounds.map(({ guesses }) => JSON.stringify(guesses)).join("; ")}.`,
  table: {
    head: ["Owners", `of ${OWNERS} signed in, each round`, "p50 ms", "longest ms"],
    rows: [ownersRow("from known addresses", "known"), ownersRow("from new ones", "new")],
  },
  aims: [
    {
      what: `owners of ${OWNERS} who sign in from known addresses, in the worst round`,
      figure: fewest("known"),
      atLeast: OWNERS,
    },
    {
      what: `owners of ${OWNERS} who sign in from new addresses, in the worst round`,
      figure: fewest("new"),
      atLeast: 15,
    },
  ],
});

function ownersRow(name: string, kind: "known" | "new"): string[] {
  const waits = rounds.flatMap((round) => answered(round[kind]));
  const of = (figure: number) => (Number.isFinite(figure) ? figure.toFixed(0) : "");
  return [
    name,
    rounds.map((round) => answered(round[kind]).length).join(", "),
    of(median(waits)),
    of(Math.max(...waits)),
  ];
}

function fewest(kind: "known" | "new"): number {
  return Math.min(...rounds.map((round) => answered(round[kind]).length));
}

function answered(waits: (number | undefined)[]): number[] {
  return waits.filter((wait) => wait !== undefined);
}

async function round(end: Promise<unknown>): Promise<Measured> {
  const startMs = performance.now();
  const times = await timesUntil(end);
  const seconds = (performance.now() - startMs) / 1_000;
  const counted = answered(times);
  return {
    perSecond: counted.length / seconds,
    refusedPerSecond: (times.length - counted.length) / seconds,
    ...latencies(counted.map((ms) => ms * 1_000)),
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
