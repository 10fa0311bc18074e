/**
 * Sends what is due to webhooks: in every worker at once, a bounded number at a time, and few to one webhook; those
 * that do not answer, however many they are, keep nobody else waiting.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { makeAttempt, type Outcome as Delivered } from "../delivery/attempt.ts";
import { CircuitBreaker, MOST_OF_SLOW, type Share } from "../delivery/circuit-breaker.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { decrypt } from "../../../platform/crypto/secret-encryption.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import { messageOf } from "../../../platform/telemetry/outage.ts";
import { startPollLoop } from "../../../platform/async/poll-loop.ts";
import { inSpan } from "../../../platform/telemetry/tracing.ts";
import { attempt, type HttpAttemptDeps, type Outcome } from "./http-attempt.ts";
import type { TakenDelivery, WebhookDeliveries } from "./deliveries.ts";

export interface SenderOptions extends HttpAttemptDeps {
  deliveries: WebhookDeliveries;
  /** 32 bytes; undefined: secrets are stored as they are. */
  encryptionKey: Buffer | undefined;
  log: Logger;
}

export interface Sender {
  /** There may be something due. */
  wake(): void;
  /** Takes nothing more; what is in hand may end within `graceMs`, the rest comes again. */
  stop(graceMs: number): Promise<void>;
}

/** Sockets and answers at a time; they wait and cost next to nothing. */
export const MAX_IN_HAND = 256;
/**
 * Of webhooks that are new, slow or do not answer, all together; the rest is for those that answer. Large, since a
 * worker that begins knows nobody, and who answers then waits in this part with those that hang.
 */
export const MAX_IN_HAND_OF_SLOW = 192;
/** Whoever makes or replays a delivery elsewhere is heard of by asking: the one statement of an idle second. */
const POLL_MS = 1_000;
export const RECEIVER_TERMS = {
  // What a receiver's connections and its rate bear without being asked.
  most: 4,
  // Slower ones hold a place for so long that several would be felt.
  quickMs: 2_000,
  // After a restart it is back soon; one that has hung for minutes is asked every five.
  firstPauseMs: 5_000,
  maxPauseMs: 300_000,
};

export function startSender({ deliveries, encryptionKey, log, ...parts }: SenderOptions): Sender {
  const stopped = new AbortController();
  const inHand = new Map<TakenDelivery, Promise<void>>();
  const receivers = new CircuitBreaker(RECEIVER_TERMS);
  const away = metrics.destinationsAway.labels("webhooks");
  away.set(0);

  const taking = startPollLoop({
    job: "webhooks",
    what: "deliveries to webhooks are taken in hand",
    async work() {
      const room = MAX_IN_HAND - inHand.size;
      if (room === 0) return 0;
      const shares = receivers.shares(byWebhook(inHand.keys()));
      const taken = await deliveries.take({ total: room, slow: MAX_IN_HAND_OF_SLOW - slowIn(shares), shares });
      for (const delivery of taken) inHand.set(delivery, sendInSpan(delivery));
      return taken.length;
    },
    // What did not fit is taken as soon as there is room.
    batch: MAX_IN_HAND,
    pauseMs: POLL_MS,
    told: false,
    log,
  });

  function sendInSpan(delivery: TakenDelivery): Promise<void> {
    const { traceparent, eventType, attempts } = delivery;
    const attributes = { "bodega.webhook.event": eventType, "bodega.webhook.attempt": attempts };
    return inSpan({ name: "webhook", kind: "consumer", parent: traceparent ?? undefined, attributes }, () =>
      send(delivery),
    );
  }

  async function send(delivery: TakenDelivery): Promise<void> {
    const { id, webhookId, eventType, attempts, requestId } = delivery;
    const said = log.child({
      requestId: requestId ?? undefined,
      delivery_id: id,
      webhook_id: webhookId,
      type: eventType,
      attempt: attempts,
    });
    const call = async () => {
      const outcome = await outcomeOf(delivery, { ...parts, encryptionKey, stop: stopped.signal });
      listen(webhookId, outcome);
      return delivered(outcome);
    };
    try {
      await makeAttempt(delivery, call, { deliveries, log: said });
    } catch (error) {
      if (!stopped.signal.aborted)
        said.warn(
          { reason: messageOf(error) },
          "it is not known what became of a delivery to a webhook; it comes again",
        );
    } finally {
      inHand.delete(delivery);
      taking.wake();
    }
  }

  function listen(webhookId: string, { status, error, durationMs }: Outcome): void {
    const turn = receivers.note(webhookId, { answered: status !== 0, durationMs });
    away.set(receivers.countAway());
    if (turn === "away")
      log.warn({ webhook_id: webhookId, reason: error }, "a webhook does not answer; what it is to be told waits");
    if (turn === "back") log.info({ webhook_id: webhookId }, "a webhook answers again");
  }

  return {
    wake: () => taking.wake(),
    async stop(graceMs) {
      await taking.stop();
      const ended = new AbortController();
      const late = sleep(graceMs, undefined, { signal: ended.signal }).then(
        () => stopped.abort(),
        () => undefined,
      );
      await Promise.all(inHand.values());
      ended.abort();
      await late;
    },
  };
}

function byWebhook(deliveries: Iterable<TakenDelivery>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { webhookId } of deliveries) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
  return counts;
}

function slowIn(shares: ReadonlyMap<string, Share>): number {
  return shares.values().reduce((sum, { inHand, most }) => sum + (most <= MOST_OF_SLOW ? inHand : 0), 0);
}

interface SendParts extends HttpAttemptDeps {
  encryptionKey: Buffer | undefined;
  stop: AbortSignal;
}

/** @throws what `stop` was aborted with, and nothing else */
async function outcomeOf(delivery: TakenDelivery, { encryptionKey, stop, ...parts }: SendParts): Promise<Outcome> {
  const { id, webhookId, url, payload } = delivery;
  try {
    const secret = decrypt(delivery.secret, { id: webhookId, key: encryptionKey });
    return await attempt({ id, url, secret, payload, traceparent: delivery.traceparent ?? undefined }, parts, stop);
  } catch (error) {
    stop.throwIfAborted();
    return { succeeded: false, status: 0, body: "", error: messageOf(error), durationMs: 0 };
  }
}

/** Every failure comes again: it is the receiver's word against ours whether the message is at fault. */
function delivered({ succeeded, status, body, error, durationMs }: Outcome): Delivered {
  const reason = error === "" ? `HTTP ${status}` : error;
  return {
    result: succeeded ? "sent" : "failed",
    reason: succeeded ? "" : reason,
    notes: [error, status, body, durationMs],
  };
}
