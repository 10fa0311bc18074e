/**
 * One attempt to deliver a message, from the moment a worker has it in hand until what came of it is written down.
 *
 * The lease is renewed meanwhile, so that a dead worker's can be short; only between the receiver's "accepted" and our
 * own note of it does a death deliver it twice, and a database that is away then is waited for.
 */
import type { Logger } from "../../../platform/telemetry/log.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import type { Channel } from "./channel.ts";
import type { Attempt, Deliveries, Standing } from "./deliveries.ts";
import { retryUntilBack } from "./retry-until-back.ts";
import { pauseAfter } from "./retry-schedule.ts";

export interface Outcome {
  /** "failed" comes again while there is time; "refused" does not. */
  result: "sent" | "failed" | "refused";
  /** Why it was not sent; "" when it was. */
  reason: string;
  /** The next attempt is made no later than this after a failure: it was not the message's fault. */
  pauseAtMostSeconds?: number | undefined;
  /** In the order of the channel's `noted` columns. */
  notes: readonly unknown[];
}

export interface AttemptDeps {
  deliveries: Deliveries;
  log: Logger;
}

/** After so many workers that died over a message in a row it is given up. */
const MAX_LOST = 5;
const MS_PER_SECOND = 1_000;

/**
 * Makes an attempt: `send` says what came of it, or undefined when there is nothing left to write down.
 * @returns how the message stands then; undefined when it ended otherwise
 * @throws what `send` throws; the message then comes again when its lease is over
 */
export async function makeAttempt(
  attempt: Attempt,
  send: () => Promise<Outcome | undefined>,
  { deliveries, log }: AttemptDeps,
): Promise<Standing | undefined> {
  const { channel } = deliveries;
  const renewing = setInterval(
    () => {
      // One that fails is no reason to stop: the database may be back before the lease ends.
      deliveries.renew(attempt).catch(() => undefined);
    },
    (channel.leaseSeconds * MS_PER_SECOND) / 3,
  );
  try {
    const outcome = attempt.lost >= MAX_LOST ? lost(channel) : await send();
    if (outcome === undefined) return undefined;
    const pause =
      outcome.result === "failed"
        ? pauseAfter({ tries: attempt.tries, seconds: attempt.triedForSeconds }, channel.schedule)
        : undefined;
    const pauseSeconds = pause === undefined ? undefined : Math.min(pause, outcome.pauseAtMostSeconds ?? pause);
    const standing = await retryUntilBack(() =>
      deliveries.note(attempt, { sent: outcome.result === "sent", pauseSeconds, notes: outcome.notes }),
    );
    tell(standing, outcome, { deliveries, log });
    return standing;
  } finally {
    clearInterval(renewing);
  }
}

function lost({ unanswered }: Channel): Outcome {
  const reason = "the last attempts ended with their workers";
  return { result: "refused", reason, notes: unanswered(reason) };
}

function tell(
  standing: Standing | undefined,
  { result, reason }: Outcome,
  { deliveries: { channel }, log }: AttemptDeps,
): void {
  const outcome = result === "sent" ? "sent" : standing === "given up" ? "given up" : "failed";
  metrics.deliveries.inc({ queue: channel.queue, outcome });
  if (outcome === "sent") log[channel.sentLevel](`${channel.one} was sent`);
  else if (outcome === "failed") log.debug({ reason }, `${channel.one} could not be sent; it comes again`);
  else log.warn({ reason }, `${channel.one} is given up`);
}
