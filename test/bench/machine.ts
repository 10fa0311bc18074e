/** What a report says of the machine and the versions that it was measured on; never the machine's name. */
import { spawnSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { postgresBinaries } from "../../src/development/embedded/postgres-binaries.ts";

export interface Machine {
  model: string;
  cores: number;
  memoryGib: number;
  /** Kernel, without what its builder calls it, and architecture. */
  system: string;
  node: string;
  postgres: string;
  redis: string;
}

const ROOT = path.join(import.meta.dirname, "../..");

export async function machine(): Promise<Machine> {
  const { postgres } = await postgresBinaries();
  return {
    model: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release().split("-")[0] ?? ""}, ${os.machine()}`,
    node: process.versions.node,
    postgres: versionIn(said(postgres, ["--version"])),
    redis: versionIn(said("redis-server", ["--version"]) || said("valkey-server", ["--version"])),
  };
}

/** The product's commit, with a mark where files differ from it; "unknown" outside of a git checkout. */
export function commit(): string {
  return said("git", ["-C", ROOT, "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]) || "unknown";
}

/** How many processes ran or waited, over the last minute. */
export function loadNow(): number {
  return os.loadavg()[0] ?? 0;
}

function said(program: string, args: string[]): string {
  const { stdout } = spawnSync(program, args, { encoding: "utf8" });
  return (stdout ?? "").trim();
}

function versionIn(text: string): string {
  return /\d+\.\d[\w.]*/.exec(text)?.[0] ?? "unknown";
}
