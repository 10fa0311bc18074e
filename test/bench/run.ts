/** `npm run bench [name …]`: runs the benchmarks one after the other; each prints its tables. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";

const wanted = process.argv.slice(2);
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".bench.ts"));
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(name)));
if (chosen.length === 0) console.error(`There is no benchmark of that name. There are: ${files.join(", ")}`);
const failed = chosen.filter((file) => {
  console.log(`\n${file}`);
  return spawnSync(process.execPath, [path.join(import.meta.dirname, file)], { stdio: "inherit" }).status !== 0;
});
process.exitCode = chosen.length === 0 || failed.length > 0 ? 1 : 0;
