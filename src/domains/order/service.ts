/** The RPC surface of orders: who asks, what they ask, what goes back. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  type ListOrdersRequest,
  OrderService,
  type PlaceOrderRequest,
} from "../../../gen/bodega/order/v1/order_service_pb.ts";
import type { SignedIn } from "../../platform/auth/caller.ts";
import { Failure } from "../../platform/errors/failure.ts";
import type { Currency } from "../../platform/wire/money.ts";
import { type Call, callerOf } from "../../rpc/call.ts";
import { type Handlers, type Service, service } from "../../rpc/service.ts";
import { claimOf } from "../../rpc/claim.ts";
import type { Transition, OrderChanges } from "./change/change-orders.ts";
import type { Names } from "./find/names.ts";
import { orderEvent, storedOrder, storeOrder, toExpectedTotal, toFilter, toQuote } from "./mapping.ts";
import type { OrderRow } from "./model.ts";
import type { OrderFilter, Owner } from "./order-filter.ts";
import type { Orders } from "./orders.ts";
import { mergeLines } from "./place/decide.ts";
import type { PlaceOrders } from "./place/place-orders.ts";
import type { Quotes } from "./place/quotes.ts";
import type { ChangeLog } from "./watch/change-log.ts";
import type { Watches } from "./watch/watch-orders.ts";

export interface OrderDeps {
  orders: Orders;
  placements: PlaceOrders;
  changes: OrderChanges;
  changeLog: ChangeLog;
  quotes: Quotes;
  watches: Watches;
  namesOf: (orders: OrderRow[]) => Promise<(order: OrderRow) => Names>;
  /** @throws Failure USER_NOT_FOUND, USER_DISABLED */
  requireUser: (id: string) => Promise<void>;
  currency: Currency;
  /** How many open holds a customer may have; undefined: no limit. */
  maxOpenHolds: number | undefined;
}

type OrderHandlers = Handlers<typeof OrderService>;

export function orderService(deps: OrderDeps): Service {
  return service(OrderService, {
    ...placingHandlers(deps),
    ...transitionHandlers(deps),
    ...readHandlers(deps),
    ...eventHandlers(deps),
  });
}

function placingHandlers({ placements, quotes, requireUser, currency, maxOpenHolds }: OrderDeps): OrderHandlers {
  return {
    async quoteOrder({ storeId, items, promoCode }, { caller }) {
      const wish = { storeId, lines: mergeLines(items), promoCode, userId: caller?.id };
      return toQuote(await quotes.quote(wish), currency);
    },

    async placeOrder(request, call) {
      const caller = callerOf(call);
      const userId = await buyerOf(caller, request.userId, requireUser);
      const byCustomer = caller.role === "CUSTOMER";
      const bound = { placedBy: caller.id, maxOpenHolds: byCustomer ? maxOpenHolds : undefined };
      const wish = { ...toOrderRequest(request, currency), userId, ...bound };
      return placements.place({ wish, claim: claimOf(call), byCustomer }, call);
    },
  };
}

function toOrderRequest({ storeId, items, promoCode, hold, expectedTotal }: PlaceOrderRequest, currency: Currency) {
  return {
    storeId,
    lines: mergeLines(items),
    promoCode,
    holdMs: hold === undefined ? undefined : durationMs(hold),
    expectedTotal: toExpectedTotal(expectedTotal, currency),
  };
}

/** A service orders for the user whom it names; everybody else for himself. */
async function buyerOf(caller: SignedIn, userId: string, requireUser: OrderDeps["requireUser"]): Promise<string> {
  if (caller.role !== "SERVICE") {
    if (userId !== "")
      throw new Failure("USER_ID_NOT_ALLOWED", "Only a service names the user that it orders for. Leave user_id out.");
    return caller.id;
  }
  if (userId === "")
    throw new Failure("USER_ID_NOT_ALLOWED", "A service names the user that it orders for: set user_id.");
  await requireUser(userId);
  return userId;
}

function transitionHandlers({ changes, currency }: OrderDeps): OrderHandlers {
  const step = async (
    { id, etag }: { id: string; etag: string },
    change: Pick<Transition, "step" | "ownedBy">,
    call: Call,
  ) => ({
    order: storedOrder(await changes.change(id, { ...change, etag, actorId: callerOf(call).id }, call), currency),
  });
  return {
    confirmOrder: (request, call) => step(request, { step: "confirm", ownedBy: ownerOf(callerOf(call)) }, call),

    cancelOrder: (request, call) => step(request, { step: "cancel", ownedBy: ownerOf(callerOf(call)) }, call),

    // Whoever packs the parcels need not have placed the orders.
    shipOrder: (request, call) => step(request, { step: "ship", ownedBy: "anybody" }, call),

    deliverOrder: (request, call) => step(request, { step: "deliver", ownedBy: "anybody" }, call),
  };
}

function readHandlers({ orders, namesOf, currency }: OrderDeps): OrderHandlers {
  return {
    async getOrder({ id }, call) {
      return { order: storedOrder(await orders.get(id, { ownedBy: ownerOf(callerOf(call)) }), currency) };
    },

    async listOrders({ pageSize, pageToken, ...asked }, call) {
      const caller = callerOf(call);
      const page = { pageSize, pageToken };
      const { rows, nextPageToken } = await orders.list(filterOf(asked, caller), page, { ownedBy: ownerOf(caller) });
      const names = await namesOf(rows.map(({ order }) => order));
      return { orders: rows.map((row) => ({ ...storedOrder(row, currency), ...names(row.order) })), nextPageToken };
    },

    async listStoreOrders({ pageSize, pageToken, storeId, ...asked }) {
      const { rows, nextPageToken } = await orders.listOfStore(
        { ...toFilter(asked), storeId },
        { pageSize, pageToken },
      );
      const names = await namesOf(rows);
      const named = (row: OrderRow) => ({ ...storeOrder(row, currency), buyerName: names(row).buyerName });
      return { orders: rows.map(named), nextPageToken };
    },
  };
}

/** @throws Failure USER_ID_NOT_ALLOWED */
function filterOf(
  { userId, storeId, ...asked }: Omit<ListOrdersRequest, "pageSize" | "pageToken">,
  caller: SignedIn,
): OrderFilter {
  if (caller.role === "CUSTOMER" && userId !== "" && userId !== caller.id) {
    throw new Failure("USER_ID_NOT_ALLOWED", "Only admins list another user's orders. Leave user_id out.");
  }
  return { ...toFilter(asked), userId: userId || undefined, storeId: storeId || undefined };
}

function eventHandlers({ orders, changeLog, watches }: OrderDeps): OrderHandlers {
  return {
    async getOrderEvents({ orderId }, call) {
      const { order } = await orders.get(orderId, { ownedBy: ownerOf(callerOf(call)) });
      return { events: (await changeLog.ofOrder(order)).map((changed) => orderEvent(changed)) };
    },

    watchOrders: (request, call) => watches.watch(request, callerOf(call), call.signal),
  };
}

function ownerOf(caller: SignedIn): Owner {
  switch (caller.role) {
    case "ADMIN":
      return "anybody";
    case "SERVICE":
      return { service: caller.id };
    case "CUSTOMER":
      return { user: caller.id };
    default:
      return caller.role satisfies never;
  }
}
