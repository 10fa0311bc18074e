/** The e-mails that bring a token to an account's owner: due in the transaction that makes the token. */
import type { Sequelize } from "sequelize";
import type { EmailDeliveries } from "./deliveries.ts";
import { mayWrite } from "./unverified-addresses.ts";

export interface TokenMail {
  token: string;
  /** Where it goes. */
  email: string;
  endsAt: Date;
}

/** Of one address, whichever accounts name it: a stranger's mailbox is not filled by it. */
const VERIFICATIONS = { group: "verification", atMost: 3, hours: 1 };

/** How many went to an address is bounded where they are asked for. */
export function resetMail(deliveries: EmailDeliveries): (userId: string, mail: TokenMail) => Promise<void> {
  return (userId, { token, email, endsAt }) =>
    deliveries.expectFor(userId, "PASSWORD_RESET", { recipient: email, secret: { token, endsAt } });
}

/** @returns what writes a mail, or says false when enough went to its address */
export function verificationMail(
  database: Sequelize,
  deliveries: EmailDeliveries,
): (userId: string, mail: TokenMail) => Promise<boolean> {
  return async (userId, { token, email, endsAt }) => {
    if (!(await mayWrite(database, { ...VERIFICATIONS, address: email }))) return false;
    await deliveries.expectFor(userId, "EMAIL_VERIFICATION", { recipient: email, secret: { token, endsAt } });
    return true;
  };
}
