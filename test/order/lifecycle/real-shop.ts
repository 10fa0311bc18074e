/** The product itself: the same operations by its own repositories. */
import { OrderStatus } from "../../../gen/bodega/order/v1/order_pb.ts";
import { StockChanges } from "../../../src/domains/inventory/adjust-stock.ts";
import { endHolds } from "../../../src/domains/order/change/expire-holds.ts";
import { statuses } from "../../../src/domains/order/model.ts";
import { runSql } from "../../../src/platform/database/database.ts";
import { Failure } from "../../../src/platform/errors/failure.ts";
import { newId } from "../../../src/platform/wire/uuid.ts";
import type { TestApi } from "../../support/api.ts";
import { log } from "../../support/environment.ts";
import { brokenInvariants } from "../../support/invariants.ts";
import { changesOn, changeWriterOn, placementsOn } from "../../support/order-repositories.ts";
import { shopWith } from "../../support/shop.ts";
import { type Operation, STOCK, USES } from "./operation.ts";

type Placing = Extract<Operation, { does: "place" }>;
type Step = Extract<Operation, { which: number }>;

export class RealShop {
  readonly #database: TestApi["database"];
  readonly #storeIds: string[];
  readonly #productIds: string[];
  readonly #userId = newId();
  /** It is its code, too. */
  readonly #promotionId = newId();
  readonly #by = { actorId: this.#userId, reason: "" };
  readonly #orders: string[] = [];
  readonly #stock: StockChanges;
  readonly #placements: ReturnType<typeof placementsOn>;
  readonly #changes: ReturnType<typeof changesOn>;
  readonly #writer: ReturnType<typeof changeWriterOn>;

  private constructor(database: TestApi["database"], storeIds: string[], productIds: string[]) {
    this.#database = database;
    this.#storeIds = storeIds;
    this.#productIds = productIds;
    this.#stock = new StockChanges(database);
    this.#placements = placementsOn(database);
    this.#changes = changesOn(database);
    this.#writer = changeWriterOn(database);
  }

  static async open(api: TestApi): Promise<RealShop> {
    const [first, second] = [await shopWith(api, { mug: STOCK, cup: STOCK }), await shopWith(api, { other: 0 })];
    const productIds = [first.products.mug, first.products.cup];
    const shop = new RealShop(api.database, [first.storeId, second.storeId], productIds);
    await shop.#furnish(second.storeId);
    return shop;
  }

  /** @returns the status of an order that was placed, `done`, or the reason of a refusal */
  async do(operation: Operation): Promise<string> {
    try {
      return await this.#carryOut(operation);
    } catch (error) {
      if (error instanceof Failure) return error.reason;
      throw error;
    }
  }

  async state() {
    const [promotion] = await runSql<{ redeemed_count: number }>(
      this.#database,
      "SELECT redeemed_count FROM orders.promotions WHERE id = $1",
      [this.#promotionId],
    );
    const orders = await runSql<{ status: string }>(
      this.#database,
      "SELECT status FROM orders.orders WHERE store_id = ANY($1) ORDER BY id",
      [this.#storeIds],
    );
    return { ...(await this.#grids()), statuses: orders.map(({ status }) => status), uses: promotion?.redeemed_count };
  }

  async broken(): Promise<string[]> {
    const found = await Promise.all(this.#storeIds.map((storeId) => brokenInvariants(this.#database, { storeId })));
    return found.flat();
  }

  async #furnish(storeId: string): Promise<void> {
    await runSql(
      this.#database,
      "INSERT INTO orders.promotions (id, code, fixed_amount, usage_limit) VALUES ($1, $2, 10, $3)",
      [this.#promotionId, this.#promotionId, USES],
    );
    for (const productId of this.#productIds)
      await this.#stock.set({ storeId, productId, quantity: BigInt(STOCK), expected: undefined }, this.#by, {});
  }

  async #carryOut(operation: Operation): Promise<string> {
    switch (operation.does) {
      case "place":
        return this.#place(operation);
      case "adjust": {
        const adjustment = { ...this.#keyOf(operation), kind: "ADJUSTMENT", delta: BigInt(operation.delta) } as const;
        await this.#stock.adjust(adjustment, this.#by, {});
        return "done";
      }
      case "transfer": {
        const { storeId: fromStoreId, productId } = this.#keyOf(operation);
        const toStoreId = this.#storeIds[1 - operation.store] ?? "";
        const quantity = BigInt(operation.quantity);
        await this.#stock.transfer({ fromStoreId, toStoreId, productId, quantity }, this.#by, {});
        return "done";
      }
      case "sweep":
        while ((await endHolds({ database: this.#database, writer: this.#writer, log })) > 0);
        return "done";
      default:
        return this.#step(operation);
    }
  }

  async #place({ store, quantities, hold, promoted }: Placing): Promise<string> {
    const lines = quantities.flatMap((quantity, product) =>
      quantity === 0 ? [] : [{ productId: this.#productIds[product] ?? "", quantity }],
    );
    if (lines.length === 0) return "nothing asked";
    const by = { userId: this.#userId, placedBy: this.#userId };
    const terms = { promoCode: promoted ? this.#promotionId : "", holdMs: hold ? 3_600_000 : undefined };
    const wish = { ...by, ...terms, storeId: this.#storeIds[store] ?? "", lines };
    const { order } = await this.#placements.place({ wish, claim: undefined }, {});
    this.#orders.push(order?.id ?? "");
    return statuses.find((status) => OrderStatus[status] === order?.status) ?? "no status";
  }

  async #step({ does, which }: Step): Promise<string> {
    const id = this.#orders[which % this.#orders.length];
    if (id === undefined) return "no order";
    const userId = this.#userId;
    if (does === "hold ends")
      await runSql(
        this.#database,
        "UPDATE orders.orders SET hold_expires_at = now() WHERE id = $1 AND status = 'PENDING'",
        [id],
      );
    else await this.#changes.change(id, { step: does, ownedBy: { user: userId }, etag: "", actorId: userId }, {});
    return "done";
  }

  #keyOf({ store, product }: { store: number; product: number }): { storeId: string; productId: string } {
    return { storeId: this.#storeIds[store] ?? "", productId: this.#productIds[product] ?? "" };
  }

  /** By store and product. */
  async #grids() {
    const rows = await runSql<{ store_id: string; product_id: string; quantity: string; reserved: string }>(
      this.#database,
      "SELECT store_id, product_id, quantity, reserved FROM inventory.stock WHERE store_id = ANY($1) AND product_id = ANY($2)",
      [this.#storeIds, this.#productIds],
    );
    const grid = (column: "quantity" | "reserved") =>
      this.#storeIds.map((storeId) =>
        this.#productIds.map((productId) =>
          Number(rows.find((row) => row.store_id === storeId && row.product_id === productId)?.[column]),
        ),
      );
    return { quantity: grid("quantity"), reserved: grid("reserved") };
  }
}
