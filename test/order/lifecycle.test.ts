/**
 * Random lives of orders. Goal: whatever is done in whatever order, each step ends as the state machine says, and
 * stock, ledger, events and promotion uses agree afterwards.
 *
 * Method: fast-check draws operations on two stores with two products; each is carried out by the real repositories on
 * PostgreSQL and, beside it, by a model of a few lines; the two must never differ. A failure prints its seed and the
 * shortest life that fails.
 */
import { fc } from "../support/seed.ts";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { StockChanges } from "../../src/domains/inventory/adjust-stock.ts";
import { endHolds } from "../../src/domains/order/change/expire-holds.ts";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { type OrderStatus as Status, statuses } from "../../src/domains/order/model.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { execute, select } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { log } from "../support/environment.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { changesOn, changeWriterOn, placementsOn } from "../support/order-repositories.ts";
import { shopWith } from "../support/shop.ts";

const USES = 3;
const STOCK = 8;

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

const side = fc.constantFrom(0, 1);
const which = fc.nat(20);
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("place" as const),
      store: side,
      quantities: fc.tuple(fc.nat(4), fc.nat(4)),
      hold: fc.boolean(),
      promoted: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom("confirm" as const, "cancel" as const, "ship" as const, "deliver" as const),
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("hold ends" as const), which }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("sweep" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("adjust" as const),
      store: side,
      product: side,
      delta: fc.integer({ min: -6, max: 6 }).filter((delta) => delta !== 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("transfer" as const),
      store: side,
      product: side,
      quantity: fc.integer({ min: 1, max: 6 }),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

interface ModelOrder {
  store: number;
  status: Status;
  quantities: number[];
  promoted: boolean;
  holdEnded: boolean;
}

/** What should be: sellable and reserved quantities by store and product, the orders, the uses of the one code. */
class ModelShop {
  readonly quantity = [
    [STOCK, STOCK],
    [STOCK, STOCK],
  ];
  readonly reserved = [
    [0, 0],
    [0, 0],
  ];
  readonly orders: ModelOrder[] = [];

  get uses(): number {
    return this.orders.filter(({ promoted, status }) => promoted && status !== "REJECTED" && status !== "CANCELLED")
      .length;
  }

  expect(operation: Operation): string {
    switch (operation.does) {
      case "place":
        return this.#place(operation);
      case "adjust":
        return this.#add(operation.store, operation.product, operation.delta);
      case "transfer": {
        const taken = this.#add(operation.store, operation.product, -operation.quantity);
        return taken === "done" ? this.#add(1 - operation.store, operation.product, operation.quantity) : taken;
      }
      case "sweep":
        for (const order of this.orders)
          if (order.status === "PENDING" && order.holdEnded) this.#leave(order, "CANCELLED", { back: 1, reserved: -1 });
        return "done";
      default:
        return this.#step(operation.does, this.orders[operation.which % this.orders.length]);
    }
  }

  #place({ store, quantities, hold, promoted }: Extract<Operation, { does: "place" }>): string {
    if (quantities.every((quantity) => quantity === 0)) return "nothing asked";
    if (promoted && this.uses >= USES) return "PROMOTION_NOT_APPLICABLE";
    const fits = quantities.every((quantity, product) => quantity <= (this.quantity[store]?.[product] ?? 0));
    const status = fits ? (hold ? "PENDING" : "CONFIRMED") : "REJECTED";
    this.orders.push({ store, status, quantities, promoted, holdEnded: false });
    if (fits) this.#move(store, quantities, { back: -1, reserved: hold ? 1 : 0 });
    return status;
  }

  #step(does: string, order: ModelOrder | undefined): string {
    if (order === undefined) return "no order";
    const step = `${does} ${order.status}`;
    if (does === "hold ends") order.holdEnded ||= order.status === "PENDING";
    else if (step === "confirm PENDING" && order.holdEnded) return "HOLD_EXPIRED";
    else if (step === "confirm PENDING") this.#leave(order, "CONFIRMED", { back: 0, reserved: -1 });
    else if (step === "cancel PENDING") this.#leave(order, "CANCELLED", { back: 1, reserved: -1 });
    else if (step === "cancel CONFIRMED") this.#leave(order, "CANCELLED", { back: 1, reserved: 0 });
    else if (step === "ship CONFIRMED") order.status = "SHIPPED";
    else if (step === "deliver SHIPPED") order.status = "DELIVERED";
    else return "WRONG_ORDER_STATUS";
    return "done";
  }

  #leave(order: ModelOrder, status: Status, effect: { back: number; reserved: number }): void {
    order.status = status;
    this.#move(order.store, order.quantities, effect);
  }

  #move(store: number, quantities: number[], { back, reserved }: { back: number; reserved: number }): void {
    for (const [product, quantity] of quantities.entries()) {
      (this.quantity[store] ?? [])[product] = (this.quantity[store]?.[product] ?? 0) + back * quantity;
      (this.reserved[store] ?? [])[product] = (this.reserved[store]?.[product] ?? 0) + reserved * quantity;
    }
  }

  #add(store: number, product: number, delta: number): string {
    const after = (this.quantity[store]?.[product] ?? 0) + delta;
    if (after < 0) return "INSUFFICIENT_STOCK";
    (this.quantity[store] ?? [])[product] = after;
    return "done";
  }
}

/** The product itself: the same operations by its own repositories. */
async function openRealShop() {
  const { database } = api;
  const [first, second] = [await shopWith(api, { mug: STOCK, cup: STOCK }), await shopWith(api, { other: 0 })];
  const storeIds = [first.storeId, second.storeId];
  const productIds = [first.products.mug, first.products.cup];
  const stock = new StockChanges(database);
  const [placements, changes, writer] = [placementsOn(database), changesOn(database), changeWriterOn(database)];
  const [userId, promotionId] = [newId(), newId()];
  const by = { actorId: userId, reason: "" };
  await execute(
    database,
    "INSERT INTO orders.promotions (id, code, fixed_amount, usage_limit) VALUES ($1, $2, 10, $3)",
    [promotionId, promotionId, USES],
  );
  for (const productId of productIds)
    await stock.set({ storeId: second.storeId, productId, quantity: BigInt(STOCK), expected: undefined }, by, {});
  const orders: string[] = [];

  async function carryOut(operation: Operation): Promise<string> {
    switch (operation.does) {
      case "place": {
        const lines = operation.quantities.flatMap((quantity, product) =>
          quantity === 0 ? [] : [{ productId: productIds[product] ?? "", quantity }],
        );
        if (lines.length === 0) return "nothing asked";
        const wish = { storeId: storeIds[operation.store] ?? "", userId, placedBy: userId, lines };
        const terms = {
          promoCode: operation.promoted ? promotionId : "",
          holdMs: operation.hold ? 3_600_000 : undefined,
        };
        const { order } = await placements.place({ wish: { ...wish, ...terms }, claim: undefined }, {});
        orders.push(order?.id ?? "");
        return statuses.find((status) => OrderStatus[status] === order?.status) ?? "no status";
      }
      case "adjust":
        await stock.adjust({ ...keyOf(operation), kind: "ADJUSTMENT", delta: BigInt(operation.delta) }, by, {});
        return "done";
      case "transfer": {
        const { storeId, productId } = keyOf(operation);
        const wish = {
          fromStoreId: storeId,
          toStoreId: storeIds[1 - operation.store] ?? "",
          productId,
          quantity: BigInt(operation.quantity),
        };
        await stock.transfer(wish, by, {});
        return "done";
      }
      case "sweep":
        while ((await endHolds({ database, writer, log })) > 0);
        return "done";
      default: {
        const id = orders[operation.which % orders.length];
        if (id === undefined) return "no order";
        if (operation.does === "hold ends")
          await execute(
            database,
            "UPDATE orders.orders SET hold_expires_at = now() WHERE id = $1 AND status = 'PENDING'",
            [id],
          );
        else
          await changes.change(id, { step: operation.does, ownedBy: { user: userId }, etag: "", actorId: userId }, {});
        return "done";
      }
    }
  }

  function keyOf({ store, product }: { store: number; product: number }) {
    return { storeId: storeIds[store] ?? "", productId: productIds[product] ?? "" };
  }

  async function state() {
    const rows = await select<{ store_id: string; product_id: string; quantity: string; reserved: string }>(
      database,
      "SELECT store_id, product_id, quantity, reserved FROM inventory.stock WHERE store_id = ANY($1) AND product_id = ANY($2)",
      [storeIds, productIds],
    );
    const grid = (column: "quantity" | "reserved") =>
      storeIds.map((storeId) =>
        productIds.map((productId) =>
          Number(rows.find((row) => row.store_id === storeId && row.product_id === productId)?.[column]),
        ),
      );
    const statuses = await select<{ status: string }>(
      database,
      "SELECT status FROM orders.orders WHERE store_id = ANY($1) ORDER BY id",
      [storeIds],
    );
    const [promotion] = await select<{ redeemed_count: number }>(
      database,
      "SELECT redeemed_count FROM orders.promotions WHERE id = $1",
      [promotionId],
    );
    return {
      quantity: grid("quantity"),
      reserved: grid("reserved"),
      statuses: statuses.map(({ status }) => status),
      uses: promotion?.redeemed_count,
    };
  }

  return {
    do: (operation: Operation) =>
      carryOut(operation).catch((error: unknown) => (error instanceof Failure ? error.reason : Promise.reject(error))),
    state,
    broken: async () => (await Promise.all(storeIds.map((storeId) => brokenInvariants(database, { storeId })))).flat(),
  };
}

test("whatever is done with orders and stock in whatever order, every step ends as the model says and all books agree", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), async (operations) => {
      const real = await openRealShop();
      const model = new ModelShop();
      for (const operation of operations) assert.is(await real.do(operation), model.expect(operation), operation.does);
      const { quantity, reserved, uses } = model;
      assert.equal(await real.state(), {
        quantity,
        reserved,
        statuses: model.orders.map(({ status }) => status),
        uses,
      });
      assert.equal(await real.broken(), []);
    }),
    { numRuns: 60 },
  );
});

test.run();
