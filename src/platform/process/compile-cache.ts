/**
 * Keeps what Node makes of our sources and packages, types stripped and compiled, for the next process.
 *
 * Every process of ours loads some two thousand files; reading them compiled takes half of the CPU. They lie in
 * node_modules, where only those can write who could change the code as well, unlike in Node's own choice, the folder
 * for temporary files. Where nobody may write, nothing is kept.
 */
import { constants, enableCompileCache } from "node:module";
import path from "node:path";

export const COMPILE_CACHE = path.join(import.meta.dirname, "../../../node_modules/.cache/bodega-compiled");
const VARIABLE = "NODE_COMPILE_CACHE";

/** For files that are loaded from now on, here and in the processes that this one starts. */
export function keepCompiled(): void {
  const { status } = enableCompileCache(COMPILE_CACHE);
  if (status === constants.compileCacheStatus.ENABLED) process.env[VARIABLE] = COMPILE_CACHE;
}
