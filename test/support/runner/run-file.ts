/** Runs one test file in a process of its own and judges how it went, also when that process never says. */
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { COMPILE_CACHE } from "../../../src/platform/process/compile-cache.ts";
import { REPOSITORY, type TestFile } from "./discover.ts";
import { killLeftovers } from "./leftover-processes.ts";
import { type FileOutcome, isFileNews, MARK_VARIABLE } from "./messages.ts";
import type { Services } from "./services.ts";

export interface FileResult extends FileOutcome {
  test: TestFile;
  durationMs: number;
  /** What the file printed. */
  output: string;
}

/** More than this of a file's output helps nobody; the end is kept. */
const MAX_OUTPUT_BYTES = 256 * 1024;
/** The progress that uvu prints: dots and a count. */
const PROGRESS = /^[•✘ ]+(\(\d+ \/ \d+\))?$/;

export async function runFile(
  test: TestFile,
  options: { services: Services; place: number; signal: AbortSignal },
): Promise<FileResult> {
  const startedAt = performance.now();
  const id = `test_${randomUUID().replaceAll("-", "")}`;
  const dataDir = await mkdtemp(path.join(tmpdir(), "bodega-file-"));
  await chmod(dataDir, 0o711);
  const mark = `${process.env[MARK_VARIABLE] ?? ""}/${id}`;
  try {
    const services = await options.services.prepare(options.place, id);
    const environment = {
      ...process.env,
      ...services,
      NODE_ENV: "test",
      // Every file loads the same two thousand modules.
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      // Several products run at once; whoever reads metrics asks the log for the port.
      OPS_PORT: "0",
      TEST_DATA_DIR: dataDir,
      [MARK_VARIABLE]: mark,
    };
    const { outcome, output } = await runChild(test, environment, options.signal);
    const left = await killLeftovers({ mark, dataDir });
    const problems = left.map(({ pid, command }) => `A process was left running and is killed now: ${pid} ${command}`);
    return {
      ...outcome,
      problems: [...outcome.problems, ...problems],
      output,
      test,
      durationMs: performance.now() - startedAt,
    };
  } finally {
    await options.services.cleanUp(id);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function runChild(
  test: TestFile,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ outcome: FileOutcome; output: string }> {
  const child = fork(path.join(import.meta.dirname, "child.ts"), [test.file], {
    cwd: REPOSITORY,
    env: { ...env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }) },
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  let doing = "its start";
  let outcome: FileOutcome | undefined;
  let timedOut = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-MAX_OUTPUT_BYTES)));
  }
  child.on("message", (news) => {
    if (!isFileNews(news)) return;
    if (news.kind === "doing") doing = news.what;
    else outcome = news.outcome;
  });
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, test.timeLimitMs);
  const stop = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });

  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Not "close": a process that the file left behind may hold the streams open for ever.
    child.once("exit", (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      const end = timedOut
        ? `Took longer than ${test.timeLimitMs / 1_000} s; it hangs in ${doing}.`
        : `The process ended (${killedBy ?? `code ${code}`}) in ${doing}, before its tests were done.`;
      setImmediate(() =>
        resolve({
          outcome: outcome ?? { passed: 0, failed: 0, problems: [end], report: "" },
          output: withoutProgress(output),
        }),
      );
    });
  });
}

function withoutProgress(output: string): string {
  const lines = output.split("\n").filter((line) => !PROGRESS.test(stripVTControlCharacters(line)));
  return lines.join("\n").trim();
}
