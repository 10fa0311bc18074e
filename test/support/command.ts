/** Runs a command of the product as a person would: `node src/main.ts …`, with the file's own database. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import path from "node:path";

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @param input what stands on its standard input */
export async function runCommand(
  words: string[],
  { environment = {}, input = "" }: { environment?: Record<string, string>; input?: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { ...process.env, DATABASE_URL: process.env["TEST_DATABASE_URL"], ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that does not read ends before it has got everything.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
