/** A mail server and a receiver of webhooks that now and then refuse, or die in the middle, as those of others do. */
import { seededRandom } from "../support/seeded-random.ts";
import { type MailServer, mailServer } from "../support/mail-server.ts";
import { type Receiver, receiver, verified } from "../support/webhook-receiver.ts";
import { keyOf, type Received } from "./checks/events.ts";

export interface Receivers {
  smtpUrl: string;
  webhookUrl: string;
  /** Since the last look too. */
  received(): Received;
  /** Messages whose signature is not ours. */
  forged(): string[];
  /** What webhooks are signed with: known before the first order. */
  trust(secret: string): void;
  close(): Promise<void>;
}

const REFUSES = 0.03;
const DIES = 0.01;
const SALT = 0x3a11;
const MESSAGE_ID = /^Message-ID: <order-(.{36})-(\d+)@/m;

export async function openReceivers(seed: number): Promise<Receivers> {
  const chance = seededRandom(seed ^ SALT);
  const mail = await mailServer(
    () => (chance.happens(REFUSES) ? "451 4.3.0 try again" : "250 2.0.0 taken"),
    () => chance.happens(DIES),
  );
  const hooks = await receiver((response) => void response.writeHead(chance.happens(REFUSES) ? 503 : 204).end());
  const kept: Received = { mails: [], webhooks: [] };
  const forged: string[] = [];
  let trusted = "";

  /** Only what is compared is kept: the messages of ten minutes are many. */
  function take(): void {
    kept.mails.push(...mailsOf(mail));
    kept.webhooks.push(...webhooksOf(hooks, trusted, forged));
  }

  return {
    smtpUrl: mail.url,
    webhookUrl: hooks.url,
    received() {
      take();
      return kept;
    },
    forged: () => forged,
    trust: (secret) => void (trusted = secret),
    async close() {
      await Promise.all([mail.close(), hooks.close()]);
    },
  };
}

function mailsOf({ messages }: MailServer): string[] {
  return messages.splice(0).flatMap((message) => {
    const [, orderId, sequence] = MESSAGE_ID.exec(message) ?? [];
    return orderId === undefined ? [] : [keyOf({ orderId, sequence: Number(sequence) })];
  });
}

interface Payload {
  data: { order?: { id?: string }; sequence?: number };
}

function webhooksOf({ received }: Receiver, secret: string, forged: string[]): string[] {
  return received.splice(0).map((message) => {
    try {
      verified(secret, message);
    } catch {
      forged.push(`the webhook message ${message.id} is not signed by us`);
    }
    const { data }: Payload = JSON.parse(message.body);
    return keyOf({ orderId: data.order?.id ?? "", sequence: data.sequence ?? 0 });
  });
}
