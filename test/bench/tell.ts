/** How a benchmark tells what it measured: on the terminal, and to `npm run bench`, which makes the report of it. */
import { appendFileSync, mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { aimsTable, type Section, sectionText, sizingTable } from "./report.ts";

export function tell(section: Section): void {
  const { title, aims, sizing } = section;
  const parts = [
    `\n${title}`,
    sectionText(section),
    ...(aims === undefined ? [] : [aimsTable(aims)]),
    ...(sizing === undefined ? [] : [sizingTable(sizing)]),
  ];
  console.log(parts.join("\n\n"));
  const file = process.env["BENCH_SECTIONS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(section)}\n`);
}

/** Where reports are kept. */
export function benchFolder(): string {
  const folder = path.resolve(process.env["DATA_DIR"] ?? ".data", "bench");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** For the files of one run; beside the reports, because the system's folder for such may be memory, where fsync is free. */
export function runFolder(): string {
  return mkdtempSync(path.join(benchFolder(), "run-"));
}
