/**
 * The runner fails where uvu alone would not: each way in which a test can lie has a fixture here.
 *
 * Method: the real runner, in a process of its own and without services, on one fixture; its exit code, its last line
 * and what it says are held against the promise.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const RUNNER = path.join(import.meta.dirname, "../support/run.ts");

function runOn(...fixtures: string[]): { code: number | null; lastLine: string; said: string } {
  const files = fixtures.map((name) => path.join(import.meta.dirname, "fixtures", `${name}.ts`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUNNER, "--no-services", ...files], {
    encoding: "utf8",
  });
  return { code: status, lastLine: stdout.trimEnd().split("\n").at(-1) ?? "", said: stdout + stderr };
}

test("a file whose tests pass is a success, all its suites counted", () => {
  const { code, lastLine } = runOn("passes");
  assert.is(lastLine, "3 passed, 0 failed");
  assert.is(code, 0);
});

test("a test that fails is shown with its difference, and the run fails", () => {
  const { code, lastLine, said } = runOn("fails");
  assert.is(lastLine, "1 passed, 1 failed");
  assert.is(code, 1);
  assert.match(said, '"breaks"');
  assert.match(said, "blue");
});

test("several files are summed up, and one that fails is enough", () => {
  const { code, lastLine } = runOn("passes", "fails");
  assert.is(lastLine, "4 passed, 1 failed");
  assert.is(code, 1);
});

/** What is wrong, the last line it must end with, and the words that tell a reader where to look. */
const LIES: Record<string, { fixture: string; lastLine: string; says: RegExp }> = {
  "a hook that throws before the tests": {
    fixture: "hook-throws",
    lastLine: "0 passed, 1 failed",
    says: /hook before threw: Error: no shop today/,
  },
  "a hook that throws after the tests": {
    fixture: "hook-throws-after",
    lastLine: "1 passed, 1 failed",
    says: /hook after threw: .*does not close/,
  },
  "a file without a test": { fixture: "no-test", lastLine: "0 passed, 1 failed", says: /registers no test/ },
  "a test that was registered and did not run": {
    fixture: "not-run",
    lastLine: "0 passed, 1 failed",
    says: /test\.run\(\)/,
  },
  "a test that shuts the others out": {
    fixture: "only",
    lastLine: "1 passed, 1 failed",
    says: /test\.only\("alone"\)/,
  },
  "a test that is skipped": { fixture: "skips", lastLine: "1 passed, 1 failed", says: /test\.skip\("left out"\)/ },
  "a test that hangs": {
    fixture: "hangs",
    lastLine: "0 passed, 1 failed",
    says: /longer than 2 s; it hangs in "waits for ever"/,
  },
  "a process that ends in the middle of a test": {
    fixture: "ends-early",
    lastLine: "0 passed, 1 failed",
    says: /in "waits for nothing", before/,
  },
  "a test that exits with success": {
    fixture: "exits",
    lastLine: "0 passed, 1 failed",
    says: /\(code 0\) in "leaves"/,
  },
  "a server that is left listening": {
    fixture: "leaves-server",
    lastLine: "1 passed, 1 failed",
    says: /Still open .*TCPServerWrap/,
  },
  "a process that is left running": {
    fixture: "leaves-process",
    lastLine: "1 passed, 1 failed",
    says: /left running .* sleep 600/,
  },
  "a rejection that nobody handles": {
    fixture: "rejects-unhandled",
    lastLine: "1 passed, 1 failed",
    says: /nobody hears this/,
  },
  "a file that cannot be loaded": {
    fixture: "does-not-load",
    lastLine: "0 passed, 1 failed",
    says: /broken at the top/,
  },
};
const LINUX_ONLY = new Set(["leaves-process"]);

for (const [what, { fixture, lastLine, says }] of Object.entries(LIES)) {
  if (LINUX_ONLY.has(fixture) && process.platform !== "linux") continue;
  test(`${what} fails the run and is named`, () => {
    const result = runOn(fixture);
    assert.match(result.said, says);
    assert.is(result.lastLine, lastLine);
    assert.is(result.code, 1);
  });
}

test("a name that matches no file fails the run", () => {
  const { status, stdout } = spawnSync(process.execPath, [RUNNER, "--no-services", "no-such-file"], {
    encoding: "utf8",
  });
  assert.is(status, 1);
  assert.match(stdout, /0 passed, 1 failed\n$/);
});

test.run();
