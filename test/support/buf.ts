/**
 * Runs the `buf` of this checkout, without a network.
 *
 * A proxy that nobody answers stands for the missing network: a command that reached for a registry would fail here as
 * it would on a machine without one.
 */
import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";

export const repository = join(import.meta.dirname, "../..");

const binaries = join(repository, "node_modules/.bin");
const NOBODY = "http://127.0.0.1:1";
const environment = {
  ...process.env,
  PATH: `${binaries}${delimiter}${process.env.PATH ?? ""}`,
  HTTP_PROXY: NOBODY,
  HTTPS_PROXY: NOBODY,
  NO_PROXY: "",
};

/** What a command ended with; `output` is stdout and stderr. */
export interface Ended {
  passed: boolean;
  output: string;
}

/** @param folder where it runs; the repository unless told */
export function buf(args: string[], folder = repository): Promise<Ended> {
  return ended(join(binaries, "buf"), args, folder);
}

/** @param folder where it runs; the repository unless told */
export function git(args: string[], folder = repository): Promise<Ended> {
  return ended("git", args, folder);
}

function ended(command: string, args: string[], folder: string): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(command, args, { cwd: folder, env: environment }, (error, stdout, stderr) => {
    resolve({ passed: error === null, output: `${stdout}${stderr}` });
  });
  return promise;
}
