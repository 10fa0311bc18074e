/** The model: the orders and the stock in a few lines, without a database. */
import type { OrderStatus as Status } from "../../../src/domains/order/model.ts";
import { type Operation, STOCK, USES } from "./operation.ts";

interface ModelOrder {
  store: number;
  status: Status;
  quantities: number[];
  promoted: boolean;
  holdEnded: boolean;
}

/** What should be: sellable and reserved quantities by store and product, the orders, the uses of the one code. */
export class ModelShop {
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
