/** A process that guesses passwords from many addresses until its parent says that it is enough: see flood.bench.ts. */
import { constants, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { tally } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";
import { ADDRESSES, addressOf, AT_ONCE } from "./owners.ts";

/** Longer than the queue takes. */
const TIMEOUT_MS = 60_000;
/** Whoever is refused comes again, at the pace of a script that does not want to be thrown out. */
const PAUSE_MS = 50;

const [address = "", round = "0", one = "", others = ""] = process.argv.slice(2);
const logins = others.split(",");

// It stands for other machines: what it costs here should not count.
setPriority(constants.priority.PRIORITY_LOW);
const transport = grpcTransport(address);
const identity = createClient(IdentityService, transport);
const outcomes: string[] = [];
let isOver = false;
process.once("message", () => (isOver = true));
await Promise.all(Array.from({ length: ADDRESSES * AT_ONCE }, (_, guesser) => guess(guesser)));
transport.close();
process.send?.(tally(outcomes), () => process.disconnect());

/** By turns at the one account and at another. */
async function guess(guesser: number): Promise<void> {
  const headers = { "x-forwarded-for": addressOf("guesser", Number(round), guesser % ADDRESSES) };
  for (let tries = guesser; !isOver; tries++) {
    const login = tries % 2 === 0 ? one : (logins[tries % logins.length] ?? one);
    const answer = identity.login({ login, password: `guess number ${tries}` }, { timeoutMs: TIMEOUT_MS, headers });
    const outcome = await answer.then(
      () => "signed in",
      () => reasonOf(answer),
    );
    outcomes.push(outcome);
    if (outcome !== "WRONG_CREDENTIALS") await sleep(PAUSE_MS);
  }
}
