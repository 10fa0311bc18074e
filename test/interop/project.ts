/** Somebody else's project: one of `clients/` and what a generator makes for it, compiled strictly and run. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { blocksOf, read, ROOT } from "../docs/markdown.ts";
import { filled } from "../support/program.ts";

const run = promisify(execFile);
const compilerOptions = {
  module: "esnext",
  moduleResolution: "bundler",
  target: "esnext",
  strict: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: ["node"],
};

export interface Project {
  folder: string;
  /** @param replacements of texts in the program, each of which must be there */
  typeCheck(replacements?: Record<string, string>): Promise<string>;
  /** Runs the program, which prints JSON. */
  told(...args: string[]): Promise<Record<string, unknown>>;
}

/** @param client the name of its program in `clients/` */
export function openProject(client: string): Project {
  const folder = path.join(process.env["TEST_DATA_DIR"] ?? "", "project");
  const program = readFileSync(path.join(import.meta.dirname, "clients", client), "utf8");
  mkdirSync(folder);
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  writeFileSync(path.join(folder, client), program);
  return {
    folder,
    async typeCheck(replacements = {}) {
      writeFileSync(path.join(folder, client), filled(program, replacements));
      return said(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", "."], folder);
    },
    async told(...args) {
      writeFileSync(path.join(folder, client), program);
      return JSON.parse(await said(process.execPath, [client, ...args], folder));
    },
  };
}

/**
 * Runs the commands of docs/clients.md that make `stubs`.
 * @param word by which they are known among the others
 * @param folder where the stubs go
 * @param replacements of other texts in the commands
 */
export async function makeStubs(
  word: string,
  folder: string,
  replacements: Record<string, string> = {},
): Promise<void> {
  const commands = blocksOf(read("docs/clients.md")).find(
    ({ language, text }) => language === "sh" && text.includes(word),
  );
  await said("sh", ["-ec", filled(commands?.text ?? "", { stubs: path.join(folder, "stubs"), ...replacements })], ROOT);
}

async function said(command: string, args: string[], cwd: string): Promise<string> {
  try {
    return (await run(command, args, { cwd })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
