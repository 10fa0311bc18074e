/** CPU time (user and system, in microseconds) and memory of processes, from Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, 100 on every Linux that Node runs on. */
const US_PER_TICK = 10_000;
/** Of x86-64, and of arm64 as most build it. */
const BYTES_PER_PAGE = 4_096;

interface Stat {
  parent: number;
  cpuUs: number;
  /** Of children that ended and were waited for. */
  endedUs: number;
}

/** CPU of one process, with that of its children that have ended. */
export function cpuOf(pid: number): number {
  const stat = statOf(pid);
  return stat === undefined ? 0 : stat.cpuUs + stat.endedUs;
}

/** CPU of a process and of everything below it, such as a postmaster with its backends. */
export function cpuOfTree(root: number): number {
  const all = new Map<number, Stat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat !== undefined) all.set(Number(name), stat);
  }
  const below = (pid: number): number => {
    const own = all.get(pid);
    const children = [...all].filter(([, { parent }]) => parent === pid).map(([child]) => below(child));
    return (own === undefined ? 0 : own.cpuUs + own.endedUs) + children.reduce((sum, us) => sum + us, 0);
  };
  return below(root);
}

/** Memory of a process's children. */
export function residentOfChildren(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1")
    .split(" ")
    .filter((child) => child !== "");
  const pages = children.map((child) => Number(readFileSync(`/proc/${child}/statm`, "latin1").split(" ")[1]));
  return pages.reduce((sum, count) => sum + count * BYTES_PER_PAGE, 0);
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold blanks; what follows is counted from behind it (proc(5)).
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [parent = 0, utime = 0, stime = 0, cutime = 0, cstime = 0] = [
      fields[1],
      fields[11],
      fields[12],
      fields[13],
      fields[14],
    ];
    return { parent, cpuUs: (utime + stime) * US_PER_TICK, endedUs: (cutime + cstime) * US_PER_TICK };
  } catch {
    return undefined;
  }
}
