/** The Sequelize models of schema `catalog`. */
import {
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from "sequelize";
import {
  bigint,
  boolean,
  optionalTime,
  text,
  timestamps,
  uuid,
  uuidKey,
  version,
} from "../../platform/database/columns.ts";

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
      id: uuidKey(),
      name: text(),
      description: text(),
      imageUri: text({ defaultValue: "" }),
      active: boolean(),
      version: version(),
      ...timestamps(),
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
      id: uuidKey(),
      sku: text(),
      title: text(),
      description: text(),
      price: bigint(),
      categoryId: uuid(),
      imageUri: text({ defaultValue: "" }),
      featured: boolean(),
      active: boolean(),
      version: version(),
      ...timestamps(),
      deletedAt: optionalTime(),
    },
    { schema: "catalog", tableName: "products", underscored: true },
  );
}
