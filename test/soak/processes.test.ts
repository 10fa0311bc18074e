/** A server that is silent: its connections stay open, nobody answers, and then it goes on as if nothing had been. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { childrenOf, signalTo } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { silence } from "./processes.ts";

/** As /proc has them. A shell that begins a program is in neither, and waits for it even when it is stopped. */
const ASLEEP = "S";
const STOPPED = "T";

function stateOf(pid: number): string {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? "";
}

test("a process and its children are stopped, and then go on", async () => {
  const parent = spawn("sh", ["-c", "sleep 600; :"]);
  const ended = once(parent, "close");
  const both = () => [parent.pid ?? 0, ...childrenOf(parent.pid)];
  await until(
    "it and its child are asleep",
    () => both().length === 2 && both().every((pid) => stateOf(pid) === ASLEEP),
  );
  const family = both();
  const speak = silence(parent.pid);
  await until("both are stopped", () => family.every((pid) => stateOf(pid) === STOPPED));
  speak?.();
  await until("both go on", () => family.every((pid) => stateOf(pid) === ASLEEP));
  assert.equal(
    family.map((pid) => signalTo(pid, "SIGKILL")),
    [true, true],
  );
  await ended;
});

test("nothing is there to be silent when it has gone, or is away", async () => {
  const gone = spawn("true");
  await once(gone, "exit");
  assert.is(silence(gone.pid), undefined);
  assert.is(silence(undefined), undefined);
  assert.equal(childrenOf(gone.pid), []);
});

test.run();
