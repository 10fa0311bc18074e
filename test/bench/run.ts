/**
 * `npm run bench [name …]`: runs the benchmarks one after the other, and keeps their report in DATA_DIR/bench:
 * REPORT.md with its plots, and report.json, from which docs/figures.md is written.
 *
 * A report grows: what this run measured takes the place of what an earlier one did, and the rest stays, each with its
 * date and commit. A report of another machine, or of other versions, is begun anew.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commit, loadNow, machine } from "./machine.ts";
import { RUNS, SECONDS } from "./measured.ts";
import { svgOf } from "./plot.ts";
import { merged, type Part, type Report, reportText, type Section } from "./report.ts";
import { benchFolder, runFolder } from "./tell.ts";

const SUFFIX = ".bench.ts";

const wanted = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. There are: ${names.join(", ")}`);
  process.exit(1);
}

const folder = benchFolder();
const here = await machine();
const failed: string[] = [];
for (const name of chosen) {
  console.log(`\n${name}`);
  const part = run(name);
  if (part === undefined) failed.push(name);
  else keep(merged(earlier(), { machine: here, parts: [part] }, names));
}
console.log(`\nThe report is ${path.join(folder, "REPORT.md")}`);
if (failed.length > 0) console.error(`These did not run to their end: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** @returns undefined when it failed */
function run(name: string): Part | undefined {
  const place = runFolder();
  const file = path.join(place, "sections");
  writeFileSync(file, "");
  const part = {
    name,
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    commit: commit(),
    seconds: SECONDS,
    runs: RUNS,
    load: loadNow(),
  };
  const startMs = performance.now();
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, name + SUFFIX)], {
    stdio: "inherit",
    env: { ...process.env, BENCH_SECTIONS: file },
  });
  const sections = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Section => JSON.parse(line));
  rmSync(place, { recursive: true });
  return status === 0 ? { ...part, tookSeconds: (performance.now() - startMs) / 1_000, sections } : undefined;
}

function earlier(): Report | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, "report.json"), "utf8"));
  } catch {
    return undefined;
  }
}

function keep(report: Report): void {
  writeFileSync(path.join(folder, "report.json"), `${JSON.stringify(report, undefined, 1)}\n`);
  writeFileSync(path.join(folder, "REPORT.md"), reportText(report));
  for (const { id, plot } of report.parts.flatMap(({ sections }) => sections)) {
    if (plot !== undefined) writeFileSync(path.join(folder, `${id}.svg`), svgOf(plot));
  }
}
