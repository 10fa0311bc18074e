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
import { timestamps } from "../../platform/database/database.ts";

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
      storeId: { type: DataTypes.UUID, primaryKey: true },
      id: { type: DataTypes.UUID, primaryKey: true },
      userId: { type: DataTypes.UUID, allowNull: false },
      placedBy: { type: DataTypes.UUID, allowNull: false },
      status: { type: DataTypes.TEXT, allowNull: false },
      subtotal: { type: DataTypes.BIGINT, allowNull: false },
      discount: { type: DataTypes.BIGINT, allowNull: false },
      total: { type: DataTypes.BIGINT, allowNull: false },
      totalItems: { type: DataTypes.INTEGER, allowNull: false },
      promoCode: { type: DataTypes.TEXT, allowNull: false },
      promotionId: { type: DataTypes.UUID },
      holdExpiresAt: { type: DataTypes.DATE },
      cancelReason: { type: DataTypes.TEXT },
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      ...timestamps,
    },
    { schema: "orders", tableName: "orders", underscored: true },
  );
  const items = database.define<ItemRow>(
    "item",
    {
      storeId: { type: DataTypes.UUID, primaryKey: true },
      orderId: { type: DataTypes.UUID, primaryKey: true },
      line: { type: DataTypes.SMALLINT, primaryKey: true },
      productId: { type: DataTypes.UUID, allowNull: false },
      sku: { type: DataTypes.TEXT, allowNull: false },
      title: { type: DataTypes.TEXT, allowNull: false },
      quantity: { type: DataTypes.BIGINT, allowNull: false },
      unitPrice: { type: DataTypes.BIGINT, allowNull: false },
      lineTotal: { type: DataTypes.BIGINT, allowNull: false },
      discount: { type: DataTypes.BIGINT, allowNull: false },
      available: { type: DataTypes.BIGINT },
    },
    { schema: "orders", tableName: "items", underscored: true, timestamps: false },
  );
  return { orders, items };
}
