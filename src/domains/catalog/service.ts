/** The RPC surface of the catalog: who asks, what they ask, what goes back. */
import { create } from "@bufbuild/protobuf";
import {
  CatalogService,
  type SearchProductsRequest,
  SearchProductsResponseSchema,
} from "../../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import type { ProductResult } from "../../../gen/bodega/catalog/v1/product_pb.ts";
import type { Money } from "../../../gen/google/type/money_pb.ts";
import { invalidField } from "../../platform/errors/failure.ts";
import { toInt32 } from "../../platform/wire/int32.ts";
import { type Currency, fromMoney } from "../../platform/wire/money.ts";
import type { Call } from "../../rpc/call.ts";
import { required, type Service, service } from "../../rpc/service.ts";
import { thumbnailOf } from "../media/image-name.ts";
import { type CachedReads, HOUR_MS, MINUTE_MS } from "./cached-reads.ts";
import type { Categories, Visibility } from "./categories.ts";
import type { Images } from "./images.ts";
import { categoryChanges, productChanges, toCategory, toProduct } from "./mapping.ts";
import type { Products } from "./products.ts";
import { productOrders, type ProductOrder, type Search } from "./search/search.ts";

export interface CatalogDeps {
  categories: Categories;
  products: Products;
  images: Images;
  /** Keeps the bytes; @returns the URI under which they are served. @throws Failure IMAGE_UNREADABLE, IMAGE_TOO_LARGE */
  keepPicture: (content: Uint8Array) => Promise<string>;
  search: Search;
  /** @throws Failure STORE_NOT_FOUND */
  requireStore: (id: string) => Promise<void>;
  reads: CachedReads;
  currency: Currency;
}

export function catalogService({
  categories,
  products,
  search,
  images,
  keepPicture,
  requireStore,
  reads,
  currency,
}: CatalogDeps): Service {
  return service(CatalogService, {
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

    async createProduct(request, call) {
      const { sku, title, description, price, categoryId, featured, active } = required(request.product, "product");
      const minor = fromMoney(required(price, "product.price"), currency, "product.price");
      const product = {
        sku,
        title,
        description,
        price: minor,
        categoryId,
        featured: featured ?? false,
        active: active ?? true,
      };
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

    async listProducts({ storeId, ...wish }, call) {
      if (storeId !== "") await requireStore(storeId);
      // What is found does not depend on the store; what it has is asked for each time.
      const request = { ...wish, storeId: "" };
      const found = await reads.read({ method: rpc.listProducts, request, call }, PAGE, async () => {
        const { categoryId, featured, active, orderBy, ...page } = request;
        const filter = { categoryId: given(categoryId), featured, active, ...visibilityFor(call) };
        const { rows, nextPageToken } = await search.list({ filter, order: orderOf(orderBy, "newest") }, page);
        return { results: rows.map((row) => ({ product: toProduct(row, currency) })), nextPageToken };
      });
      return { ...found, results: await withQuantities(found.results, given(storeId)) };
    },

    async searchProducts({ storeId, ...wish }, call) {
      if (storeId !== "") await requireStore(storeId);
      const { inStock } = wish;
      // Without `in_stock` the store says nothing about what is found.
      const request = { ...wish, storeId: inStock === undefined ? "" : storeId };
      const compute = () => find(request, call);
      if (inStock !== undefined) {
        const found = create(SearchProductsResponseSchema, await reads.fresh(compute, call));
        return storeId === "" ? found : { ...found, results: await withQuantities(found.results, storeId) };
      }
      const keeping = storeId === "" ? WHOLE_PAGE : PAGE;
      const found = await reads.read({ method: rpc.searchProducts, request, call }, keeping, compute);
      return storeId === "" ? found : { ...found, results: await withQuantities(found.results, storeId) };
    },

    // Never as a whole: the limit counts every one.
    suggestProducts: (request, call) =>
      reads.read({ method: rpc.suggestProducts, request, call }, PAGE, async () => ({
        titles: await search.suggest(request.query),
      })),

    async uploadProductImage({ id, content }, call) {
      await products.get(id, { inactive: true });
      const imageUri = await keepPicture(content);
      await images.setProductImage(id, imageUri, call);
      return { imageUri, thumbnailUri: thumbnailOf(imageUri) };
    },

    async uploadCategoryImage({ id, content }, call) {
      await categories.get(id, { inactive: true });
      const imageUri = await keepPicture(content);
      await images.setCategoryImage(id, imageUri, call);
      return { imageUri, thumbnailUri: thumbnailOf(imageUri) };
    },
  });

  async function find(request: SearchProductsRequest, call: Call) {
    const { query, categoryId, category, storeId, minPrice, maxPrice, inStock, featured, active, orderBy, ...page } =
      request;
    const filter = {
      words: query.trim() === "" ? undefined : { typed: query.trim() },
      categoryId: given(categoryId),
      category: given(category),
      storeId: given(storeId),
      ...priceRange(minPrice, maxPrice, currency),
      inStock,
      featured,
      active,
      ...visibilityFor(call),
    };
    const order = orderOf(orderBy, filter.words === undefined ? "newest" : "relevance");
    const [found, typed] = await Promise.all([search.find({ filter, order }, page), search.count(filter)]);
    const { rows, nextPageToken } = found.page;
    const { total, isEstimate, facets } = found.filter === filter ? typed : await search.count(found.filter);
    return {
      results: rows.map((row) => ({ product: toProduct(row, currency) })),
      nextPageToken,
      totalSize: toInt32(BigInt(total)),
      totalSizeIsEstimate: isEstimate,
      facets,
    };
  }

  async function withQuantities(results: ProductResult[], storeId: string | undefined): Promise<ProductResult[]> {
    const quantities = await search.quantities(
      results.map(({ product }) => product?.id ?? ""),
      storeId,
    );
    return results.map((result) => ({ ...result, quantity: toInt32(quantities.get(result.product?.id ?? "") ?? 0n) }));
  }
}

const rpc = CatalogService.method;
const ROW = { keepMs: HOUR_MS, whole: true };
const PAGE = { keepMs: MINUTE_MS, whole: false };
const WHOLE_PAGE = { keepMs: MINUTE_MS, whole: true };

function visibilityFor({ caller }: Call): Visibility {
  return { inactive: caller?.role === "ADMIN" };
}

/** Proto3 cannot tell an absent string from an empty one; a filter can. */
function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function orderOf(orderBy: string, fallback: ProductOrder): ProductOrder {
  return productOrders.find((word) => word === orderBy) ?? fallback;
}

function priceRange(minPrice: Money | undefined, maxPrice: Money | undefined, currency: Currency) {
  const min = minPrice === undefined ? undefined : fromMoney(minPrice, currency, "min_price");
  const max = maxPrice === undefined ? undefined : fromMoney(maxPrice, currency, "max_price");
  if (min !== undefined && max !== undefined && min > max) throw invalidField("min_price", "is above max_price");
  return { minPrice: min, maxPrice: max };
}
