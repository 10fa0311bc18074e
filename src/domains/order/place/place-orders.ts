/**
 * Placing orders, in batches.
 *
 * One order a transaction is bounded by the commit and, on a hot product, by the lock; so orders that wait while a
 * transaction runs are placed together by the next one (place-batch.ts). An order whose rows somebody else has locked waits
 * aside, and a retry that comes while its order is placed waits for the same answer.
 */
import type { Sequelize } from "sequelize";
import type { PlaceOrderResponse } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import { findStoredResponses, forgetExpired } from "../../../platform/idempotency/stored-responses.ts";
import {
  brokenConstraint,
  brokenUniqueConstraint,
  databaseFailure,
  sqlState,
} from "../../../platform/errors/database-errors.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { type BatchError, GroupCommit } from "../../../platform/database/group-commit/group-commit.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import { currentCause } from "../../../platform/context/cause.ts";
import { type Claim, keyText, requestIdReused } from "../../../platform/idempotency/request-key.ts";
import { type TransactionOptions, withTransaction } from "../../../platform/database/transaction.ts";
import type { Window } from "../../../platform/config/rate-limits.ts";
import { inSpan } from "../../../platform/telemetry/tracing.ts";
import { type SpanOptions } from "../../../platform/telemetry/tracer.ts";
import { storeNotFound } from "../../inventory/stores.ts";
import {
  type BatchOptions,
  type BatchDeps,
  type Outcome,
  placeBatch,
  rowsOf,
  type Submitted,
  toOutcome,
} from "./place-batch.ts";
import { findLocked } from "./locked-rows.ts";
import { OrderLimit } from "./order-limit.ts";
import type { OrderRequest } from "./decide.ts";

/** An order that is asked for, with the request's id if it has one. */
export interface Placing {
  wish: OrderRequest;
  claim: Claim | undefined;
  /** Whether it orders the user's cart: its lines are read under the cart's lock, and it empties the cart. */
  fromCart?: boolean;
  /** Whether a customer places it, who has limits. */
  byCustomer?: boolean;
}

export interface PlaceOrdersDeps extends BatchDeps {
  /** With connections that nobody else uses: `ORDER_CONNECTIONS`. */
  database: Sequelize;
  /** How many orders a customer may place in a time; undefined: as many as they like. */
  orderLimit: Window | undefined;
}

/** As many as callers of one process usually wait at once; 256 callers fill four of them (docs/performance.md). */
const MAX_BATCH = 64;
const LANES = 3;
/** One for each lane, and one that asks which rows are locked. */
export const ORDER_CONNECTIONS = LANES + 1;
const STALL_MS = 50;
/** Longer than any batch of another process holds a hot product; then its orders wait aside. */
const LOCK_TIMEOUT_MS = 250;
const LOCK_POLL_MS = 50;
/** A third of the calls that a process answers at once, so that one stuck row leaves room for the others. */
const MAX_LOCK_WAITERS = 150;

/** The foreign key from an order to its store. */
const STORE_OF_ORDER = "orders_store_id_fkey";
const LOCK_NOT_AVAILABLE = "55P03";

/** The flags of a W3C traceparent whose span is recorded. */
const RECORDED = "-01";

export class PlaceOrders {
  readonly #parts: PlaceOrdersDeps;
  readonly #queue: GroupCommit<Submitted, Outcome>;
  readonly #limit: OrderLimit;
  /** Requests with an id that are under way: whoever comes with the same gets the same answer. */
  readonly #underWay = new Map<string, { fingerprint: Buffer; answer: Promise<PlaceOrderResponse> }>();

  constructor(parts: PlaceOrdersDeps) {
    this.#parts = parts;
    this.#limit = new OrderLimit(parts.orderLimit);
    this.#queue = new GroupCommit<Submitted, Outcome>({
      run: (placings) => inSpan(batchSpan(placings), () => this.#placeBatch(placings)),
      meaningOf,
      keysOf: rowsOf,
      findLocked: (keys) => findLocked(parts.database, keys),
      maxBatch: MAX_BATCH,
      lanes: LANES,
      stallMs: STALL_MS,
      pollMs: LOCK_POLL_MS,
      onLockWaiters: (waiting) => metrics.orderLockWaiters.set(waiting),
      maxLockWaiters: MAX_LOCK_WAITERS,
    });
  }

  /**
   * Places an order, together with those that wait.
   * @throws Failure as `decideOrder` of decide.ts does; REQUEST_ID_REUSED; TOO_BUSY; DEADLINE_EXCEEDED or CANCELED before
   *   it joined a batch
   */
  async place(placing: Placing, options: TransactionOptions): Promise<PlaceOrderResponse> {
    if (placing.claim === undefined) return this.#submit(placing, options);
    const key = keyText(placing.claim);
    const first = this.#underWay.get(key);
    if (first === undefined) return this.#asFirst(key, placing, placing.claim, options);
    if (!first.fingerprint.equals(placing.claim.fingerprint)) throw requestIdReused();
    try {
      return await first.answer;
    } catch (error) {
      if (!isTheirs(error)) throw error;
      return this.place(placing, options);
    }
  }

  async #asFirst(
    key: string,
    placing: Placing,
    { fingerprint }: Claim,
    options: TransactionOptions,
  ): Promise<PlaceOrderResponse> {
    const answer = this.#submit(placing, options).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { fingerprint, answer });
    return answer;
  }

  async #submit(placing: Placing, options: TransactionOptions): Promise<PlaceOrderResponse> {
    metrics.ordersInHand.inc();
    try {
      const outcome = await this.#outcome(placing, options);
      if (outcome instanceof Failure) throw outcome;
      return outcome;
    } finally {
      metrics.ordersInHand.dec();
    }
  }

  async #outcome(
    { wish, claim, fromCart = false, byCustomer = false }: Placing,
    options: TransactionOptions,
  ): Promise<Outcome> {
    const submitted = { wish, claim, fromCart, byCustomer, origin: currentCause(), cartLines: undefined };
    if (!byCustomer) return this.#queue.submit({ ...submitted, onReplay: () => undefined }, options);
    const limit = this.#limit.take(wish.userId);
    if (limit.room) return this.#queue.submit({ ...submitted, onReplay: limit.giveBack }, options);
    const kept = claim && (await findStoredResponses(this.#parts.database, [claim])).get(keyText(claim));
    return kept === undefined ? limit.refusal : toOutcome(kept);
  }

  /**
   * One transaction. A request id that is answered already is found by the next try: where an order is alone it drags
   * nobody along, and looking first would cost each order a fifteenth more; and somebody else may have answered it since.
   */
  async #placeBatch(
    placings: Submitted[],
    { replays = placings.length > 1 }: Partial<BatchOptions> = {},
  ): Promise<Outcome[]> {
    const { database } = this.#parts;
    try {
      const options = { lockTimeoutMs: LOCK_TIMEOUT_MS, pipelined: true };
      return await withTransaction(
        database,
        (transaction) => placeBatch(transaction, placings, { replays }, this.#parts),
        options,
      );
    } catch (error) {
      if (brokenUniqueConstraint(error) === "requests_pkey") return this.#placeAgain(placings);
      const [alone, ...others] = placings;
      // The store was deleted between the look at it and the writing of its order.
      if (alone !== undefined && others.length === 0 && brokenConstraint(error) === STORE_OF_ORDER)
        throw storeNotFound(alone.wish.storeId);
      throw error;
    }
  }

  async #placeAgain(placings: Submitted[]): Promise<Outcome[]> {
    await forgetExpired(
      this.#parts.database,
      placings.flatMap(({ claim }) => claim ?? []),
    );
    return this.#placeBatch(placings, { replays: true });
  }
}

function meaningOf(error: unknown): BatchError {
  if (sqlState(error) === LOCK_NOT_AVAILABLE) return "locked";
  const reason = databaseFailure(error)?.reason;
  return reason === "UNAVAILABLE" || reason === "TOO_BUSY" ? "all" : "split";
}

/** In the trace of its first order that is recorded, with links to all of them: each can be found from the batch. */
function batchSpan(placings: Submitted[]): SpanOptions {
  const traces = placings.flatMap(({ origin }) => origin?.traceparent ?? []);
  const parent = traces.find((traceparent) => traceparent.endsWith(RECORDED)) ?? traces[0];
  return {
    name: "order batch",
    kind: "internal",
    parent,
    links: traces,
    attributes: { "bodega.orders": placings.length },
  };
}

/** The one who came first gave up; that is no answer for whoever came with the same id. */
function isTheirs(error: unknown): boolean {
  return error instanceof Failure && (error.reason === "DEADLINE_EXCEEDED" || error.reason === "CANCELED");
}
