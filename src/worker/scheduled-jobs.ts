/** The worker's scheduled work: what is done, and how often. */
import type { Sequelize } from "sequelize";
import { PIECE, renameInProductsByPieces } from "../domains/catalog/category-renames.ts";
import { purgeCarts } from "../domains/cart/cart-cleanup.ts";
import type { EmailDeliveries } from "../domains/notification/email/deliveries.ts";
import { oneLine } from "../domains/notification/email/compose/order-values.ts";
import { purgeUnverified } from "../domains/notification/email/unverified-addresses.ts";
import { adminIds } from "../domains/identity/admins.ts";
import { purgeAccountTokens } from "../domains/identity/recovery/account-tokens.ts";
import { purgeResetRequests } from "../domains/identity/recovery/reset-requests.ts";
import { purgeKnownAddresses } from "../domains/identity/sign-in/known-addresses.ts";
import { purgeSessions } from "../domains/identity/session/sessions.ts";
import { noticeLowStock, type Notice } from "../domains/inventory/low-stock-alerts.ts";
import { SearchRows } from "../domains/order/find/search-rows.ts";
import { purgeOutbox } from "../outbox/purge.ts";
import { purgeStoredResponses } from "../platform/idempotency/stored-responses.ts";
import type { Job } from "../platform/jobs/scheduler.ts";
import { encryptPlaintextSecrets } from "../domains/notification/webhook/encrypt-plaintext-secrets.ts";
import type { WebhookDeliveries } from "../domains/notification/webhook/deliveries.ts";

/** Rows of a purge in one transaction: it ends within tens of milliseconds. */
const BATCH = 1_000;
const MINUTE_MS = 60_000;
/** What is kept for a day or longer may stay an hour more. */
const HOUR_MS = 60 * MINUTE_MS;

export interface ScheduledJobDeps {
  database: Sequelize;
  deliveries: EmailDeliveries;
  webhookDeliveries: WebhookDeliveries;
  /** Of the outbox, by their names. */
  consumers: readonly string[];
  /** 32 bytes; undefined: secrets are stored as they are. */
  encryptionKey: Buffer | undefined;
}

export function scheduledJobs(deps: ScheduledJobDeps): Job[] {
  const { database, encryptionKey } = deps;
  return [
    ...(encryptionKey === undefined ? [] : [secretEncryption(database, encryptionKey)]),
    ...purges(deps),
    categoryRenames(database),
    orderSearch(database),
    lowStockAlerts(deps),
  ];
}

function secretEncryption(database: Sequelize, encryptionKey: Buffer): Job {
  return {
    name: "webhook secrets",
    what: "secrets of webhooks that lay open are encrypted",
    everyMs: HOUR_MS,
    work: () => encryptPlaintextSecrets(database, encryptionKey, BATCH),
    batch: BATCH,
  };
}

/** What is forgotten when its time is over. */
function purges({ database, deliveries, webhookDeliveries, consumers }: ScheduledJobDeps): Job[] {
  const table: [name: string, what: string, everyMs: number, purge: () => Promise<number>][] = [
    ["answers", "answers to old request ids are forgotten", 5 * MINUTE_MS, () => purgeStoredResponses(database, BATCH)],
    [
      "old events",
      "events that are older than any resume token are forgotten",
      5 * MINUTE_MS,
      () => purgeOutbox(database, consumers, BATCH),
    ],
    ["old e-mails", "what became of e-mails long ago is forgotten", HOUR_MS, () => deliveries.purge(BATCH)],
    ["old deliveries", "what webhooks were told long ago is forgotten", HOUR_MS, () => webhookDeliveries.purge(BATCH)],
    [
      "counted addresses",
      "addresses to which nothing was sent for a day are counted no more",
      HOUR_MS,
      () => purgeUnverified(database, BATCH),
    ],
    ["refresh tokens", "refresh tokens that are over are forgotten", HOUR_MS, () => purgeSessions(database, BATCH)],
    [
      "known addresses",
      "where nobody signed in for 30 days is forgotten",
      HOUR_MS,
      () => purgeKnownAddresses(database, BATCH),
    ],
    [
      "account tokens",
      "tokens of e-mails that are over are forgotten",
      HOUR_MS,
      () => purgeAccountTokens(database, BATCH),
    ],
    [
      "reset requests",
      "addresses for which nobody asked a new password for an hour are forgotten",
      HOUR_MS,
      () => purgeResetRequests(database, BATCH),
    ],
    ["carts", "carts that nobody touched for 90 days are forgotten", HOUR_MS, () => purgeCarts(database, BATCH)],
  ];
  return table.map(([name, what, everyMs, purge]) => ({ name, what, everyMs, work: purge, batch: BATCH }));
}

function categoryRenames(database: Sequelize): Job {
  return {
    name: "category names",
    what: "new names of categories are written into the words of their products",
    everyMs: MINUTE_MS / 4,
    work: () => renameInProductsByPieces(database, PIECE),
    batch: PIECE,
  };
}

function orderSearch(database: Sequelize): Job {
  const rows = new SearchRows(database);
  return {
    name: "order search",
    what: "orders from before there was a search get what they are found by",
    everyMs: MINUTE_MS,
    work: () => rows.writeOlder(BATCH),
    batch: BATCH,
  };
}

function lowStockAlerts({ database, deliveries }: ScheduledJobDeps): Job {
  return {
    name: "low stock",
    what: "admins are told of what runs out",
    // It reads all stock through.
    everyMs: 5 * MINUTE_MS,
    work: () => noticeLowStock(database, (notice) => tellAdmins(notice, { database, deliveries })),
    batch: Number.POSITIVE_INFINITY,
  };
}

async function tellAdmins(
  { shortages, count }: Notice,
  { database, deliveries }: Pick<ScheduledJobDeps, "database" | "deliveries">,
): Promise<void> {
  const lines = shortages.map(({ store, sku, title, quantity, threshold }) => ({
    store: oneLine(store),
    sku: oneLine(sku),
    title: oneLine(title),
    quantity: quantity.toString(),
    threshold: threshold.toString(),
  }));
  const more = count - lines.length;
  const details = { count: count.toString(), lines, rest: more > 0 ? [{ more: more.toString() }] : [] };
  for (const id of await adminIds(database)) await deliveries.expectFor(id, "STOCK_LOW", { details });
}
