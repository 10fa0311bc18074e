/**
 * Sends what is due to webhooks: in every worker at once, a bounded number at a time, and few to one webhook; those
 * that do not answer, however many they are, keep nobody else waiting.
 */
import { startPollLoop } from "../../../platform/polling/poll-loop.ts";
import { withTimeout } from "../../../platform/async/with-timeout.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { MOST_OF_SLOW, type Share } from "../delivery/circuit-breaker.ts";
import type { TakenDelivery, WebhookDeliveries } from "./deliveries.ts";
import type { HttpAttemptDeps } from "./http-attempt.ts";
import { Receivers } from "./receivers.ts";
import { sendDelivery } from "./send-delivery.ts";

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

export function startSender(options: SenderOptions): Sender {
  const { deliveries, log } = options;
  const stopped = new AbortController();
  const inHand = new Map<TakenDelivery, Promise<void>>();
  const receivers = new Receivers(log);

  const taking = startPollLoop({
    job: "webhooks",
    what: "deliveries to webhooks are taken in hand",
    async work() {
      const room = MAX_IN_HAND - inHand.size;
      if (room === 0) return 0;
      const shares = receivers.shares(byWebhook(inHand.keys()));
      const taken = await deliveries.take({ total: room, slow: MAX_IN_HAND_OF_SLOW - slowIn(shares), shares });
      for (const delivery of taken) inHand.set(delivery, send(delivery));
      return taken.length;
    },
    // What did not fit is taken as soon as there is room.
    batch: MAX_IN_HAND,
    pauseMs: POLL_MS,
    told: false,
    log,
  });

  async function send(delivery: TakenDelivery): Promise<void> {
    try {
      await sendDelivery(delivery, { ...options, receivers, stop: stopped.signal });
    } finally {
      inHand.delete(delivery);
      taking.wake();
    }
  }

  return {
    wake: () => taking.wake(),
    async stop(graceMs) {
      await taking.stop();
      const ended = Promise.all(inHand.values());
      await withTimeout(graceMs, ended, () => stopped.abort());
      await ended;
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
