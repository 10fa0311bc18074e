/**
 * The test runner: `node test/support/run.ts [--all | --slow] [--no-services | --postgres FOLDER] [pattern …]`.
 *
 * uvu runs the tests of a file; what uvu does not do is done here: a process, a database and a time limit for each
 * file, several at a time, and a failure where something hangs, is left open, or never ran. The files' PostgreSQL is
 * npm's, or, for an older one, that of a folder of programs.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { StartupError } from "../../src/platform/errors/startup-error.ts";
import { findTestFiles, type Selection, type TestFile } from "./runner/discover.ts";
import { fileReport, hasFailed, sum } from "./runner/report.ts";
import { type FileResult, runFile } from "./runner/run-file.ts";
import { noServices, type Services, startServices } from "./runner/services.ts";

/** Files wait a good part of their time, so two cores carry three; each place costs a Redis of its own. */
const MAX_PLACES = 3;

const { values: flags, positionals: patterns } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: "boolean" },
    slow: { type: "boolean" },
    "no-services": { type: "boolean" },
    postgres: { type: "string" },
  },
});
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());

const results = await runAll().catch((error: unknown) => {
  console.error(error instanceof StartupError ? error.message : error);
  return [];
});
// Nothing that ran is a failure too: a typo in a name must not look like success.
console.log(results.length === 0 ? "\n0 passed, 1 failed" : `\n${sum(results)}`);
process.exitCode = results.length === 0 || results.some(hasFailed) || interrupted.signal.aborted ? 1 : 0;

async function runAll(): Promise<FileResult[]> {
  const selection: Selection = flags.all === true ? "all" : flags.slow === true ? "slow" : "everyday";
  const files = findTestFiles(selection, patterns);
  if (files.length === 0) {
    console.log("No test file matches.");
    return [];
  }
  const places = Math.min(files.length, MAX_PLACES, availableParallelism() + 1);
  const services = flags["no-services"] === true ? noServices : await startServices(places, flags.postgres);
  try {
    return await runInPlaces(files, services, places);
  } finally {
    await services.stop();
  }
}

async function runInPlaces(files: TestFile[], services: Services, places: number): Promise<FileResult[]> {
  const waiting = [...files];
  const results: FileResult[] = [];
  async function work(place: number): Promise<void> {
    while (!interrupted.signal.aborted) {
      const test = waiting.shift();
      if (test === undefined) return;
      const result = await runFile(test, { services, place, signal: interrupted.signal });
      console.log(fileReport(result));
      results.push(result);
    }
  }
  await Promise.all(Array.from({ length: places }, (_, place) => work(place)));
  return results;
}
