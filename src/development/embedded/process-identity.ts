/**
 * Who a process id stands for: ids are used again, so a number from a file says little by itself.
 *
 * Linux tells it by /proc (a bare Debian has no `ps`), macOS by `ps` and `lsof`, which are always there.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";

const LINUX = process.platform === "linux";
/** Fields of /proc/PID/stat after the program's name (proc_pid_stat(5), fields 3 and 22). */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

/** A mark that no later process with the same id has; undefined when no such process runs. A zombie does not run. */
export function startMark(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return LINUX ? startMarkOfProc(pid) : startMarkOfPs(pid);
}

export function isAlive(pid: number): boolean {
  return startMark(pid) !== undefined;
}

/** Whether the process is a server that keeps its files in `folder`: both PostgreSQL and Redis work inside it. */
export function worksIn(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false;
  const real = tryTo(() => realpathSync(folder)) ?? folder;
  if (!LINUX)
    return tell("lsof", ["-a", "-p", String(pid), "-d", "cwd", "-Fn"])
      .split("\n")
      .includes(`n${real}`);
  if (tryTo(() => readlinkSync(`/proc/${pid}/cwd`)) === real) return true;
  // A container's root may not look at another account's working directory, but everybody may read its arguments.
  const words = (tryTo(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "").split("\0");
  return words.includes(real) || words.includes(folder);
}

function startMarkOfProc(pid: number): string | undefined {
  const stat = tryTo(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[STATE_FIELD] === "Z" || fields[STATE_FIELD] === "X") return undefined;
  // Start times count from boot, so the boot is part of the mark.
  const boot = tryTo(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) ?? "";
  return `${boot} ${fields[START_TIME_FIELD]}`;
}

function startMarkOfPs(pid: number): string | undefined {
  const line = tell("ps", ["-o", "stat=,lstart=", "-p", String(pid)]).trim();
  if (line === "" || line.startsWith("Z")) return undefined;
  return line.slice(line.indexOf(" ")).trim();
}

function tell(command: string, args: string[]): string {
  return spawnSync(command, args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } }).stdout ?? "";
}

/** Files of a process vanish with it, between any two lines. */
function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
