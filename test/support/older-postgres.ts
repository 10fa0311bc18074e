/** The oldest PostgreSQL of this machine's packages, beside npm's: what everything has to work with too. */
import { globSync } from "node:fs";

/** Of Debian, and of Homebrew on both kinds of Mac. */
const FOLDERS = ["/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"];

/** The folder of its programs. @throws Error that says how to get it */
export function olderPostgres(): string {
  const [oldest] = globSync(FOLDERS).toSorted((a, b) => versionOf(a) - versionOf(b));
  if (oldest !== undefined) return oldest;
  throw new Error(
    "No PostgreSQL of this machine's packages is installed. Run as root: apt-get install postgresql (or: npm run setup -- --tests)",
  );
}

function versionOf(folder: string): number {
  return Number(/(\d+)\/bin$/.exec(folder)?.[1]);
}
