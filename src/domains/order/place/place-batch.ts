/**
 * One transaction that places a batch of orders: lock and read, decide, write. Two round trips.
 *
 * The decision is passed to the pure `place`, so that nobody can decide without the locks. Orders of a batch are decided
 * one after the other; each sees what those before it have taken, of stock, of promotions, and of their carts.
 */
import type { Transaction } from "sequelize";
import { fromBinary } from "@bufbuild/protobuf";
import { type PlaceOrderResponse, PlaceOrderResponseSchema } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import { uuids } from "../../../platform/database/binary-array.ts";
import { binaryOf, encodeOnce } from "../../../platform/cache/encode-once.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import type { Cause } from "../../../platform/context/cause.ts";
import type { StatementRunner } from "../../../platform/database/prepared-statements.ts";
import { type StoredResponse, keyText } from "../../../platform/idempotency/request-key.ts";
import { afterCommit } from "../../../platform/database/transaction.ts";
import { REDEEM } from "../../promotion/redemption-sql.ts";
import type { CartSource } from "./cart-source.ts";
import type { BatchFacts, FactReader } from "./read-facts.ts";
import { type Asked, pairsOf } from "./read-set.ts";
import type { RowKey } from "./locked-rows.ts";
import { type Line, decideOrder, type PlacedOrder } from "./decide.ts";
import { WRITE_ORDERS } from "./place-sql.ts";
import { insertColumnsOf, type Decided } from "./insert-columns.ts";

/** With the call that asks for it: a batch runs beside all of its calls. */
export interface Submitted extends Asked {
  origin: Cause | undefined;
  /** Called when it turns out to be answered already. */
  onReplay: () => void;
  /** What the last batch found in the cart that it orders. */
  cartLines: readonly Line[] | undefined;
}

export interface BatchDeps {
  statements: StatementRunner;
  facts: FactReader;
  cartSource: CartSource;
  /** The answer that a placed order gets, and gets again. */
  answer: (order: PlacedOrder) => PlaceOrderResponse;
  /** Told after the commit that there are events: a wake-up, which neither waits nor throws. */
  onEvents: () => void;
}

export type Outcome = PlaceOrderResponse | Failure;

export interface BatchOptions {
  /** Whether an answer may be kept already that is to be given again. If one is and this says no, a unique key is broken. */
  replays: boolean;
}

/** Places orders whose locks are free, and gives the answers that were given before. @returns an outcome for each */
export async function placeBatch(
  transaction: Transaction,
  placings: Submitted[],
  { replays }: BatchOptions,
  parts: BatchDeps,
): Promise<Outcome[]> {
  metrics.orderBatch.observe(placings.length);
  const facts = await parts.facts.read(transaction, placings, {
    answers: replays,
    onCarts: (carts) => rememberCarts(placings, carts),
  });
  const written: Decided[] = [];
  const outcomes = placings.map((placing): Outcome => {
    const { claim, origin, fromCart } = placing;
    const before = claim === undefined || facts.answers.size === 0 ? undefined : facts.answers.get(keyText(claim));
    if (before !== undefined) {
      placing.onReplay();
      return toOutcome(before);
    }
    const decision = decide(placing, facts, parts.cartSource);
    const outcome = decision instanceof Failure ? decision : encodeOnce(parts.answer(decision));
    const response =
      claim === undefined || outcome instanceof Failure ? undefined : binaryOf(PlaceOrderResponseSchema, outcome);
    written.push({ decision, claim, origin, fromCart, response });
    return outcome;
  });
  await write(transaction, written, parts);
  return outcomes;
}

/** The keys of all rows that an order locks, as far as they are known. */
export function rowsOf({ wish, fromCart, cartLines = [] }: Submitted): RowKey[] {
  const lines = fromCart ? cartLines : wish.lines;
  const pairs = [...pairsOf([{ storeId: wish.storeId, lines }]).values()];
  return [
    `store ${wish.storeId}`,
    ...(fromCart ? [`cart ${wish.userId}`] : []),
    ...(wish.promoCode === "" ? [] : [`promotion ${wish.promoCode.toLowerCase()}`]),
    ...pairs.flatMap(({ storeId, productId }) => [`stock ${storeId} ${productId}`, `product ${productId}`]),
  ];
}

function rememberCarts(placings: Submitted[], carts: BatchFacts["carts"]): void {
  for (const placing of placings) {
    if (!placing.fromCart) continue;
    const rows = carts.get(placing.wish.userId) ?? [];
    placing.cartLines = rows.map(({ product_id: productId, quantity }) => ({ productId, quantity }));
  }
}

function decide({ wish, fromCart }: Submitted, facts: BatchFacts, cartSource: CartSource): PlacedOrder | Failure {
  try {
    if (!fromCart) return decideOrder(wish, facts);
    const order = decideOrder({ ...wish, lines: cartSource.linesOf(facts.carts.get(wish.userId) ?? []) }, facts);
    if (order.status !== "REJECTED") facts.carts.delete(wish.userId);
    return order;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

async function write(
  transaction: Transaction,
  decided: Decided[],
  { statements, cartSource, onEvents }: BatchDeps,
): Promise<void> {
  const placed = decided.flatMap(({ decision, ...rest }) =>
    decision instanceof Failure ? [] : [{ order: decision, ...rest }],
  );
  const answered = decided.filter(({ claim }) => claim !== undefined);
  if (placed.length === 0 && answered.length === 0) return;
  const standing = placed.filter(({ order }) => order.status !== "REJECTED");
  const redeeming = standing.map(({ order }) => order).filter(({ promotionId }) => promotionId !== undefined);
  const ordered = standing.filter(({ fromCart }) => fromCart).map(({ order }) => order.userId);
  await statements.runLast(transaction, (send) => [
    send(WRITE_ORDERS, insertColumnsOf(placed, answered)),
    ...(redeeming.length === 0 ? [] : [send(REDEEM, redemptionColumns(redeeming))]),
    ...(ordered.length === 0 ? [] : [send(cartSource.empty, [uuids(ordered)])]),
  ]);
  if (placed.length === 0) return;
  await afterCommit(() => {
    for (const { order } of placed) metrics.orders.inc({ status: order.status });
    onEvents();
  });
}

function redemptionColumns(orders: PlacedOrder[]): Buffer[] {
  return [
    uuids(orders.map(({ promotionId }) => promotionId ?? null)),
    uuids(orders.map(({ userId }) => userId)),
    uuids(orders.map(({ id }) => id)),
  ];
}

export function toOutcome(answered: StoredResponse): Outcome {
  return answered instanceof Failure ? answered : fromBinary(PlaceOrderResponseSchema, answered);
}
