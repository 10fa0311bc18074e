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
import { boolean, text, timestamps, uuidKey, version } from "../../platform/database/columns.ts";

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
      id: uuidKey(),
      name: text(),
      address: text(),
      phone: text(),
      lowStockThreshold: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      active: boolean(),
      version: version(),
      ...timestamps(),
    },
    { schema: "inventory", tableName: "stores", underscored: true },
  );
}
