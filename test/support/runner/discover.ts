/** Which test files there are, which of them to run, and how long each may take. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

export interface TestFile {
  /** Absolute. */
  file: string;
  /** Relative to the repository, for people. */
  name: string;
  timeLimitMs: number;
}

export type Selection = "everyday" | "slow" | "all";

export const REPOSITORY = path.join(import.meta.dirname, "../../..");
const DEFAULT_TIME_LIMIT_MS = 60_000;
/** A file may say `// time limit: 120 s` among its first lines. */
const TIME_LIMIT = /time limit: (\d+) s/;
const HEAD_LINES = 12;

/** With patterns: the files whose names hold one of them, of both kinds, or that are named by their path. */
export function findTestFiles(selection: Selection, patterns: string[]): TestFile[] {
  const everyday = globSync("test/**/*.test.ts", { cwd: REPOSITORY });
  const slow = globSync("test/**/*.slow.ts", { cwd: REPOSITORY });
  const files = { everyday, slow, all: [...everyday, ...slow] };
  const chosen = patterns.length === 0 ? files[selection] : patterns.flatMap((pattern) => matching(pattern, files.all));
  return [...new Set(chosen.map((file) => path.resolve(REPOSITORY, file)))].map(describeFile).sort(longestFirst);
}

function matching(pattern: string, all: string[]): string[] {
  const asPath = path.resolve(pattern);
  if (existsSync(asPath) && statSync(asPath).isFile()) return [asPath];
  return all.filter((file) => file.includes(pattern));
}

function describeFile(file: string): TestFile {
  const head = readFileSync(file, "utf8").split("\n", HEAD_LINES).join("\n");
  const seconds = TIME_LIMIT.exec(head)?.[1];
  const timeLimitMs = seconds === undefined ? DEFAULT_TIME_LIMIT_MS : Number(seconds) * 1_000;
  return { file, name: path.relative(REPOSITORY, file), timeLimitMs };
}

/** A long file that starts last makes everybody wait for it. Nobody measures: a limit and a size are guess enough. */
function longestFirst(a: TestFile, b: TestFile): number {
  return b.timeLimitMs - a.timeLimitMs || statSync(b.file).size - statSync(a.file).size;
}
