/**
 * Loaded into the processes of a program under test (`node --import`): asked by SIGUSR2, a process collects its garbage
 * and writes down what is still in use.
 *
 * The product has no such switch. What the system has given a process says more of its allocator than of what it keeps.
 */
import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const folder = process.env["IN_USE_FOLDER"];
if (folder !== undefined) process.on("SIGUSR2", () => collect(folder));

function collect(folder: string): void {
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  // What a first one finishes, weak references and finalizers, only a second one takes away.
  gc();
  setImmediate(() => {
    gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    const file = path.join(folder, `in-use-${process.pid}`);
    writeFileSync(`${file}.part`, JSON.stringify({ inUse: heapUsed + external, rss }));
    renameSync(`${file}.part`, file);
  });
}
