/** The checks that read the code instead of running it: types, lint and layout. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const ROOT = path.join(import.meta.dirname, "../..");

function run(command: string, args: string[]): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(path.join(ROOT, "node_modules/.bin", command), args, {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { code: status, said: stdout + stderr };
}

test("every file keeps its types, those of the console with the browser's", () => {
  for (const project of [".", "src/console"]) {
    const { code, said } = run("tsc", ["-p", project]);
    assert.is(code, 0, said);
  }
});

test("every file keeps the rules of .oxlintrc.json, also those that need types", () => {
  const { code, said } = run("oxlint", ["--type-aware", "--format", "unix"]);
  assert.is(code, 0, said);
});

test("every file is laid out as `npm run format` lays it out", () => {
  const { code, said } = run("oxfmt", ["--check"]);
  assert.is(code, 0, said);
});

test.run();
