/** What an account's life means to the other domains, which identity does not know. */
import type { Sequelize } from "sequelize";
import { forgetCart } from "../domains/cart/cart-cleanup.ts";
import type { OnAccount } from "../domains/identity/identity-deps.ts";
import { verificationMail } from "../domains/notification/email/account-mails.ts";
import { EmailDeliveries } from "../domains/notification/email/deliveries.ts";
import { SearchRows } from "../domains/order/find/search-rows.ts";

/** An account's beginning brings an e-mail, and so do guesses at its password; its end takes mail, cart and what finds its orders. */
export function onAccount(database: Sequelize, encryptionKey: Buffer | undefined): OnAccount {
  const deliveries = new EmailDeliveries(database, { encryptionKey });
  const searchRows = new SearchRows(database);
  return {
    registered: (userId) => deliveries.expectFor(userId, "WELCOME"),
    guessedAt: (userId) => deliveries.expectFor(userId, "PASSWORD_GUESSED"),
    secondFactorChanged: (userId, news) => deliveries.expectFor(userId, news),
    passwordChanged: (userId) => deliveries.expectFor(userId, "PASSWORD_CHANGED"),
    verificationAsked: verificationMail(database, deliveries),
    emailChanging: (userId, from) => deliveries.expectFor(userId, "EMAIL_CHANGING", { recipient: from }),
    async deleted(userId) {
      await deliveries.dropFor(userId);
      await forgetCart(database, userId);
      await searchRows.forgetUser(userId);
    },
  };
}
