/** Rows of the catalog as messages, and what a message changes in a row. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type FieldMask, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Category, CategorySchema } from "../../../gen/bodega/catalog/v1/category_pb.ts";
import { type Product, ProductSchema } from "../../../gen/bodega/catalog/v1/product_pb.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import { type Currency, fromMoney, toMoney } from "../../platform/wire/money.ts";
import { thumbnailOf } from "../media/image-name.ts";
import { pathsToWrite } from "../../platform/wire/update-mask.ts";
import { required } from "../../rpc/service.ts";
import type { NewCategory } from "./categories.ts";
import type { CategoryRow, ProductRecord } from "./model.ts";
import type { NewProduct } from "./products.ts";

export function toCategory(row: CategoryRow): MessageInitShape<typeof CategorySchema> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    imageUri: row.imageUri,
    thumbnailUri: thumbnailOf(row.imageUri),
    active: row.active,
    createTime: timestampFromDate(row.createdAt),
    updateTime: timestampFromDate(row.updatedAt),
    etag: etagOf(row.version),
  };
}

export function toProduct(row: ProductRecord, currency: Currency): MessageInitShape<typeof ProductSchema> {
  return {
    id: row.id,
    sku: row.sku,
    title: row.title,
    description: row.description,
    price: toMoney(BigInt(row.price), currency),
    categoryId: row.category_id,
    category: row.category,
    imageUri: row.image_uri,
    thumbnailUri: thumbnailOf(row.image_uri),
    featured: row.featured,
    active: row.active,
    createTime: timestampFromDate(row.created_at),
    updateTime: timestampFromDate(row.updated_at),
    etag: etagOf(row.version),
  };
}

/** @throws Failure UNKNOWN_UPDATE_PATH */
export function categoryChanges(resource: Category, mask: FieldMask | undefined): Partial<NewCategory> {
  const paths = pathsToWrite(CategorySchema, { resource, mask, allowed: ["name", "description", "active"] });
  const { name, description, active = false } = resource;
  return chosen({ name, description, active }, paths);
}

const PRODUCT_PATHS = ["sku", "title", "description", "price", "category_id", "featured", "active"] as const;

/** A flag that the mask names and the product leaves out is cleared. @throws Failure UNKNOWN_UPDATE_PATH, WRONG_CURRENCY, AMOUNT_TOO_PRECISE */
export function productChanges(
  resource: Product,
  mask: FieldMask | undefined,
  currency: Currency,
): Partial<NewProduct> {
  const paths = pathsToWrite(ProductSchema, { resource, mask, allowed: PRODUCT_PATHS });
  const { sku, title, description, price, categoryId, featured = false, active = false } = resource;
  const changes: Partial<NewProduct> = chosen({ sku, title, description, featured, active }, paths);
  if (paths.includes("category_id")) changes.categoryId = categoryId;
  if (paths.includes("price")) changes.price = fromMoney(required(price, "product.price"), currency, "product.price");
  return changes;
}

/** Those of the values that the paths name. */
function chosen<T extends object>(values: T, paths: readonly string[]): Partial<T> {
  const kept: Partial<T> = { ...values };
  for (const name of Object.keys(kept)) if (!paths.includes(name)) Reflect.deleteProperty(kept, name);
  return kept;
}
