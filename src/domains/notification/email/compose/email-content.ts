/** What an e-mail tells, before a template gives it words: to whom, by which key, and the values to fill in. */
import type { Sequelize } from "sequelize";
import { type AccountLinks, linkWith } from "../../../../platform/config/account-links.ts";
import { runSql } from "../../../../platform/database/database.ts";
import type { Currency } from "../../../../platform/wire/money.ts";
import type { Delivery } from "../deliveries.ts";
import { orderDetails } from "./order-details.ts";
import { orderValues } from "./order-values.ts";
import { nameToShow, usernameToShow } from "./person-name.ts";
import type { Values } from "./templates.ts";

export interface EmailContent {
  /** Of its Message-ID: the same for every attempt. */
  key: string;
  to: { name: string; address: string };
  values: Values;
}

export interface EmailContentOptions {
  database: Sequelize;
  currency: Currency;
  links: AccountLinks;
}

/** undefined when the order or the user is gone, or the token is over: then there is nobody to write to, or nothing. */
export async function emailContentFor(
  delivery: Delivery,
  { database, currency, links }: EmailContentOptions,
): Promise<EmailContent | undefined> {
  const { id, type, subject, details, recipient, secret } = delivery;
  if (secret !== undefined && secret.token === undefined) return undefined;
  if ("event" in subject) {
    const order = await orderDetails(database, subject.event);
    if (order === undefined) return undefined;
    const key = `order-${order.orderId}-${subject.event.sequence}`;
    return addressed(order.recipient, { key, values: orderValues(order, currency) });
  }
  const [user] = await runSql<User>(
    database,
    `SELECT email, first_name AS "firstName", username FROM identity.users WHERE id = $1 AND deleted_at IS NULL`,
    [subject.userId],
  );
  if (user === undefined) return undefined;
  const key = `${type.toLowerCase().replaceAll("_", "-")}-${id}`;
  const username = usernameToShow(user.username);
  const named = username === "" ? [] : [{ username }];
  const values = { ...details, ...tokenValues(delivery, links), named };
  return addressed({ ...user, email: recipient ?? user.email }, { key, values });
}

function tokenValues({ type, secret }: Delivery, links: AccountLinks): Values {
  if (secret?.token === undefined) return {};
  const { token } = secret;
  return { token, link: linkWith(type === "PASSWORD_RESET" ? links.reset : links.verify, token) };
}

interface Recipient {
  email: string;
  firstName: string;
}

interface User extends Recipient {
  username: string;
}

function addressed(
  { email, firstName }: Recipient,
  { key, values }: Pick<EmailContent, "key" | "values">,
): EmailContent {
  const name = nameToShow(firstName);
  const greeting = name === "" ? "Hello," : `Hello ${name},`;
  return { key, to: { name, address: email }, values: { ...values, greeting } };
}
