/**
 * Who owns an account signs in while sixteen addresses guess passwords: at that account and at others, all the time.
 *
 * The guessers stay inside every limit that there is, by not caring for it: what is refused is tried again. An owner comes
 * from an address of his own, where he signed in before or not, and goes away after five seconds.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { insertUser, PASSWORD } from "../support/api.ts";
import type { ApiProcess } from "./api-process.ts";

/** Networks of their own, so that none shares what another is allowed. */
export const ADDRESSES = 16;
/** Guesses of one address that are under way. */
export const AT_ONCE = 5;
export const OWNERS = 20;
export const PATIENCE_MS = 5_000;
/** The owners come over ten seconds. */
const BETWEEN_OWNERS_MS = 500;
/** Until the guessers have taken every place that they can. */
const BEFORE_OWNERS_MS = 2_000;

type Kind = "guesser" | "known" | "new";

/** A network of its own for each, and others in each round. */
export function addressOf(kind: Kind, round: number, number: number): string {
  return `10.${{ guesser: 0, known: 50, new: 100 }[kind] + round}.${number}.7`;
}

/** How long each owner waited, in ms; undefined for one who did not get in within his patience. */
export interface Waits {
  known: (number | undefined)[];
  new: (number | undefined)[];
  /** What became of the guesses. */
  guesses: Record<string, number>;
}

export async function ownersAmongGuessers({ address, grpc, office }: ApiProcess, round: number): Promise<Waits> {
  const [known, others] = [await accounts(office, OWNERS), await accounts(office, OWNERS)];
  const identity = createClient(IdentityService, grpc);
  const signIn = (login: string, kind: Kind, number: number) =>
    identity.login(
      { login, password: PASSWORD },
      { timeoutMs: PATIENCE_MS, headers: { "x-forwarded-for": addressOf(kind, round, number) } },
    );
  for (const [number, login] of known.entries()) await signIn(login, "known", number);
  const guessers = fork(path.join(import.meta.dirname, "guessers.ts"), [
    address,
    String(round),
    known[0] ?? "",
    [...known, ...others].join(","),
  ]);
  await sleep(BEFORE_OWNERS_MS);
  const waits = { known: [] as Promise<number | undefined>[], new: [] as Promise<number | undefined>[] };
  for (let number = 0; number < OWNERS; number++) {
    waits.known.push(waitOf(() => signIn(known[number] ?? "", "known", number)));
    waits.new.push(waitOf(() => signIn(others[number] ?? "", "new", number)));
    await sleep(BETWEEN_OWNERS_MS);
  }
  const waited = { known: await Promise.all(waits.known), new: await Promise.all(waits.new) };
  const told = once(guessers, "message");
  guessers.send("enough");
  const [guesses] = (await told) as [Record<string, number>];
  return { ...waited, guesses };
}

async function accounts({ database }: ApiProcess["office"], count: number): Promise<string[]> {
  const emails: string[] = [];
  while (emails.length < count) emails.push((await insertUser(database, "CUSTOMER")).email);
  return emails;
}

async function waitOf(signIn: () => Promise<unknown>): Promise<number | undefined> {
  const startMs = performance.now();
  return signIn().then(
    () => performance.now() - startMs,
    () => undefined,
  );
}
