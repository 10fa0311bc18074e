/**
 * The process of one test file: runs its tests and tells the runner what became of them.
 *
 * It drives uvu's queue itself: uvu's own loop reports success for a file without tests, and exits before anybody can
 * look at what the tests left open.
 */
import { registerHooks } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { FileNews, FileOutcome } from "./messages.ts";

/** uvu's answer of a suite: the failures' report or `true`, and how many passed, were skipped, and there were. */
type Suite = () => Promise<[report: string | true, passed: number, skipped: number, total: number]>;

/** Sockets that were closed need a moment to be gone. */
const HANDLES_GRACE_MS = 1_000;
const POLL_MS = 20;

const queue: Suite[] = [];
// What uvu looks at when it is loaded: do not start by yourself, and put the suites here.
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [queue] });
const observedUvu = new URL("observed-uvu.ts", import.meta.url).href;
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "uvu" && context.parentURL !== observedUvu) return { url: observedUvu, shortCircuit: true };
    return next(specifier, context);
  },
});
const { describe, observed } = await import("./observed-uvu.ts");
observed.onDoing = (what) => tell({ kind: "doing", what });
process.on("unhandledRejection", (error) => observed.problems.add(`An unhandled rejection: ${describe(error)}`));
process.on("uncaughtException", (error) => observed.problems.add(`An uncaught exception: ${describe(error)}`));

// A runner that was killed cannot end this process. The channel alone must not keep it alive: see "ends in the middle".
process.once("disconnect", () => process.exit(1));
process.channel?.unref();

const outcome = await run(process.argv[2] ?? "");
process.send?.({ kind: "done", outcome } satisfies FileNews, () => process.exit());

async function run(file: string): Promise<FileOutcome> {
  // The streams open at first use, and are no fault of the file.
  process.stdout.write("");
  process.stderr.write("");
  const before = process.getActiveResourcesInfo();
  tell({ kind: "doing", what: "the import of the file" });
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    observed.problems.add(`The file could not be loaded: ${describe(error)}`);
    return { passed: 0, failed: 0, problems: [...observed.problems], report: "" };
  }
  const { passed, failed, report } = await runSuites();
  const open = await openHandles(before);
  if (open.length > 0) {
    observed.problems.add(`Still open after the last test: ${open.join(", ")}. Close what the tests opened.`);
  }
  return { passed, failed, problems: [...observed.problems], report };
}

async function runSuites(): Promise<Omit<FileOutcome, "problems">> {
  let passed = 0;
  let report = "";
  for (const suite of queue) {
    try {
      const [text, count] = await suite();
      passed += count;
      if (text !== true) report += text;
    } catch (error) {
      observed.problems.add(`A suite broke off: ${describe(error)}`);
    }
  }
  const failed = observed.registered - passed;
  if (observed.registered === 0) observed.problems.add("The file registers no test.");
  else if (failed > 0 && report === "" && observed.failures.length > 0) report = observed.failures.join("\n");
  else if (failed > 0 && report === "" && observed.problems.size === 0) {
    observed.problems.add(`${failed} tests were registered and did not run; does the file end with test.run()?`);
  }
  return { passed, failed, report };
}

/** The kinds of handle that keep this process alive and were not there before. */
async function openHandles(before: string[]): Promise<string[]> {
  const deadline = performance.now() + HANDLES_GRACE_MS;
  while (true) {
    // First of all: what the last test began, such as listening, shows a turn later.
    await sleep(POLL_MS);
    const open = withoutOnce(process.getActiveResourcesInfo(), before);
    if (open.length === 0 || performance.now() > deadline) return open;
  }
}

function withoutOnce(all: string[], some: string[]): string[] {
  const rest = [...all];
  for (const kind of some) {
    const index = rest.indexOf(kind);
    if (index >= 0) rest.splice(index, 1);
  }
  return rest;
}

function tell(news: FileNews): void {
  if (process.connected) process.send?.(news);
}
