/** The RPC surface of the catalog: who asks, what they ask, what goes back. */
import { CatalogService } from "../../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import type { Product } from "../../../gen/bodega/catalog/v1/product_pb.ts";
import { type Currency, fromMoney } from "../../platform/wire/money.ts";
import { type Handlers, required, type Service, service } from "../../rpc/service.ts";
import { thumbnailOf } from "../media/image-name.ts";
import { type CachedReads, HOUR_MS } from "./cached-reads.ts";
import type { Categories } from "./categories.ts";
import type { Images } from "./images.ts";
import { categoryChanges, productChanges, toCategory, toProduct } from "./mapping.ts";
import type { NewProduct, Products } from "./products.ts";
import type { FoundProducts } from "./search/found-products.ts";
import { visibilityFor } from "./visibility.ts";

export interface CatalogDeps {
  categories: Categories;
  products: Products;
  images: Images;
  /** Keeps the bytes; @returns the URI under which they are served. @throws Failure IMAGE_UNREADABLE, IMAGE_TOO_LARGE */
  storeImage: (content: Uint8Array) => Promise<string>;
  foundProducts: FoundProducts;
  reads: CachedReads;
  currency: Currency;
}

type CatalogHandlers = Handlers<typeof CatalogService>;

const rpc = CatalogService.method;
const ROW = { keepMs: HOUR_MS, whole: true };

export function catalogService(deps: CatalogDeps): Service {
  return service(CatalogService, {
    ...categoryHandlers(deps),
    ...productHandlers(deps),
    ...foundProductHandlers(deps),
    ...imageHandlers(deps),
  });
}

function categoryHandlers({ categories, reads }: CatalogDeps): CatalogHandlers {
  return {
    async createCategory(request) {
      const { name, description, active } = required(request.category, "category");
      return { category: toCategory(await categories.create({ name, description, active: active ?? true })) };
    },

    async updateCategory({ category, updateMask }, call) {
      const resource = required(category, "category");
      const changes = categoryChanges(resource, updateMask);
      return { category: toCategory(await categories.update(resource.id, changes, resource, call)) };
    },

    async deleteCategory({ id, etag }, call) {
      await categories.delete(id, { etag }, call);
      return {};
    },

    getCategory: (request, call) =>
      reads.read({ method: rpc.getCategory, request, call }, ROW, async () => {
        return { category: toCategory(await categories.get(request.id, visibilityFor(call))) };
      }),

    listCategories: (request, call) =>
      reads.read({ method: rpc.listCategories, request, call }, ROW, async () => {
        const { active, ...page } = request;
        const { rows, nextPageToken } = await categories.list(page, { active, ...visibilityFor(call) });
        return { categories: rows.map(toCategory), nextPageToken };
      }),
  };
}

function productHandlers({ products, reads, currency }: CatalogDeps): CatalogHandlers {
  return {
    async createProduct(request, call) {
      const product = toNewProduct(required(request.product, "product"), currency);
      return { product: toProduct(await products.create(product, call), currency) };
    },

    async updateProduct({ product, updateMask }, call) {
      const resource = required(product, "product");
      const changes = productChanges(resource, updateMask, currency);
      return { product: toProduct(await products.update(resource.id, changes, resource, call), currency) };
    },

    async deleteProduct({ id, etag }, call) {
      await products.delete(id, { etag }, call);
      return {};
    },

    batchGetProducts: (request, call) =>
      reads.read({ method: rpc.batchGetProducts, request, call }, ROW, async () => {
        const rows = await products.batchGet(request.ids, visibilityFor(call));
        return { products: rows.map((row) => toProduct(row, currency)) };
      }),

    getProduct: (request, call) =>
      reads.read({ method: rpc.getProduct, request, call }, ROW, async () => {
        return { product: toProduct(await products.get(request.id, visibilityFor(call)), currency) };
      }),
  };
}

function toNewProduct(product: Product, currency: Currency): NewProduct {
  const { sku, title, description, categoryId, featured, active } = product;
  const price = fromMoney(required(product.price, "product.price"), currency, "product.price");
  return { sku, title, description, price, categoryId, featured: featured ?? false, active: active ?? true };
}

function foundProductHandlers({ foundProducts }: CatalogDeps): CatalogHandlers {
  return {
    listProducts: (request, call) => foundProducts.list(request, call),
    searchProducts: (request, call) => foundProducts.find(request, call),
    suggestProducts: (request, call) => foundProducts.suggest(request, call),
  };
}

function imageHandlers({ categories, products, images, storeImage }: CatalogDeps): CatalogHandlers {
  return {
    async uploadProductImage({ id, content }, call) {
      await products.get(id, { inactive: true });
      const imageUri = await storeImage(content);
      await images.setProductImage(id, imageUri, call);
      return { imageUri, thumbnailUri: thumbnailOf(imageUri) };
    },

    async uploadCategoryImage({ id, content }, call) {
      await categories.get(id, { inactive: true });
      const imageUri = await storeImage(content);
      await images.setCategoryImage(id, imageUri, call);
      return { imageUri, thumbnailUri: thumbnailOf(imageUri) };
    },
  };
}
