/**
 * As whom PostgreSQL's programs run: as whoever started us, or, as they refuse to run as root, as somebody else.
 *
 * Root first lends them an account without rights (`postgres`, else `nobody`): it really cannot read root's files.
 * That account may not reach the folders, for instance a checkout in root's home; then a user namespace helps, in
 * which root's files seem to belong to that account. Containers often forbid namespaces, but seldom keep their
 * checkout in root's home, so one of the two nearly always works. The files belong to whom the way in use needs.
 */
import { spawnSync } from "node:child_process";
import { chown, readFile, stat } from "node:fs/promises";
import { StartupError } from "../../platform/errors/startup-error.ts";

export interface RunAs {
  /** What to give to `spawn`. */
  command(program: string, args: string[]): { file: string; args: string[]; account: Account | undefined };
  /** Who must own the server's files; undefined: whoever makes them. */
  owner: Account | undefined;
}

export interface Account {
  uid: number;
  gid: number;
}

const ROOT: Account = { uid: 0, gid: 0 };
const ACCOUNTS = ["postgres", "_postgres", "nobody"];

/**
 * @param needs a program that must run, and a folder that it must reach
 * @throws StartupError when root has no way to run it as somebody else
 */
export async function chooseRunAs(needs: { program: string; folder: string }): Promise<RunAs> {
  if (process.getuid?.() !== 0) return asOurselves;
  const account = await unprivilegedAccount();
  if (account !== undefined) {
    const way = [asAccount(account), inNamespace(account)].find((candidate) => works(candidate, needs));
    if (way !== undefined) return way;
  }
  throw new StartupError(
    `PostgreSQL refuses to run as root, and no other account can reach ${needs.folder}. ` +
      "Start as an ordinary user, or set DATA_DIR to a folder that others may enter, or set DATABASE_URL.",
  );
}

/** Hands the folder and all in it to whoever will run the server; the folder itself last, so that a cut is noticed. */
export async function giveTo(owner: Account | undefined, folder: string): Promise<void> {
  if (owner === undefined || (await stat(folder)).uid === owner.uid) return;
  const { status, stderr } = spawnSync("find", [
    folder,
    "-mindepth",
    "1",
    "-exec",
    "chown",
    "-h",
    `${owner.uid}:${owner.gid}`,
    "{}",
    "+",
  ]);
  if (status !== 0)
    throw new StartupError(`Cannot hand ${folder} to the account that runs PostgreSQL: ${String(stderr)}`);
  await chown(folder, owner.uid, owner.gid);
}

const asOurselves: RunAs = {
  command: (file, args) => ({ file, args, account: undefined }),
  owner: undefined,
};

function asAccount(account: Account): RunAs {
  return { command: (file, args) => ({ file, args, account }), owner: account };
}

/** unshare(1) becomes the program, so the process id is the program's own. */
function inNamespace({ uid, gid }: Account): RunAs {
  return {
    command: (program, args) => ({
      file: "unshare",
      args: ["--user", `--map-user=${uid}`, `--map-group=${gid}`, "--", program, ...args],
      account: undefined,
    }),
    owner: ROOT,
  };
}

/** Tried, not reasoned: rights of folders, libraries and containers have too many cases to judge. */
function works(way: RunAs, needs: { program: string; folder: string }): boolean {
  const { file, args, account } = way.command("/bin/sh", [
    "-c",
    'test -d "$0" && exec "$1" --version',
    needs.folder,
    needs.program,
  ]);
  return spawnSync(file, args, { cwd: "/", stdio: "ignore", ...account }).status === 0;
}

async function unprivilegedAccount(): Promise<Account | undefined> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of ACCOUNTS) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
