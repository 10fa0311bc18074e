/**
 * Signing in and registering, against the hash of a password alone, which is most of it by design.
 *
 * A process hashes one password at a time, so that the others' calls go on; four callers keep it busy.
 */
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { hashPassword, verifyPassword } from "../../src/domains/identity/password/password-hash.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import type { CallKind } from "./load.ts";
import { loadApi } from "./load-api.ts";
import { byTurns, latencies, type Measured, SECONDS } from "./measured.ts";
import { callsOf } from "./mixed.ts";
import { openStage } from "./stage.ts";
import { tell } from "./tell.ts";

const CALLERS = 4;
const PASSWORD = "correct horse battery staple";
/** More than a process hashes. */
const ACCOUNTS_PER_SECOND = 100;
const HASH = "a password's hash alone";

const stage = await openStage();
try {
  const api = await stage.startApi(1);
  const { method } = IdentityService;
  const account = (username: string) => ({ username, email: `${username}@bodega.example`, password: PASSWORD });
  const load = (seconds: number, calls: CallKind) =>
    loadApi(stage, api, { protocol: "json", callers: CALLERS, seconds, calls: [calls] });
  await loadApi(stage, api, {
    protocol: "json",
    callers: 1,
    seconds: 0,
    calls: [callsOf("json", method.register, [account("ada")])],
  });
  const login = callsOf("json", method.login, [{ login: "ada", password: PASSWORD }]);
  const strangers = () => Array.from({ length: SECONDS * ACCOUNTS_PER_SECOND }, () => account(newId().slice(-20)));
  const hash = await hashPassword(PASSWORD);
  await load(SECONDS, login);
  tell({
    id: "sign-in",
    title: "Signing in",
    method: `${CALLERS} callers by JSON, one API process, limits off; and the hash of a password (argon2id) by itself, one at a time, on a thread of another process.`,
    rows: await byTurns([
      { name: HASH, measure: () => hashing(hash) },
      { name: "Login", yardstick: HASH, measure: () => load(SECONDS, login) },
      {
        name: "Register",
        yardstick: HASH,
        measure: () => load(SECONDS, callsOf("json", method.register, strangers())),
      },
    ]),
  });
} finally {
  await stage.stop();
}

async function hashing(hash: string): Promise<Measured> {
  const timesUs: number[] = [];
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  while (performance.now() < startMs + SECONDS * 1_000) {
    const beganMs = performance.now();
    await verifyPassword(PASSWORD, hash);
    timesUs.push((performance.now() - beganMs) * 1_000);
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: (timesUs.length * 1_000) / (performance.now() - startMs),
    ...latencies(timesUs),
    apiUs: (user + system) / timesUs.length,
  };
}
