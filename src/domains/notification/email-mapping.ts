/** E-mails and what could not be delivered of them, as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { DeadLetterSchema } from "../../../gen/bodega/notification/v1/dead_letter_pb.ts";
import type { DeliveryHealthSchema } from "../../../gen/bodega/notification/v1/delivery_health_pb.ts";
import { type EmailSchema, EmailState } from "../../../gen/bodega/notification/v1/email_pb.ts";
import type { DeliveryBacklog } from "./delivery/deliveries.ts";
import type { DeadLetter } from "./email/dead-letters.ts";
import type { OrderEmail } from "./email/order-emails.ts";
import { eventName } from "../../outbox/event-name.ts";

export function toDeadLetter(letter: DeadLetter): MessageInitShape<typeof DeadLetterSchema> {
  return {
    id: letter.id,
    type: eventName(letter.type),
    recipient: letter.recipient,
    orderId: letter.orderId ?? "",
    attemptCount: letter.attempts,
    reason: letter.reason,
    createTime: timestampFromDate(letter.createdAt),
    lastAttemptTime: toTime(letter.lastAttemptAt),
    retryTime: toTime(letter.retriedAt),
  };
}

export function toEmail(email: OrderEmail): MessageInitShape<typeof EmailSchema> {
  return {
    id: email.id,
    type: eventName(email.type),
    recipient: email.recipient,
    state: EmailState[email.state],
    attemptCount: email.attempts,
    error: email.error,
    createTime: timestampFromDate(email.createdAt),
    lastAttemptTime: toTime(email.lastAttemptAt),
    sendTime: toTime(email.sentAt),
  };
}

export function toHealth({
  waiting,
  oldestAt,
  lastError,
  deadLetters,
}: DeliveryBacklog): MessageInitShape<typeof DeliveryHealthSchema> {
  return { waitingCount: waiting, oldestWaitTime: toTime(oldestAt), lastError, deadLetterCount: deadLetters };
}

export function toTime(date: Date | null) {
  return date === null ? undefined : timestampFromDate(date);
}
