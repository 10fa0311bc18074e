/**
 * What signing in costs a call, when the token or the key was seen before: microseconds of the server's CPU.
 *
 * The same small call over gRPC in short rounds, by nobody, by a user and by a service in turn, so that what else the
 * machine does falls on all of them. The CPU time is the kernel's count for the server's main thread
 * (/proc/<pid>/schedstat); compared are the medians of the rounds.
 */
import { readFileSync } from "node:fs";
import type { Clients } from "../support/api.ts";
import { startApiProcess } from "./api-process.ts";
import type { Row } from "./measured.ts";
import { tell } from "./tell.ts";

const CALLS_OF_ROUND = 500;
const AT_ONCE = 8;
const ROUNDS = 60;
/** So many calls by each compile what a server runs all the time. */
const WARM_ROUNDS = 30;

const api = await startApiProcess({ RATE_LIMITS: "off" });
const { token } = await api.office.signUp("ADMIN");
const { secret } = await api.office.clients({ token }).identity.createServiceKey({ serviceKey: { name: "bench" } });
const clients = (as?: string) => api.office.clients({ token: as, transport: api.grpc });
const subjects = [
  { name: "nobody", client: clients() },
  { name: "a user, token seen before", client: clients(token) },
  { name: "a service, key seen before", client: clients(secret) },
];
const rows = subjects.map(({ name }, index): Row => ({
  name,
  rounds: [],
  ...(index === 0 ? {} : { yardstick: "nobody" }),
}));
for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
  for (const [index, { client }] of subjects.entries()) {
    const apiUs = await cost(client);
    if (round >= 0) rows[index]?.rounds.push({ apiUs });
  }
}
tell({
  id: "signed-in",
  title: "What being signed in costs a call",
  method:
    `The same small call by gRPC in ${ROUNDS} short rounds of ${CALLS_OF_ROUND}, by nobody, by a user and by a service in turn. It breaks a rule, which is found out ` +
    "right after the sign-in. Server CPU is the kernel's count for the process's main thread.",
  rows,
});
await api.stop();

/** The request breaks a rule, which is found out right after the sign-in: nothing else makes one call dearer than another. */
async function cost({ inventory }: Clients): Promise<number> {
  const before = cpuMicros();
  let left = CALLS_OF_ROUND;
  const callInTurn = async () => {
    while (left-- > 0) await inventory.getStore({}).catch(() => undefined);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, callInTurn));
  return (cpuMicros() - before) / CALLS_OF_ROUND;
}

function cpuMicros(): number {
  const [nanos] = readFileSync(`/proc/${api.pid}/schedstat`, "utf8").split(" ");
  return Number(nanos) / 1_000;
}
