/**
 * Asks a child every second whether it is there, and ends it when it has been silent for too long.
 *
 * A process that is frozen, or whose event loop turns no more, keeps its connections open: its callers would wait for
 * an answer that never comes, and nothing else would tell that it is gone.
 */
import type { ChildProcess } from "node:child_process";
import type { Logger } from "../platform/telemetry/log.ts";
import type { ProcessKind } from "../platform/telemetry/metrics.ts";
import type { FromChild, FromParent } from "./child-process.ts";
import { endSilent, whenSilent } from "./silence.ts";

const ASK_MS = 1_000;
/** Far above what any call, collection of garbage or busy machine has held up an event loop that turned again. */
const SILENT_MS = 8_000;
/** Before the first answer it reads its program, on a machine where ten others do the same. */
const STARTING_MS = 60_000;

/** Until the child ends. */
export function startHeartbeat(child: ChildProcess, { kind, log }: { kind: ProcessKind; log: Logger }): void {
  const listen = (limitMs: number) => whenSilent(limitMs, () => endSilent(child, { kind, limitMs, log }));
  let hush = listen(STARTING_MS);
  let answers = false;
  child.on("message", ({ kind: news }: FromChild) => {
    // One of an older release, to which somebody has gone back, does not know the question.
    answers ||= news === "alive";
    hush();
    // Whatever it says, it is there.
    if (answers) hush = listen(SILENT_MS);
  });
  const question: FromParent = { kind: "alive?" };
  const asking = setInterval(() => child.connected && child.send(question, () => undefined), ASK_MS);
  child.once("exit", () => {
    clearInterval(asking);
    hush();
  });
}
