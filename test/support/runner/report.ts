/** What the runner prints: a line for each file, the failures in full below it, and the sum as the last line. */
import type { FileResult } from "./run-file.ts";

export function hasFailed(result: FileResult): boolean {
  return failuresOf(result) > 0;
}

export function fileReport(result: FileResult): string {
  const failed = failuresOf(result);
  const seconds = (result.durationMs / 1_000).toFixed(1);
  const { passed, test } = result;
  if (failed === 0) return `✔ ${test.name}  ${passed} passed  ${seconds} s`;
  const line = `✘ ${test.name}  ${passed} passed, ${failed} failed  ${seconds} s`;
  const printed = result.output === "" ? "" : `  It printed:\n${indent(result.output)}`;
  return [line, result.report.trimEnd(), ...result.problems.map((problem) => indent(problem)), printed]
    .filter((part) => part !== "")
    .join("\n");
}

/** Exactly this form: `.ci/run` and people's scripts read it. */
export function sum(results: FileResult[]): string {
  const passed = results.reduce((total, result) => total + result.passed, 0);
  const failed = results.reduce((total, result) => total + failuresOf(result), 0);
  return `${passed} passed, ${failed} failed`;
}

/** Something wrong with the file itself counts as one failed test, however many ways of telling it there are. */
function failuresOf(result: FileResult): number {
  return result.failed > 0 ? result.failed : Math.min(1, result.problems.length);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
