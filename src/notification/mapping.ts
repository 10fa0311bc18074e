/** What could not be delivered, as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { DeadLetterSchema } from "../../gen/bodega/notification/v1/dead_letter_pb.ts";
import type { DeadLetter } from "../email/dead-letters.ts";

export function toDeadLetter(letter: DeadLetter): MessageInitShape<typeof DeadLetterSchema> {
  return {
    id: letter.id,
    type: letter.type.toLowerCase().replaceAll("_", "."),
    recipient: letter.recipient,
    orderId: letter.orderId ?? "",
    attemptCount: letter.attempts,
    reason: letter.reason,
    createTime: timestampFromDate(letter.createdAt),
    lastAttemptTime: toTime(letter.lastAttemptAt),
    retryTime: toTime(letter.retriedAt),
  };
}

export function toTime(date: Date | null) {
  return date === null ? undefined : timestampFromDate(date);
}
