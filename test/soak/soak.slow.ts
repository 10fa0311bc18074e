/**
 * Three quarters of a minute of `npm run soak`: mixed load, every fault at least once, and every promise kept.
 *
 * Method: the command itself, with the tests' own seed. Most of the time limit is for what waits after the load: a lost
 * job, or a webhook that refused twice, comes again after minutes.
 */
// time limit: 540 s
import path from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { seed } from "../support/seed.ts";
import { killLeftovers } from "../support/runner/leftover-processes.ts";
import { MARK_VARIABLE } from "../support/runner/messages.ts";
import { type FaultKind, faultKinds, scheduleOf } from "./schedule.ts";

/** It goes on until every kind of fault has struck something. */
const SECONDS = 45;
/** The API ends within twelve seconds, whatever is away. */
const PATIENCE_MS = 30_000;
const RUN = path.join(import.meta.dirname, "run.ts");

test("mixed load under every fault breaks no promise, and leaves nothing behind", async () => {
  const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "soak");
  const environment = { SEED: String(seed), SOAK_SECONDS: String(SECONDS), DATA_DIR: dataDir };
  const child = spawn(process.execPath, [RUN], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const said = await text(child.stdout);
  assert.equal(await exited, [0, null], said);
  assert.not.match(said, "BROKEN");
  for (const [name, least] of [
    ["faults", faultKinds.length],
    ["calls", 100],
    ["orders", 30],
    ["readings", 10],
    ...faultKinds.map((kind) => [`… ${kind}`, 1] as const),
  ] as const) {
    const figure = Number(new RegExp(`^ *(\\d+)  ${name}$`, "m").exec(said)?.[1]);
    assert.ok(figure >= least, `${figure} ${name}\n${said}`);
  }
  assert.equal(readdirSync(dataDir), []);
});

test("a run that is ended while PostgreSQL is silent leaves no process behind", async () => {
  const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "ended");
  const mark = `${process.env[MARK_VARIABLE] ?? ""}/ended`;
  const environment = {
    SEED: String(seedThatBeginsWith("PostgreSQL is silent")),
    DATA_DIR: dataDir,
    [MARK_VARIABLE]: mark,
  };
  const child = spawn(process.execPath, [RUN], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout);
  for await (const line of lines) if (line.endsWith("PostgreSQL is silent")) child.kill("SIGINT");
  assert.equal(await exited, [1, null]);
  assert.equal(await killLeftovers({ mark, dataDir }, PATIENCE_MS), []);
});

function seedThatBeginsWith(kind: FaultKind): number {
  for (let seed = 0; ; seed++) if (scheduleOf(seed).next().value.kind === kind) return seed;
}

test.run();
