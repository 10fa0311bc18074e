/** Placed orders as the columns that WRITE_ORDERS takes: one array for each column. Pure. */
import {
  bigints,
  byteas,
  jsonbs,
  smallints,
  texts,
  timestamps,
  uuids,
} from "../../../platform/database/binary-array.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { newId } from "../../../platform/wire/uuid.ts";
import type { Cause } from "../../../platform/context/cause.ts";
import { type Claim, isFinal, toStored } from "../../../platform/idempotency/request-key.ts";
import type { PlacedOrder } from "./decide.ts";

/** What is written of a request: its order or its refusal, and the answer that its id keeps. */
export interface Decided {
  decision: PlacedOrder | Failure;
  claim: Claim | undefined;
  origin: Cause | undefined;
  /** Whether it orders the user's cart. */
  fromCart: boolean;
  response?: Uint8Array | undefined;
}

export interface Placed {
  order: PlacedOrder;
  origin: Cause | undefined;
}

export function insertColumnsOf(placed: Placed[], answered: Decided[]): Buffer[] {
  const orders = placed.map(({ order }) => order);
  return [
    ...orderColumns(orders),
    ...lineColumns(orders),
    ...takenColumns(orders),
    ...answerColumns(answered),
    ...originColumns(placed),
  ];
}

function orderColumns(orders: PlacedOrder[]): Buffer[] {
  return [
    uuids(orders.map(({ storeId }) => storeId)),
    uuids(orders.map(({ id }) => id)),
    uuids(orders.map(({ userId }) => userId)),
    uuids(orders.map(({ placedBy }) => placedBy)),
    texts(orders.map(({ status }) => status)),
    bigints(orders.map(({ subtotal }) => subtotal)),
    bigints(orders.map(({ discount }) => discount)),
    bigints(orders.map(({ total }) => total)),
    texts(orders.map(({ promoCode }) => promoCode)),
    uuids(orders.map(({ promotionId }) => promotionId ?? null)),
    timestamps(orders.map(({ holdExpiresAt }) => holdExpiresAt ?? null)),
    timestamps(orders.map(({ createdAt }) => createdAt)),
  ];
}

function lineColumns(orders: PlacedOrder[]): Buffer[] {
  const lines = orders.flatMap((order) => order.lines.map((line, index) => ({ order, line, number: index + 1 })));
  return [
    uuids(lines.map(({ order }) => order.storeId)),
    uuids(lines.map(({ order }) => order.id)),
    smallints(lines.map(({ number }) => number)),
    uuids(lines.map(({ line }) => line.productId)),
    texts(lines.map(({ line }) => line.sku)),
    texts(lines.map(({ line }) => line.title)),
    bigints(lines.map(({ line }) => BigInt(line.quantity))),
    bigints(lines.map(({ line }) => line.unitPrice)),
    bigints(lines.map(({ line }) => line.lineTotal)),
    bigints(lines.map(({ line }) => line.discount)),
    bigints(lines.map(({ line }) => (line.available === undefined ? null : BigInt(line.available)))),
    // A movement for each line that takes something.
    uuids(lines.map(({ order }) => (order.status === "REJECTED" ? null : newId()))),
    uuids(lines.map(({ order }) => order.placedBy)),
  ];
}

/** Each stock row once, with what all orders together take: an UPDATE touches a row only once. */
function takenColumns(orders: PlacedOrder[]): Buffer[] {
  const taken = new Map<string, { storeId: string; productId: string; sold: number; held: number }>();
  const taking = orders.filter(({ status }) => status !== "REJECTED");
  for (const { storeId, status, lines } of taking) {
    for (const { productId, quantity } of lines) {
      const row = taken.get(storeId + productId) ?? { storeId, productId, sold: 0, held: 0 };
      if (status === "PENDING") row.held += quantity;
      else row.sold += quantity;
      taken.set(storeId + productId, row);
    }
  }
  const rows = [...taken.values()];
  return [
    uuids(rows.map(({ storeId }) => storeId)),
    uuids(rows.map(({ productId }) => productId)),
    bigints(rows.map(({ sold }) => BigInt(sold))),
    bigints(rows.map(({ held }) => BigInt(held))),
  ];
}

function answerColumns(answered: Decided[]): Buffer[] {
  const rows = answered.flatMap(({ claim, decision, response }) =>
    claim === undefined || (decision instanceof Failure && !isFinal(decision)) ? [] : [{ claim, decision, response }],
  );
  return [
    texts(rows.map(({ claim }) => claim.caller)),
    texts(rows.map(({ claim }) => claim.rpc)),
    uuids(rows.map(({ claim }) => claim.requestId)),
    byteas(rows.map(({ claim }) => claim.fingerprint)),
    byteas(rows.map(({ response }) => response ?? null)),
    jsonbs(rows.map(({ decision }) => (decision instanceof Failure ? toStored(decision) : null))),
  ];
}

function originColumns(placed: Placed[]): Buffer[] {
  return [
    texts(placed.map(({ origin }) => origin?.requestId ?? null)),
    texts(placed.map(({ origin }) => origin?.traceparent ?? null)),
  ];
}
