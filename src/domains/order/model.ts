/** The Sequelize models of schema `orders`. */
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type NonAttribute,
  type Sequelize,
} from "sequelize";
import { bigint, optionalTime, text, timestamps, uuid, uuidKey, version } from "../../platform/database/columns.ts";

export const statuses = ["PENDING", "CONFIRMED", "REJECTED", "CANCELLED", "SHIPPED", "DELIVERED"] as const;
export type OrderStatus = (typeof statuses)[number];
export type CancelReason = "REQUESTED" | "HOLD_EXPIRED";

/** PostgreSQL's bigint arrives as text; amounts are minor units. */
export interface OrderRow extends Model<InferAttributes<OrderRow>, InferCreationAttributes<OrderRow>> {
  storeId: string;
  id: string;
  userId: string;
  /** Who called: the user, or the service that ordered for the user. */
  placedBy: string;
  status: OrderStatus;
  subtotal: string;
  discount: string;
  total: string;
  totalItems: number;
  promoCode: string;
  promotionId: CreationOptional<string | null>;
  holdExpiresAt: CreationOptional<Date | null>;
  cancelReason: CancelReason | null;
  version: CreationOptional<number>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
  items?: NonAttribute<ItemRow[]>;
}

export interface ItemRow extends Model<InferAttributes<ItemRow>, InferCreationAttributes<ItemRow>> {
  storeId: string;
  orderId: string;
  line: number;
  productId: string;
  sku: string;
  title: string;
  quantity: string;
  unitPrice: string;
  lineTotal: string;
  discount: string;
  available: string | null;
}

export interface OrderModels {
  orders: ModelStatic<OrderRow>;
  items: ModelStatic<ItemRow>;
}

export function orderModels(database: Sequelize): OrderModels {
  const orders = database.define<OrderRow>(
    "order",
    {
      storeId: uuidKey(),
      id: uuidKey(),
      userId: uuid(),
      placedBy: uuid(),
      status: text(),
      subtotal: bigint(),
      discount: bigint(),
      total: bigint(),
      totalItems: { type: DataTypes.INTEGER, allowNull: false },
      promoCode: text(),
      promotionId: { type: DataTypes.UUID },
      holdExpiresAt: optionalTime(),
      cancelReason: { type: DataTypes.TEXT },
      version: version(),
      ...timestamps(),
    },
    { schema: "orders", tableName: "orders", underscored: true },
  );
  const items = database.define<ItemRow>(
    "item",
    {
      storeId: uuidKey(),
      orderId: uuidKey(),
      line: { type: DataTypes.SMALLINT, primaryKey: true },
      productId: uuid(),
      sku: text(),
      title: text(),
      quantity: bigint(),
      unitPrice: bigint(),
      lineTotal: bigint(),
      discount: bigint(),
      available: { type: DataTypes.BIGINT },
    },
    { schema: "orders", tableName: "items", underscored: true, timestamps: false },
  );
  return { orders, items };
}
