/** The repository that places orders, on a test's own database, without an API around it. */
import { create } from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { PlaceOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { placedOrder } from "../../src/order/mapping.ts";
import { Placements } from "../../src/order/placements.ts";
import { currencyOf } from "../../src/platform/money.ts";
import { statementRunner } from "../../src/platform/prepared.ts";
import { Promotions } from "../../src/promotion/promotions.ts";

export function placementsOn(database: Sequelize): Placements {
  return new Placements({
    database,
    statements: statementRunner({ prepared: true }),
    promotions: new Promotions(database),
    answer: (order) => create(PlaceOrderResponseSchema, { order: placedOrder(order, currencyOf("USD")) }),
    onEvents: () => undefined,
  });
}
