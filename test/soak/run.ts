/**
 * `npm run soak`: SEED (default: a new one) and SOAK_SECONDS (default: 600). Exits with 1 when a promise was broken.
 *
 * A run that kept every promise leaves nothing behind; one that broke any leaves its history and its logs, and says where.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { endChildren } from "./processes.ts";
import { reportOf } from "./report.ts";
import { soak } from "./soak.ts";

const DEFAULT_SECONDS = 600;

const seed = wholeNumber("SEED", Math.floor(Math.random() * 2 ** 31));
const seconds = wholeNumber("SOAK_SECONDS", DEFAULT_SECONDS);
const again = `SEED=${seed} SOAK_SECONDS=${seconds} npm run soak`;
const home = path.resolve(process.env["DATA_DIR"] ?? tmpdir());
await mkdir(home, { recursive: true });
const dataDir = await mkdtemp(path.join(home, "bodega-soak-"));
console.log(`${again}\n`);

// Whatever ends this process, it leaves no server behind.
process.on("exit", endChildren);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    leave(`Ended by ${signal}; the logs are in ${dataDir}`);
    process.exit();
  });
}

try {
  const result = await soak({ seed, seconds, dataDir, log: (line) => console.log(line) });
  const { lines, isBroken } = reportOf(result);
  console.log(lines.join("\n"));
  if (isBroken) leave(`The history is in ${result.historyFile}`);
  else await rm(dataDir, { recursive: true, force: true });
} catch (error) {
  console.error(error);
  leave(`The run itself failed; its logs are in ${dataDir}`);
}
// Whoever still insists on an answer is not waited for.
process.exit();

function wholeNumber(name: string, otherwise: number): number {
  const number = Number(process.env[name] ?? otherwise);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${name} must be a whole number`);
  return number;
}

function leave(why: string): void {
  console.log(`\n${why}; the same trouble again: ${again}`);
  process.exitCode = 1;
}
