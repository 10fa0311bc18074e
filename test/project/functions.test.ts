/**
 * A function fits a screen: it has at most fifty lines, comments and blank ones too.
 *
 * An exception is named with its reason. One that is no longer needed is a failure, so that the list stays true.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const ROOT = path.join(import.meta.dirname, "../..");
const RULES = path.join(import.meta.dirname, "functions.json");

const ONE_STEP = "a migration's SQL stays in one place, and one that was released never changes";

/** Longer ones, as oxlint calls them, and why. */
const EXCEPTIONS = new Map([
  ["src/migrations/0003-catalog.ts: async function", ONE_STEP],
  ["src/migrations/0005-orders.ts: async function", ONE_STEP],
  ["src/migrations/0007-accounts.ts: async function", ONE_STEP],
  ["src/migrations/0032-renames.ts: async function", ONE_STEP],
  [
    "test/faults/lost-commits.slow.ts: async function",
    "one story: what was kept, what was lost, and what is read of it after the failover",
  ],
  [
    "test/operate/backup.slow.ts: async function",
    "one story: a backup, two orders, and the moment between them restored",
  ],
  [
    "test/telemetry/outage-lines.slow.ts: async function",
    "one story: each part goes and comes back, and its lines are counted at the end",
  ],
]);

interface Finding {
  message: string;
  filename: string;
}

function findings(folders: string[]): Finding[] {
  const { stdout, stderr } = spawnSync(
    path.join(ROOT, "node_modules/.bin/oxlint"),
    ["--config", RULES, "--format", "json", ...folders],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  const { diagnostics, number_of_files: looked }: { diagnostics: Finding[]; number_of_files: number } =
    JSON.parse(stdout);
  assert.ok(looked > 500, `only ${looked} files were looked at: ${stderr}`);
  return diagnostics;
}

test("no function has more lines than fit a screen, but those that are named here with a reason", () => {
  const long = findings(["src", "test"]).map(({ filename, message }) => {
    const name = /^The (?<name>.+) has too many lines/.exec(message)?.groups?.["name"];
    return `${filename}: ${name ?? message}`;
  });
  assert.equal(long.sort(), [...EXCEPTIONS.keys()].sort());
});

test.run();
