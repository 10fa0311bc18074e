/** Products and categories. */
import { create } from "@bufbuild/protobuf";
import { CatalogService } from "../../../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { type Category, CategorySchema } from "../../../../gen/bodega/catalog/v1/category_pb.ts";
import { type Product, ProductSchema } from "../../../../gen/bodega/catalog/v1/product_pb.ts";
import { type Query, reading, type Resource, writing, yesNo } from "./resource.ts";
import { things } from "../words/things.ts";

const { method } = CatalogService;

export const products: Resource<Product> = {
  path: "products",
  ...things.product,
  schema: ProductSchema,
  blank: () => create(ProductSchema, { active: true }),
  title: ({ title }) => title,
  list: reading(
    method.searchProducts,
    ({ filters, ...rest }: Query) => ({
      ...rest,
      categoryId: filters["category"] ?? "",
      active: yesNo(filters["active"]),
      featured: yesNo(filters["featured"]),
      inStock: yesNo(filters["stock"]),
    }),
    ({ results, nextPageToken, totalSize, totalSizeIsEstimate }) => ({
      rows: results.flatMap(({ product }) => product ?? []),
      nextPageToken,
      total: { size: totalSize, estimated: totalSizeIsEstimate },
    }),
  ),
  get: reading(
    method.getProduct,
    (id: string) => ({ id }),
    ({ product }) => product,
  ),
  create: writing(
    method.createProduct,
    "product",
    (product: Product, { requestId }) => ({ product, requestId }),
    ({ product }) => ({ row: product }),
  ),
  update: writing(
    method.updateProduct,
    "product",
    (product: Product, { paths }) => ({ product, updateMask: { paths } }),
    ({ product }) => ({ row: product }),
  ),
  remove: reading(
    method.deleteProduct,
    ({ id, etag }: Product) => ({ id, etag }),
    () => undefined,
  ),
};

export const categories: Resource<Category> = {
  path: "categories",
  ...things.category,
  schema: CategorySchema,
  blank: () => create(CategorySchema, { active: true }),
  title: ({ name }) => name,
  list: reading(
    method.listCategories,
    ({ filters, pageSize, pageToken }: Query) => ({ pageSize, pageToken, active: yesNo(filters["active"]) }),
    ({ categories, nextPageToken }) => ({ rows: categories, nextPageToken }),
  ),
  get: reading(
    method.getCategory,
    (id: string) => ({ id }),
    ({ category }) => category,
  ),
  create: writing(
    method.createCategory,
    "category",
    (category: Category, { requestId }) => ({ category, requestId }),
    ({ category }) => ({ row: category }),
  ),
  update: writing(
    method.updateCategory,
    "category",
    (category: Category, { paths }) => ({ category, updateMask: { paths } }),
    ({ category }) => ({ row: category }),
  ),
  remove: reading(
    method.deleteCategory,
    ({ id, etag }: Category) => ({ id, etag }),
    () => undefined,
  ),
};

interface Image {
  id: string;
  content: Uint8Array<ArrayBuffer>;
}

export const productImage = reading(
  method.uploadProductImage,
  (image: Image) => image,
  () => undefined,
);
export const categoryImage = reading(
  method.uploadCategoryImage,
  (image: Image) => image,
  () => undefined,
);
