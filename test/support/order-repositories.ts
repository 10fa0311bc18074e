/** The repositories that place and change orders, on a test's own database, without an API around them. */
import { create } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { cartSource } from "../../src/domains/cart/checkout.ts";
import { ChangeWriter } from "../../src/domains/order/change/change-writer.ts";
import { OrderChanges } from "../../src/domains/order/change/change-orders.ts";
import { factReader } from "../../src/domains/order/place/read-facts.ts";
import { placedOrder } from "../../src/domains/order/mapping.ts";
import { Orders } from "../../src/domains/order/orders.ts";
import { PlaceOrders } from "../../src/domains/order/place/place-orders.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { PageTokens } from "../../src/platform/wire/page-token.ts";
import { statementRunner } from "../../src/platform/database/prepared-statements.ts";
import { Redemptions } from "../../src/domains/promotion/redemptions.ts";

export function placementsOn(database: Sequelize): PlaceOrders {
  const statements = statementRunner({ prepared: true });
  return new PlaceOrders({
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
  return new ChangeWriter(database, { promotions: new Redemptions(database), onEvents: () => undefined });
}
