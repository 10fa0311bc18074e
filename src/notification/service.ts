/** The RPC surface of notifications: mail that could not be delivered. */
import { NotificationService } from "../../gen/bodega/notification/v1/notification_service_pb.ts";
import type { DeadLetters } from "../email/dead-letters.ts";
import { type Handlers, type Service, service } from "../rpc/service.ts";
import { toDeadLetter } from "./mapping.ts";

export interface NotificationParts {
  deadLetters: DeadLetters;
}

type NotificationHandlers = Handlers<typeof NotificationService>;

export function notificationService(parts: NotificationParts): Service {
  return service(NotificationService, { ...deadMail(parts) });
}

function deadMail({ deadLetters }: NotificationParts): NotificationHandlers {
  return {
    async listDeadLetters(page) {
      const { rows, nextPageToken } = await deadLetters.list(page);
      return { deadLetters: rows.map(toDeadLetter), nextPageToken };
    },

    async retryDeadLetter({ id }, call) {
      return { deadLetter: toDeadLetter(await deadLetters.retry(id, call)) };
    },
  };
}
