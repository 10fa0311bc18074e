/** Stores, and the ledger of their stock. */
import { create } from "@bufbuild/protobuf";
import { InventoryService } from "../../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import {
  type StockMovement,
  StockMovementKind,
  StockMovementSchema,
} from "../../../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { type Store, StoreSchema } from "../../../../gen/bodega/inventory/v1/store_pb.ts";
import { among, momentOf, type Query, reading, type Resource, writing, yesNo } from "./resource.ts";
import { things } from "../words/things.ts";

const { method } = InventoryService;

export const stores: Resource<Store> = {
  path: "stores",
  ...things.store,
  schema: StoreSchema,
  blank: () => create(StoreSchema, { active: true }),
  title: ({ name }) => name,
  list: reading(
    method.listStores,
    ({ filters, pageSize, pageToken }: Query) => ({ pageSize, pageToken, active: yesNo(filters["active"]) }),
    ({ stores, nextPageToken }) => ({ rows: stores, nextPageToken }),
  ),
  get: reading(
    method.getStore,
    (id: string) => ({ id }),
    ({ store }) => store,
  ),
  create: writing(
    method.createStore,
    "store",
    (store: Store, { requestId }) => ({ store, requestId }),
    ({ store }) => ({ row: store }),
  ),
  update: writing(
    method.updateStore,
    "store",
    (store: Store, { paths }) => ({ store, updateMask: { paths } }),
    ({ store }) => ({ row: store }),
  ),
  remove: reading(
    method.deleteStore,
    ({ id, etag }: Store) => ({ id, etag }),
    () => undefined,
  ),
};

export const movements: Resource<StockMovement> = {
  path: "ledger",
  ...things.movement,
  schema: StockMovementSchema,
  blank: () => create(StockMovementSchema),
  title: ({ id }) => id,
  list: reading(
    method.listStockMovements,
    ({ filters, pageSize, pageToken }: Query) => ({
      pageSize,
      pageToken,
      storeId: filters["store"] ?? "",
      productId: filters["product"] ?? "",
      orderId: filters["order"] ?? "",
      kind: among(StockMovementKind, filters["kind"]),
      startTime: momentOf(filters["from"]),
      endTime: momentOf(filters["until"]),
    }),
    ({ movements, nextPageToken }) => ({ rows: movements, nextPageToken }),
  ),
};
