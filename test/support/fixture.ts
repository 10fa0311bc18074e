/** What many tests begin with: a real API, a shop that has mugs, somebody who runs it and somebody who buys there. */
import { type Clients, startTestApi, type TestApi, type TestUser } from "./api.ts";
import { type Shop, shopWith } from "./shop.ts";

export interface Fixture {
  api: TestApi;
  admin: TestUser;
  /** The admin's. */
  clients: Clients;
  buyer: TestUser;
  shop: Shop<"mug">;
}

const MUGS = 40;

export async function createFixture(environment: Record<string, string> = {}): Promise<Fixture> {
  const api = await startTestApi(environment);
  const [admin, buyer] = [await api.signUp("ADMIN"), await api.signUp("CUSTOMER")];
  return { api, admin, clients: api.clients({ token: admin.token }), buyer, shop: await shopWith(api, { mug: MUGS }) };
}

/** The buyer orders mugs. @returns the order's id */
export async function buyMugs(
  { api, buyer, shop }: Pick<Fixture, "api" | "buyer" | "shop">,
  count: number,
  more: { hold?: { seconds: bigint } } = {},
): Promise<string> {
  const { order } = await api
    .clients({ token: buyer.token })
    .order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: count }), ...more });
  if (order === undefined) throw new Error("the answer has no order");
  return order.id;
}
