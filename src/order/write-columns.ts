/** Placed orders as the columns that WRITE_ORDERS takes: one array for each column. Pure. */
import { Failure } from "../platform/errors.ts";
import { newId } from "../platform/identifier.ts";
import { isFinal, toStored } from "../platform/requests.ts";
import type { PlacedOrder } from "./placement.ts";
import type { Decided } from "./placements.ts";

export function columnsOf(orders: PlacedOrder[], answered: Decided[]): unknown[][] {
  return [...orderColumns(orders), ...lineColumns(orders), ...takenColumns(orders), ...answerColumns(answered)];
}

function orderColumns(orders: PlacedOrder[]): unknown[][] {
  return [
    orders.map(({ storeId }) => storeId),
    orders.map(({ id }) => id),
    orders.map(({ userId }) => userId),
    orders.map(({ placedBy }) => placedBy),
    orders.map(({ status }) => status),
    orders.map(({ subtotal }) => subtotal),
    orders.map(({ discount }) => discount),
    orders.map(({ total }) => total),
    orders.map(({ promoCode }) => promoCode),
    orders.map(({ promotionId }) => promotionId ?? null),
    orders.map(({ holdExpiresAt }) => holdExpiresAt ?? null),
    orders.map(({ createdAt }) => createdAt),
  ];
}

function lineColumns(orders: PlacedOrder[]): unknown[][] {
  const lines = orders.flatMap((order) => order.lines.map((line, index) => ({ order, line, number: index + 1 })));
  return [
    lines.map(({ order }) => order.storeId),
    lines.map(({ order }) => order.id),
    lines.map(({ number }) => number),
    lines.map(({ line }) => line.productId),
    lines.map(({ line }) => line.sku),
    lines.map(({ line }) => line.title),
    lines.map(({ line }) => line.quantity),
    lines.map(({ line }) => line.unitPrice),
    lines.map(({ line }) => line.lineTotal),
    lines.map(({ line }) => line.discount),
    lines.map(({ line }) => line.available ?? null),
    // A movement for each line that takes something.
    lines.map(({ order }) => (order.status === "REJECTED" ? null : newId())),
    lines.map(({ order }) => order.placedBy),
  ];
}

/** Each stock row once, with what all orders together take: an UPDATE touches a row only once. */
function takenColumns(orders: PlacedOrder[]): unknown[][] {
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
    rows.map(({ storeId }) => storeId),
    rows.map(({ productId }) => productId),
    rows.map(({ sold }) => sold),
    rows.map(({ held }) => held),
  ];
}

function answerColumns(answered: Decided[]): unknown[][] {
  const rows = answered.flatMap(({ claim, decision, response }) =>
    claim === undefined || (decision instanceof Failure && !isFinal(decision)) ? [] : [{ claim, decision, response }],
  );
  return [
    rows.map(({ claim }) => claim.caller),
    rows.map(({ claim }) => claim.rpc),
    rows.map(({ claim }) => claim.requestId),
    rows.map(({ claim }) => claim.fingerprint),
    rows.map(({ response }) => (response === undefined ? null : Buffer.from(response))),
    rows.map(({ decision }) => (decision instanceof Failure ? toStored(decision) : null)),
  ];
}
