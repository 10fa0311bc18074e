/** Sends one delivery to its webhook, and notes what became of it: one attempt, in a span of its own. */
import { decrypt } from "../../../platform/crypto/secret-encryption.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { messageOf } from "../../../platform/telemetry/outage.ts";
import { inSpan } from "../../../platform/telemetry/tracing.ts";
import { makeAttempt, type Outcome as Delivered } from "../delivery/attempt.ts";
import type { TakenDelivery, WebhookDeliveries } from "./deliveries.ts";
import { attempt, type HttpAttemptDeps, type Outcome } from "./http-attempt.ts";
import type { Receivers } from "./receivers.ts";

export interface SendDeliveryDeps extends HttpAttemptDeps {
  deliveries: WebhookDeliveries;
  receivers: Receivers;
  /** 32 bytes; undefined: secrets are stored as they are. */
  encryptionKey: Buffer | undefined;
  /** Ends it without an outcome; it comes again. */
  stop: AbortSignal;
  log: Logger;
}

/** Never rejects: what is not known comes again. */
export function sendDelivery(delivery: TakenDelivery, deps: SendDeliveryDeps): Promise<void> {
  const { traceparent, eventType, attempts } = delivery;
  const attributes = { "bodega.webhook.event": eventType, "bodega.webhook.attempt": attempts };
  return inSpan({ name: "webhook", kind: "consumer", parent: traceparent ?? undefined, attributes }, () =>
    send(delivery, deps),
  );
}

async function send(delivery: TakenDelivery, deps: SendDeliveryDeps): Promise<void> {
  const { id, webhookId, eventType, attempts, requestId } = delivery;
  const { deliveries, receivers, stop } = deps;
  const log = deps.log.child({
    requestId: requestId ?? undefined,
    delivery_id: id,
    webhook_id: webhookId,
    type: eventType,
    attempt: attempts,
  });
  const call = async () => {
    const outcome = await outcomeOf(delivery, deps);
    receivers.note(webhookId, outcome);
    return delivered(outcome);
  };
  try {
    await makeAttempt(delivery, call, { deliveries, log });
  } catch (error) {
    if (stop.aborted) return;
    log.warn({ reason: messageOf(error) }, "it is not known what became of a delivery to a webhook; it comes again");
  }
}

/** @throws what `stop` was aborted with, and nothing else */
async function outcomeOf(
  delivery: TakenDelivery,
  { encryptionKey, stop, ...parts }: SendDeliveryDeps,
): Promise<Outcome> {
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
