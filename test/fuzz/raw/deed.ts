/** One thing that a stranger does, and what must come of it. */
import type { fc } from "../../support/seed.ts";
import { exchange, type Shot } from "./exchange.ts";
import { wrongWithHeard } from "./judge.ts";

export interface Deed {
  /** Printed when it fails, so that it can be understood without its bytes. */
  text: string;
  /** How many requests it is, or connections that hold none: each may take so much of the event loop. */
  requests: number;
  /** Bytes of a body that is far longer than any may be: receiving them takes of the event loop too, a piece at a time. */
  bytes?: number;
  /** Does it. @returns what is wrong with what was answered; undefined when nothing is */
  done: (at: Target) => Promise<string | undefined>;
}

export interface Target {
  ports: { PORT: number; GRPC_PORT: number };
  /** Access tokens of an admin, and of a customer as anybody may become one. */
  tokens: { admin: string; customer: string };
  /** Resolves when the processes have done what they were given. */
  rests: () => Promise<void>;
}

/** Bytes on one connection. */
export function deedOf(shots: fc.Arbitrary<Shot>): fc.Arbitrary<Deed> {
  return shots.map((shot) => ({
    text: `${shot.text}, to ${shot.port}`,
    requests: shot.requests ?? 1,
    done: async ({ ports, rests }) => wrongWithHeard(shot, await exchange(ports[shot.port], shot, rests)),
  }));
}
