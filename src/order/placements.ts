/**
 * Placing orders: the transaction, its locks, and the batches in which orders share them.
 *
 * One order a transaction is bounded by the commit and, on a hot product, by the lock; so orders that wait while a
 * transaction runs are placed together by the next one. The locks are taken here and the decision is passed to the
 * pure `place`, so that nobody can decide without them. Locks are always taken in one order: stock rows by (store,
 * product), then promotions by id, then request ids; so transactions wait for each other and never in a circle.
 */
import type { Sequelize, Transaction } from "sequelize";
import { fromBinary } from "@bufbuild/protobuf";
import { type PlaceOrderResponse, PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { findAnswers } from "../platform/answers.ts";
import { brokenConstraint, brokenUniqueConstraint, databaseFailure } from "../platform/database.ts";
import { binaryOf, encodeOnce } from "../platform/encoded.ts";
import { Failure } from "../platform/errors.ts";
import { GroupCommit } from "../platform/group-commit.ts";
import { metrics } from "../platform/metrics.ts";
import { currentOrigin, type Origin } from "../platform/origin.ts";
import type { StatementRunner } from "../platform/prepared.ts";
import { type Answered, type Claim, keyText, reused } from "../platform/requests.ts";
import { afterCommit, type TransactionOptions, withTransaction } from "../platform/transaction.ts";
import { inSpan, type SpanOptions } from "../platform/tracing.ts";
import type { Promotions, Redemption } from "../promotion/promotions.ts";
import { storeNotFound } from "../inventory/stores.ts";
import { readFacts } from "./facts.ts";
import { place, type PlacedOrder, type Wish } from "./placement.ts";
import { WRITE_ORDERS } from "./placement-sql.ts";
import { columnsOf } from "./write-columns.ts";

/** An order that is asked for, with the request's id if it has one. */
export interface Placing {
  wish: Wish;
  claim: Claim | undefined;
}

/** With the call that asks for it: a batch runs beside all of its calls. */
interface Submitted extends Placing {
  origin: Origin | undefined;
}

export interface PlacementParts {
  database: Sequelize;
  statements: StatementRunner;
  promotions: Promotions;
  /** The answer that a placed order gets, and gets again. */
  answer: (order: PlacedOrder) => PlaceOrderResponse;
  /** Told after the commit that there are events: a hint, which neither waits nor throws. */
  onEvents: () => void;
}

/** As many as callers of one process usually wait at once; 256 callers fill four of them (docs/performance.md). */
const MAX_BATCH = 64;
/** A third of a second of orders on two cores; whoever waits longer had better try elsewhere. */
const MAX_WAITING = 1_000;
const LANES = 3;
const STALL_MS = 50;
/** A batch waits this long for somebody else's lock, then its orders are tried alone. */
const BATCH_TIMEOUT_MS = 5_000;

/** The foreign key from an order to its store. */
const STORE_OF_ORDER = "orders_store_id_fkey";

/** The flags of a W3C traceparent whose span is recorded. */
const RECORDED = "-01";

type Outcome = PlaceOrderResponse | Failure;

export class Placements {
  readonly #parts: PlacementParts;
  readonly #queue: GroupCommit<Submitted, Outcome>;
  /** Requests with an id that are under way: whoever comes with the same gets the same answer. */
  readonly #underWay = new Map<string, { fingerprint: Buffer; answer: Promise<PlaceOrderResponse> }>();

  constructor(parts: PlacementParts) {
    this.#parts = parts;
    this.#queue = new GroupCommit<Submitted, Outcome>({
      run: (placings) => inSpan(batchSpan(placings), () => this.#placeBatch(placings)),
      splits: (error) => databaseFailure(error)?.reason !== "UNAVAILABLE",
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      lanes: LANES,
      stallMs: STALL_MS,
    });
  }

  /**
   * Places an order, together with those that wait.
   * @throws Failure as `place` of placement.ts does; REQUEST_ID_REUSED; TOO_BUSY; DEADLINE_EXCEEDED or CANCELED before
   *   it joined a batch
   */
  async place(placing: Placing, options: TransactionOptions): Promise<PlaceOrderResponse> {
    if (placing.claim === undefined) return this.#submit(placing, options);
    const key = keyText(placing.claim);
    const first = this.#underWay.get(key);
    if (first === undefined) return this.#asFirst(key, placing, placing.claim, options);
    if (!first.fingerprint.equals(placing.claim.fingerprint)) throw reused();
    try {
      return await first.answer;
    } catch (error) {
      if (!isTheirs(error)) throw error;
      return this.place(placing, options);
    }
  }

  /** Places an order inside the transaction that is open around the call, alone. @throws Failure as `place` */
  async placeWithin(wish: Wish): Promise<PlacedOrder> {
    const { database } = this.#parts;
    return withTransaction(database, async (transaction) => {
      const [decision] = await this.#decide(transaction, [wish]);
      if (decision === undefined || decision instanceof Failure) throw decision ?? new TypeError("no decision");
      await this.#write(transaction, [{ decision, claim: undefined, origin: currentOrigin() }]);
      return decision;
    });
  }

  async #asFirst(key: string, placing: Placing, { fingerprint }: Claim, options: TransactionOptions): Promise<PlaceOrderResponse> {
    const answer = this.#submit(placing, options).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { fingerprint, answer });
    return answer;
  }

  async #submit(placing: Placing, options: TransactionOptions): Promise<PlaceOrderResponse> {
    metrics.ordersInHand.inc();
    try {
      const outcome = await this.#queue.submit({ ...placing, origin: currentOrigin() }, options);
      if (outcome instanceof Failure) throw outcome;
      return outcome;
    } finally {
      metrics.ordersInHand.dec();
    }
  }

  /** One transaction; if a request id turns out to be answered already, another one without those that are. */
  async #placeBatch(placings: Submitted[]): Promise<Outcome[]> {
    const { database } = this.#parts;
    try {
      const deadline = Date.now() + BATCH_TIMEOUT_MS;
      return await withTransaction(database, (transaction) => this.#placeAll(transaction, placings), { deadline, pipelined: true });
    } catch (error) {
      if (brokenUniqueConstraint(error) === "requests_pkey") return this.#placeUnanswered(placings);
      const [alone, ...others] = placings;
      // The store was deleted between the look at it and the writing of its order.
      if (alone !== undefined && others.length === 0 && brokenConstraint(error) === STORE_OF_ORDER) throw storeNotFound(alone.wish.storeId);
      throw error;
    }
  }

  async #placeUnanswered(placings: Submitted[]): Promise<Outcome[]> {
    const claims = placings.flatMap(({ claim }) => claim ?? []);
    const answers = await findAnswers(this.#parts.database, claims);
    const answerTo = ({ claim }: Submitted) => (claim === undefined ? undefined : answers.get(keyText(claim)));
    const left = placings.filter((placing) => answerTo(placing) === undefined);
    const placed = left.length === 0 ? [] : await this.#placeBatch(left);
    const outcomes = new Map(left.map((placing, index) => [placing, placed[index]]));
    return placings.map((placing) => outcomes.get(placing) ?? toOutcome(answerTo(placing)));
  }

  async #placeAll(transaction: Transaction, placings: Submitted[]): Promise<Outcome[]> {
    metrics.orderBatch.observe(placings.length);
    const decisions = await this.#decide(transaction, placings.map(({ wish }) => wish));
    const written = placings.map(({ claim, origin }, index) => {
      const decision = decisions[index];
      if (decision === undefined) throw new TypeError("an order was not decided");
      if (decision instanceof Failure) return { decision, claim, origin, outcome: decision };
      const outcome = encodeOnce(this.#parts.answer(decision));
      return { decision, claim, origin, outcome, response: claim === undefined ? undefined : binaryOf(PlaceOrderResponseSchema, outcome) };
    });
    await this.#write(transaction, written);
    return written.map(({ outcome }) => outcome);
  }

  /** Locks what the orders need and decides them one after the other. */
  async #decide(transaction: Transaction, wishes: Wish[]): Promise<(PlacedOrder | Failure)[]> {
    const { statements, promotions } = this.#parts;
    const facts = await readFacts(wishes, { run: (statement, values) => statements.run(transaction, statement, values), promotions });
    return wishes.map((wish) => {
      try {
        return place(wish, facts);
      } catch (error) {
        if (error instanceof Failure) return error;
        throw error;
      }
    });
  }

  async #write(transaction: Transaction, decided: Decided[]): Promise<void> {
    const placed = decided.flatMap(({ decision, origin }) => (decision instanceof Failure ? [] : [{ order: decision, origin }]));
    const orders = placed.map(({ order }) => order);
    const answered = decided.filter(({ claim }) => claim !== undefined);
    if (orders.length === 0 && answered.length === 0) return;
    const { statements } = this.#parts;
    const redemptions = orders.flatMap(toRedemption);
    const runWrite = redemptions.length === 0 ? statements.runLast : statements.run;
    await runWrite(transaction, WRITE_ORDERS, columnsOf(placed, answered));
    if (redemptions.length > 0) await this.#parts.promotions.redeem(redemptions);
    if (orders.length === 0) return;
    await afterCommit(() => {
      for (const { status } of orders) metrics.orders.inc({ status });
      this.#parts.onEvents();
    });
  }
}

/** What is written of a request: its order or its refusal, and the answer that its id keeps. */
export interface Decided {
  decision: PlacedOrder | Failure;
  claim: Claim | undefined;
  origin: Origin | undefined;
  response?: Uint8Array | undefined;
}

/** In the trace of its first order that is recorded, with links to all of them: each can be found from the batch. */
function batchSpan(placings: Submitted[]): SpanOptions {
  const traces = placings.flatMap(({ origin }) => origin?.traceparent ?? []);
  const parent = traces.find((traceparent) => traceparent.endsWith(RECORDED)) ?? traces[0];
  return { name: "order batch", kind: "internal", parent, links: traces, attributes: { "bodega.orders": placings.length } };
}

function toRedemption({ status, promotionId, userId, id }: PlacedOrder): Redemption[] {
  return status === "REJECTED" || promotionId === undefined ? [] : [{ promotionId, userId, orderId: id }];
}

function toOutcome(answered: Answered | undefined): Outcome {
  if (answered === undefined) throw new TypeError("an order was neither placed nor answered before");
  return answered instanceof Failure ? answered : fromBinary(PlaceOrderResponseSchema, answered);
}

/** The one who came first gave up; that is no answer for whoever came with the same id. */
function isTheirs(error: unknown): boolean {
  return error instanceof Failure && (error.reason === "DEADLINE_EXCEEDED" || error.reason === "CANCELED");
}
