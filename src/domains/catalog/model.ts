/** The Sequelize models of schema `catalog`. */
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

export interface CategoryRow extends Model<InferAttributes<CategoryRow>, InferCreationAttributes<CategoryRow>> {
  id: string;
  name: string;
  description: string;
  imageUri: CreationOptional<string>;
  active: boolean;
  version: CreationOptional<number>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

export function categoryModel(database: Sequelize): ModelStatic<CategoryRow> {
  return database.define<CategoryRow>(
    "category",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      description: { type: DataTypes.TEXT, allowNull: false },
      imageUri: { type: DataTypes.TEXT, allowNull: false, defaultValue: "" },
      active: { type: DataTypes.BOOLEAN, allowNull: false },
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      ...timestamps,
    },
    { schema: "catalog", tableName: "categories", underscored: true },
  );
}

export interface ProductRow extends Model<InferAttributes<ProductRow>, InferCreationAttributes<ProductRow>> {
  id: string;
  sku: string;
  title: string;
  description: string;
  /** Minor units; PostgreSQL's bigint arrives as text. */
  price: string;
  categoryId: string;
  imageUri: CreationOptional<string>;
  featured: boolean;
  active: boolean;
  version: CreationOptional<number>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
  /** Past orders point at it; the catalog has it no more. */
  deletedAt: CreationOptional<Date | null>;
}

/** A product with its category's name, as the statements that read give it; bigint columns arrive as text. */
export interface ProductRecord {
  id: string;
  sku: string;
  title: string;
  description: string;
  price: string;
  category_id: string;
  category: string;
  image_uri: string;
  featured: boolean;
  active: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export function productModel(database: Sequelize): ModelStatic<ProductRow> {
  return database.define<ProductRow>(
    "product",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      sku: { type: DataTypes.TEXT, allowNull: false },
      title: { type: DataTypes.TEXT, allowNull: false },
      description: { type: DataTypes.TEXT, allowNull: false },
      price: { type: DataTypes.BIGINT, allowNull: false },
      categoryId: { type: DataTypes.UUID, allowNull: false },
      imageUri: { type: DataTypes.TEXT, allowNull: false, defaultValue: "" },
      featured: { type: DataTypes.BOOLEAN, allowNull: false },
      active: { type: DataTypes.BOOLEAN, allowNull: false },
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      ...timestamps,
      deletedAt: { type: DataTypes.DATE },
    },
    { schema: "catalog", tableName: "products", underscored: true },
  );
}
