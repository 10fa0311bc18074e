/** The RPC surface of inventory: stores, what they have, and the ledger behind it. */
import {
  InventoryService,
  type ListStockMovementsRequest,
} from "../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { StockMovementKind } from "../../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { type Store, StoreSchema } from "../../../gen/bodega/inventory/v1/store_pb.ts";
import { wholeMsFrom } from "../../platform/wire/uuid.ts";
import type { Currency } from "../../platform/wire/money.ts";
import { pathsToWrite } from "../../platform/wire/update-mask.ts";
import { callerOf } from "../../rpc/call.ts";
import { given, type Handlers, required, type Service, service } from "../../rpc/service.ts";
import type { Ledger, MovementFilter } from "./stock-ledger.ts";
import { toInventoryItem, toKind, toMovement, toStock, toStore, totalOf } from "./mapping.ts";
import type { StockChanges } from "./adjust-stock.ts";
import type { Stock } from "./stock.ts";
import type { NewStore, Stores } from "./stores.ts";

export interface InventoryDeps {
  stores: Stores;
  stock: Stock;
  stockChanges: StockChanges;
  ledger: Ledger;
  currency: Currency;
}

type InventoryHandlers = Handlers<typeof InventoryService>;

export function inventoryService(deps: InventoryDeps): Service {
  return service(InventoryService, {
    ...storeHandlers(deps),
    ...stockChangeHandlers(deps),
    ...stockReadHandlers(deps),
  });
}

function storeHandlers({ stores }: InventoryDeps): InventoryHandlers {
  return {
    async createStore(request) {
      return { store: toStore(await stores.create(toNewStore(required(request.store, "store")))) };
    },

    async getStore({ id }) {
      return { store: toStore(await stores.get(id, "id")) };
    },

    async listStores({ active, ...page }) {
      const { rows, nextPageToken } = await stores.list({ active }, page);
      return { stores: rows.map(toStore), nextPageToken };
    },

    async updateStore({ store: given, updateMask }, call) {
      const store = required(given, "store");
      const { signal, deadline } = call;
      const changes = changesOf(
        store,
        pathsToWrite(StoreSchema, { resource: store, mask: updateMask, allowed: UPDATABLE }),
      );
      return { store: toStore(await stores.update(store.id, changes, { etag: store.etag, signal, deadline })) };
    },

    async deleteStore({ id, etag }, { signal, deadline }) {
      await stores.delete(id, { etag, signal, deadline });
      return {};
    },
  };
}

/** Of each path that an update may write, the column. */
const COLUMNS = {
  name: "name",
  address: "address",
  phone: "phone",
  active: "active",
  low_stock_threshold: "lowStockThreshold",
} as const satisfies Record<string, keyof NewStore>;
const UPDATABLE = ["name", "address", "phone", "active", "low_stock_threshold"] as const;

/** What a create leaves out, and what an update clears, is what it is by default. */
function toNewStore({ name, address, phone, active, lowStockThreshold }: Store): NewStore {
  return { name, address, phone, active: active ?? true, lowStockThreshold: lowStockThreshold ?? 0 };
}

function changesOf(store: Store, paths: (typeof UPDATABLE)[number][]): Partial<NewStore> {
  const values = toNewStore(store);
  return Object.fromEntries(paths.map((path) => [COLUMNS[path], values[COLUMNS[path]]]));
}

function stockChangeHandlers({ stockChanges }: InventoryDeps): InventoryHandlers {
  return {
    async setStock({ storeId, productId, quantity, expectedQuantity, reason }, call) {
      const change = { actorId: callerOf(call).id, reason };
      const expected = expectedQuantity === undefined ? undefined : BigInt(expectedQuantity);
      const setting = { storeId, productId, quantity: BigInt(quantity), expected };
      return { stock: toStock(await stockChanges.set(setting, change, call)) };
    },

    async adjustStock({ storeId, productId, delta, reason, kind }, call) {
      const change = { actorId: callerOf(call).id, reason };
      const named = kind === StockMovementKind.RECEIPT ? "RECEIPT" : "ADJUSTMENT";
      const adjustment = { storeId, productId, delta: BigInt(delta), kind: named } as const;
      return { stock: toStock(await stockChanges.adjust(adjustment, change, call)) };
    },

    async transferStock({ fromStoreId, toStoreId, productId, quantity, reason }, call) {
      const change = { actorId: callerOf(call).id, reason };
      const wish = { fromStoreId, toStoreId, productId, quantity: BigInt(quantity) };
      const { from, to } = await stockChanges.transfer(wish, change, call);
      return { fromStock: toStock(from), toStock: toStock(to) };
    },
  };
}

function stockReadHandlers({ stores, stock, ledger, currency }: InventoryDeps): InventoryHandlers {
  return {
    async listStockMovements(request) {
      const { rows, nextPageToken } = await ledger.list(movementFilterOf(request), request);
      return { movements: rows.map(toMovement), nextPageToken };
    },

    async getStock({ productId }, { caller }) {
      const rows = await stock.ofProduct(productId, { inactive: caller?.role === "ADMIN" });
      return { stocks: rows.map(toStock), totalQuantity: totalOf(rows) };
    },

    async listInventory({ storeId, ...page }, { caller }) {
      await stores.get(storeId);
      const { rows, nextPageToken } = await stock.ofStore(storeId, page, { inactive: caller?.role === "ADMIN" });
      return { items: rows.map((row) => toInventoryItem(row, currency)), nextPageToken };
    },
  };
}

function movementFilterOf(request: ListStockMovementsRequest): MovementFilter {
  const { storeId, productId, kind, orderId, startTime, endTime } = request;
  return {
    storeId: given(storeId),
    productId: given(productId),
    kind: toKind(kind),
    orderId: given(orderId),
    startMs: wholeMsFrom(startTime),
    endMs: wholeMsFrom(endTime),
  };
}
