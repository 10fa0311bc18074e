/** The Sequelize models of schema `inventory`. */
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from "sequelize";
import { timestamps } from "../../platform/database/database.ts";

export interface StoreRow extends Model<InferAttributes<StoreRow>, InferCreationAttributes<StoreRow>> {
  id: string;
  name: string;
  address: string;
  phone: string;
  lowStockThreshold: CreationOptional<number>;
  active: boolean;
  version: CreationOptional<number>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

export function storeModel(database: Sequelize): ModelStatic<StoreRow> {
  return database.define<StoreRow>(
    "store",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      address: { type: DataTypes.TEXT, allowNull: false },
      phone: { type: DataTypes.TEXT, allowNull: false },
      lowStockThreshold: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      active: { type: DataTypes.BOOLEAN, allowNull: false },
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      ...timestamps,
    },
    { schema: "inventory", tableName: "stores", underscored: true },
  );
}
