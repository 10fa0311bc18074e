/** What does not get through, by e-mail or to webhooks: nothing is shown while all is well. */
import { Alert } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import type { DeliveryHealth as Health } from "../../../../gen/bodega/notification/v1/delivery_health_pb.ts";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import { may } from "../auth/permission.ts";
import { Link } from "../route.tsx";
import { Moment } from "./format.tsx";

const { getDeliveryHealth } = NotificationService.method;

const AGAIN_MS = 10_000;
/** What waits for less is on its way. */
const LATE_MS = 60_000;

export function DeliveryHealth() {
  const { data } = useQuery(getDeliveryHealth, {}, { enabled: may(getDeliveryHealth), refetchInterval: AGAIN_MS });
  if (data === undefined) return null;
  return (
    <>
      <Channel health={data.emails} words={["e-mail", "e-mails"]} screen="/dead-letters" />
      <Channel health={data.webhooks} words={["message to a webhook", "messages to webhooks"]} screen="/deliveries" />
    </>
  );
}

interface ChannelProps {
  health: Health | undefined;
  words: [one: string, many: string];
  /** Where what was given up on is listed. */
  screen: string;
}

function Channel({ health, words, screen }: ChannelProps) {
  if (health === undefined) return null;
  const { waitingCount, oldestWaitTime, lastError, deadLetterCount } = health;
  const isLate = oldestWaitTime !== undefined && Date.now() - timestampMs(oldestWaitTime) > LATE_MS;
  if (!isLate && deadLetterCount === 0) return null;
  const counted = (count: number) => `${count.toLocaleString("en")} ${words[count === 1 ? 0 : 1]}`;
  return (
    <Alert color="red" mb="md" role="status">
      {isLate ? (
        <div>
          {counted(waitingCount)} {waitingCount === 1 ? "waits" : "wait"}, since <Moment time={oldestWaitTime} />
          {lastError === "" ? "" : `: ${lastError}`}
        </div>
      ) : null}
      {deadLetterCount === 0 ? null : (
        <div>
          <Link to={screen}>{counted(deadLetterCount)} could not be sent</Link>
        </div>
      )}
    </Alert>
  );
}
