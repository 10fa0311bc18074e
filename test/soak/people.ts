/** Customers and staff: each does what it means to, one thing after the other, and every call goes into the history. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Cart } from "../../gen/bodega/cart/v1/cart_pb.ts";
import type { PlaceOrderRequestSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import type { Account } from "./accounts.ts";
import { type Call, newCall, type ToldCart, type What } from "./history.ts";
import { insist, type Sending } from "./insist.ts";
import type { Shop } from "./shop.ts";
import type { CustomerDeed, Intent, Line, StaffDeed } from "./workload.ts";

export interface Scene {
  shop: Shop;
  calls: Call[];
  /** Ids of calls that are given up on purpose. */
  abandoned: Set<string>;
  /** Ids of orders, as they are acknowledged. */
  acknowledged: string[];
  /** Of them those of customers who call the first machine alone, which nearly all faults strike at. */
  acknowledgedHere: string[];
  /** Orders that staff know of, as they were told last: to be shipped, to be delivered. */
  toShip: string[];
  toDeliver: string[];
  now: () => number;
  stop: AbortSignal;
}

/** Ends when it is told to, with what is in hand done. @throws what is no refusal: a mistake of the run itself */
export async function beCustomer(
  account: Account,
  intents: Generator<Intent<CustomerDeed>, never>,
  scene: Scene,
): Promise<void> {
  /** Orders that were acknowledged to him. */
  const orders: string[] = [];
  while (!scene.stop.aborted) {
    const intent = intents.next().value;
    const sending = customerSending(account, intent, scene, orders);
    if (sending !== undefined) await make(sending, scene);
    const { order } = sending?.call ?? {};
    if (order !== undefined && !orders.includes(order.id)) orders.push(order.id);
    if (order?.status === "CONFIRMED") scene.toShip.push(order.id);
    await sleep(intent.pauseMs);
  }
}

export async function beStaff(
  account: Account,
  intents: Generator<Intent<StaffDeed>, never>,
  scene: Scene,
): Promise<void> {
  while (!scene.stop.aborted) {
    const intent = intents.next().value;
    const sending = staffSending(account, intent, scene);
    if (sending !== undefined) await make(sending, scene);
    const { order } = sending?.call ?? {};
    if (order?.status === "SHIPPED") scene.toDeliver.push(order.id);
    await sleep(intent.pauseMs);
  }
}

type Wanted = Omit<Sending, "now">;

async function make(
  wanted: Wanted,
  { shop, calls, abandoned, acknowledged, acknowledgedHere, now }: Scene,
): Promise<void> {
  const { call, manner } = wanted;
  calls.push(call);
  if (typeof manner === "object") abandoned.add(call.id);
  await insist({ ...wanted, now });
  if (call.order === undefined) return;
  acknowledged.push(call.order.id);
  if (!shop.elsewhere.has(call.actor)) acknowledgedHere.push(call.order.id);
}

/** undefined when there is nothing yet that is meant. */
function customerSending(
  account: Account,
  { id, way, deed }: Intent<CustomerDeed>,
  { shop }: Scene,
  orders: string[],
): Wanted | undefined {
  const wanted = (what: What, send: Wanted["send"], more: Partial<Call> = {}): Wanted => {
    return { account, way, call: newCall({ id, actor: account.userId, what, ...more }), send };
  };
  switch (deed.do) {
    case "place": {
      const request = placing(deed, shop, id);
      const send: Wanted["send"] = (by, options) => account.by(by).order.placeOrder(request, options);
      return { ...wanted("place", send), manner: deed.manner };
    }
    case "confirm":
    case "cancel":
    case "read order": {
      const orderId = lastBut(deed.which, orders);
      if (orderId === undefined) return undefined;
      const rpc = { confirm: "confirmOrder", cancel: "cancelOrder", "read order": "getOrder" } as const;
      const send: Wanted["send"] = (by, options) => account.by(by).order[rpc[deed.do]]({ id: orderId }, options);
      return wanted(deed.do, send, { orderId });
    }
    case "add to cart": {
      const { productId, quantity } = itemOf(deed.line, shop);
      const send: Wanted["send"] = (by, options) =>
        toldCart(account.by(by).cart.addCartItem({ productId, quantity, requestId: id }, options));
      return wanted("add to cart", send, { quantities: { [productId]: quantity } });
    }
    case "look at cart":
      return wanted("look at cart", (by, options) => toldCart(account.by(by).cart.getCart({}, options)));
    case "check out": {
      const request = { storeId: shop.storeIds[deed.store], promoCode: codeOf(deed.code, shop), requestId: id };
      return wanted("check out", (by, options) => account.by(by).cart.checkoutCart(request, options));
    }
    case "list orders":
      return wanted("read", (by, options) => nothingOf(account.by(by).order.listOrders({}, options)));
    case "search":
    case "look at product":
    case "look at stock":
      return wanted("read", readingOf(account, deed, shop));
    case "sign in":
      return wanted("sign in", (by, { timeoutMs }) => nothingOf(account.signIn(by, timeoutMs)));
    default:
      return deed satisfies never;
  }
}

type ProductDeed = Extract<CustomerDeed, { do: "search" | "look at product" | "look at stock" }>;

function readingOf(account: Account, deed: ProductDeed, shop: Shop): Wanted["send"] {
  switch (deed.do) {
    case "search":
      return (by, options) =>
        nothingOf(account.by(by).catalog.searchProducts({ query: shop.titles[deed.product] }, options));
    case "look at product":
      return (by, options) =>
        nothingOf(account.by(by).catalog.getProduct({ id: shop.productIds[deed.product] }, options));
    case "look at stock":
      return (by, options) =>
        nothingOf(account.by(by).inventory.getStock({ productId: shop.productIds[deed.product] }, options));
    default:
      return deed.do satisfies never;
  }
}

function staffSending(
  account: Account,
  { id, way, deed }: Intent<StaffDeed>,
  { shop, toShip, toDeliver }: Scene,
): Wanted | undefined {
  const wanted = (send: Wanted["send"], more: Partial<Call>): Wanted => ({
    account,
    way,
    call: newCall({ id, actor: account.userId, what: deed.do, ...more }),
    send,
  });
  switch (deed.do) {
    case "ship":
    case "deliver": {
      const orderId = lastBut(deed.which, deed.do === "ship" ? toShip : toDeliver);
      if (orderId === undefined) return undefined;
      const rpc = { ship: "shipOrder", deliver: "deliverOrder" } as const;
      return wanted((by, options) => account.by(by).order[rpc[deed.do]]({ id: orderId }, options), { orderId });
    }
    case "set": {
      const request = { ...placeOf(deed, shop), quantity: deed.quantity, reason: id };
      return wanted((by, options) => nothingOf(account.by(by).inventory.setStock(request, options)), {});
    }
    case "adjust": {
      const { storeId, productId } = placeOf(deed, shop);
      const request = { storeId, productId, delta: deed.quantity, reason: id, requestId: id };
      return wanted((by, options) => nothingOf(account.by(by).inventory.adjustStock(request, options)), {
        quantities: { [`${storeId} ${productId}`]: deed.quantity },
      });
    }
    case "transfer": {
      const { storeId: fromStoreId, productId } = placeOf(deed, shop);
      const toStoreId = shop.storeIds[deed.to] ?? "";
      const request = { fromStoreId, toStoreId, productId, quantity: deed.quantity, reason: id, requestId: id };
      const quantities = {
        [`${fromStoreId} ${productId}`]: -deed.quantity,
        [`${toStoreId} ${productId}`]: deed.quantity,
      };
      return wanted((by, options) => nothingOf(account.by(by).inventory.transferStock(request, options)), {
        quantities,
      });
    }
    default:
      return deed satisfies never;
  }
}

function placing(
  { store, lines, code, holdSeconds }: Extract<CustomerDeed, { do: "place" }>,
  shop: Shop,
  requestId: string,
): MessageInitShape<typeof PlaceOrderRequestSchema> {
  return {
    storeId: shop.storeIds[store],
    items: lines.map((line) => itemOf(line, shop)),
    promoCode: codeOf(code, shop),
    hold: holdSeconds === undefined ? undefined : durationFromMs(holdSeconds * 1_000),
    requestId,
  };
}

function itemOf({ product, quantity }: Line, { productIds }: Shop): { productId: string; quantity: number } {
  return { productId: productIds[product] ?? "", quantity };
}

function codeOf(code: number | undefined, { codes }: Shop): string {
  return code === undefined ? "" : (codes[code] ?? "");
}

function placeOf(
  { store, product }: { store: number; product: number },
  { storeIds, productIds }: Shop,
): { storeId: string; productId: string } {
  return { storeId: storeIds[store] ?? "", productId: productIds[product] ?? "" };
}

/** One of the last few; of fewer, the number goes round. */
function lastBut(which: number, ids: string[]): string | undefined {
  return ids.length === 0 ? undefined : ids.at(-1 - (which % ids.length));
}

async function toldCart(answer: Promise<{ cart?: Cart }>): Promise<{ cart: ToldCart }> {
  const { cart } = await answer;
  return { cart: Object.fromEntries((cart?.items ?? []).map(({ productId, quantity }) => [productId, quantity])) };
}

/** For answers that nothing is checked of but that they came. */
async function nothingOf(answer: Promise<unknown>): Promise<Record<string, never>> {
  await answer;
  return {};
}
