/** The repositories that place and change orders, on a test's own database, without an API around them. */
import { create } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { cartSource } from "../../src/cart/checkout.ts";
import { ChangeWriter } from "../../src/order/change-writer.ts";
import { OrderChanges } from "../../src/order/changes.ts";
import { factReader } from "../../src/order/facts.ts";
import { placedOrder } from "../../src/order/mapping.ts";
import { Orders } from "../../src/order/orders.ts";
import { Placements } from "../../src/order/placements.ts";
import { currencyOf } from "../../src/platform/money.ts";
import { PageTokens } from "../../src/platform/page-token.ts";
import { statementRunner } from "../../src/platform/prepared.ts";
import { Promotions } from "../../src/promotion/promotions.ts";

export function placementsOn(database: Sequelize): Placements {
  const statements = statementRunner({ prepared: true });
  return new Placements({
    database,
    statements,
    facts: factReader(statements, cartSource),
    cartSource,
    orderLimit: undefined,
    answer: (order) => create(PlaceOrderResponseSchema, { order: placedOrder(order, currencyOf("USD")) }),
    onEvents: () => undefined,
  });
}

export function changesOn(database: Sequelize): OrderChanges {
  return new OrderChanges(database, {
    orders: new Orders(database, new PageTokens(Buffer.alloc(32))),
    writer: changeWriterOn(database),
  });
}

export function changeWriterOn(database: Sequelize): ChangeWriter {
  return new ChangeWriter(database, { promotions: new Promotions(database), onEvents: () => undefined });
}
