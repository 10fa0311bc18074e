/** What one field finds: each kind of thing by its own RPC, as far as the caller may read it. */
import { enumWords } from "../data/names.ts";
import { OrderStatusSchema } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { transport } from "../data/transport.ts";
import { may } from "../auth/permission.ts";
import { products } from "../resources/catalog.ts";
import { users } from "../resources/identity.ts";
import { stores } from "../resources/inventory.ts";
import { orders } from "../resources/order.ts";
import { promotions } from "../resources/promotion.ts";
import type { Resource, Row } from "../resources/resource.ts";

export interface Found {
  /** Its path below /console. */
  to: string;
  title: string;
  /** What tells it from others of its title. */
  detail: string;
}

export interface Source {
  many: string;
  find(query: string): Promise<Found[]>;
}

/** Of each kind; who needs more asks in its list. */
const SHOWN = 5;
/** Stores and promotions are few, and their RPCs take no query: they are looked through here. */
const READ_THROUGH = 100;

/** Those that the caller may read, in the order in which they are shown. */
export function sources(): Source[] {
  const all = [
    source(orders, ({ buyerName, storeName, status }) =>
      [enumWords(OrderStatusSchema, status), buyerName, storeName].filter((word) => word !== "").join(" · "),
    ),
    source(products, ({ sku }) => sku),
    readThrough(stores, ({ address }) => address),
    source(users, ({ email }) => email),
    readThrough(promotions, ({ description }) => description),
  ];
  return all.filter(({ method }) => may(method));
}

function source<T extends Row>(resource: Resource<T>, detail: (row: T) => string) {
  const find = async (query: string) => {
    const page = { pageSize: SHOWN, pageToken: "", orderBy: "", filters: {} };
    const { rows } = await resource.list.send(transport, { ...page, query });
    return rows.map((row) => foundOf(resource, row, detail));
  };
  return { many: resource.many, method: resource.list.method, find };
}

function readThrough<T extends Row>(resource: Resource<T>, detail: (row: T) => string) {
  const find = async (query: string) => {
    const page = { pageSize: READ_THROUGH, pageToken: "", query: "", orderBy: "", filters: {} };
    const { rows } = await resource.list.send(transport, page);
    const wanted = query.toLowerCase();
    const found = rows.filter((row) => `${resource.title(row)} ${detail(row)}`.toLowerCase().includes(wanted));
    return found.slice(0, SHOWN).map((row) => foundOf(resource, row, detail));
  };
  return { many: resource.many, method: resource.list.method, find };
}

function foundOf<T extends Row>(resource: Resource<T>, row: T, detail: (row: T) => string): Found {
  return { to: `/${resource.path}/${row.id}`, title: resource.title(row), detail: detail(row) };
}
