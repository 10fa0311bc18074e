/**
 * What searches and lists of products answer: what is found is kept for a while, what a store has of it never.
 *
 * Without `in_stock` the store says nothing about what is found, so one answer serves all stores, and each gets its own
 * quantities.
 */
import { create } from "@bufbuild/protobuf";
import {
  CatalogService,
  type ListProductsRequest,
  type ListProductsResponse,
  type SearchProductsRequest,
  type SearchProductsResponse,
  SearchProductsResponseSchema,
  type SuggestProductsRequest,
  type SuggestProductsResponse,
} from "../../../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import type { ProductResult } from "../../../../gen/bodega/catalog/v1/product_pb.ts";
import type { Money } from "../../../../gen/google/type/money_pb.ts";
import { invalidField } from "../../../platform/errors/failure.ts";
import { toInt32 } from "../../../platform/wire/int32.ts";
import { type Currency, fromMoney } from "../../../platform/wire/money.ts";
import type { Call } from "../../../rpc/call.ts";
import { given } from "../../../rpc/service.ts";
import { type CachedReads, MINUTE_MS } from "../cached-reads.ts";
import { toProduct } from "../mapping.ts";
import { visibilityFor } from "../visibility.ts";
import type { ProductFilter } from "./product-filter.ts";
import { type ProductOrder, productOrders, type Search } from "./search.ts";

export interface FoundProductsDeps {
  search: Search;
  reads: CachedReads;
  /** @throws Failure STORE_NOT_FOUND */
  requireStore: (id: string) => Promise<void>;
  currency: Currency;
}

const rpc = CatalogService.method;
const PAGE = { keepMs: MINUTE_MS, whole: false };
const WHOLE_PAGE = { keepMs: MINUTE_MS, whole: true };

export class FoundProducts {
  readonly #search: Search;
  readonly #reads: CachedReads;
  readonly #requireStore: FoundProductsDeps["requireStore"];
  readonly #currency: Currency;

  constructor({ search, reads, requireStore, currency }: FoundProductsDeps) {
    this.#search = search;
    this.#reads = reads;
    this.#requireStore = requireStore;
    this.#currency = currency;
  }

  /** @throws Failure STORE_NOT_FOUND, INVALID_PAGE_TOKEN */
  async list({ storeId, ...rest }: ListProductsRequest, call: Call): Promise<ListProductsResponse> {
    if (storeId !== "") await this.#requireStore(storeId);
    const request = { ...rest, storeId: "" };
    const found = await this.#reads.read({ method: rpc.listProducts, request, call }, PAGE, async () => {
      const { categoryId, featured, active, orderBy, ...page } = request;
      const filter = { categoryId: given(categoryId), featured, active, ...visibilityFor(call) };
      const { rows, nextPageToken } = await this.#search.list({ filter, order: orderOf(orderBy, "newest") }, page);
      return { results: rows.map((row) => ({ product: toProduct(row, this.#currency) })), nextPageToken };
    });
    return { ...found, results: await this.#withQuantities(found.results, given(storeId)) };
  }

  /** @throws Failure STORE_NOT_FOUND, INVALID_FIELDS, INVALID_PAGE_TOKEN */
  async find({ storeId, ...rest }: SearchProductsRequest, call: Call): Promise<SearchProductsResponse> {
    if (storeId !== "") await this.#requireStore(storeId);
    const found = await this.#found({ ...rest, storeId: rest.inStock === undefined ? "" : storeId }, storeId, call);
    return storeId === "" ? found : { ...found, results: await this.#withQuantities(found.results, storeId) };
  }

  /** Never given again as a whole: the limit counts every one. */
  suggest(request: SuggestProductsRequest, call: Call): Promise<SuggestProductsResponse> {
    return this.#reads.read({ method: rpc.suggestProducts, request, call }, PAGE, async () => ({
      titles: await this.#search.suggest(request.query),
    }));
  }

  async #found(request: SearchProductsRequest, storeId: string, call: Call): Promise<SearchProductsResponse> {
    const compute = () => this.#answer(request, call);
    // What depends on stock is never kept.
    if (request.inStock !== undefined)
      return create(SearchProductsResponseSchema, await this.#reads.fresh(compute, call));
    const keeping = storeId === "" ? WHOLE_PAGE : PAGE;
    return this.#reads.read({ method: rpc.searchProducts, request, call }, keeping, compute);
  }

  async #answer(request: SearchProductsRequest, call: Call) {
    const filter = filterOf(request, this.#currency, call);
    const order = orderOf(request.orderBy, filter.words === undefined ? "newest" : "relevance");
    const { pageSize, pageToken } = request;
    const [found, typed] = await Promise.all([
      this.#search.find({ filter, order }, { pageSize, pageToken }),
      this.#search.count(filter),
    ]);
    const { rows, nextPageToken } = found.page;
    const { total, isEstimate, facets } = found.filter === filter ? typed : await this.#search.count(found.filter);
    return {
      results: rows.map((row) => ({ product: toProduct(row, this.#currency) })),
      nextPageToken,
      totalSize: toInt32(BigInt(total)),
      totalSizeIsEstimate: isEstimate,
      facets,
    };
  }

  async #withQuantities(results: ProductResult[], storeId: string | undefined): Promise<ProductResult[]> {
    const ids = results.map(({ product }) => product?.id ?? "");
    const quantities = await this.#search.quantities(ids, storeId);
    return results.map((result) => ({ ...result, quantity: toInt32(quantities.get(result.product?.id ?? "") ?? 0n) }));
  }
}

function filterOf(request: SearchProductsRequest, currency: Currency, call: Call): ProductFilter {
  const { query, categoryId, category, storeId, minPrice, maxPrice, inStock, featured, active } = request;
  return {
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
