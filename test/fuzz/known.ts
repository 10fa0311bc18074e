/** What exists in the database while RPCs are tried, so that calls get further than NOT_FOUND. */
import { newId } from "../../src/platform/wire/uuid.ts";
import { PASSWORD, type TestApi, type TestUser } from "../support/api.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { image } from "../media/sample-images.ts";

export interface Known {
  /** Ids by the noun in the names of RPCs and fields: `product`, `store` … */
  ids: Record<string, string[]>;
  /** Texts by the field's name. */
  texts: Record<string, string[]>;
  images: Uint8Array[];
}

interface People {
  admin: TestUser;
  customer: TestUser;
}

/** Goods, people and papers of every kind, made anew: whoever tries RPCs deletes some. */
export async function freshKnown(api: TestApi, { admin, customer }: People): Promise<Known> {
  const { identity, catalog, inventory, promotion, notification } = api.clients({ token: admin.token });
  const [shop, branch, victim] = await Promise.all([
    shopWith(api, { mug: 1_000_000, cup: 3, bowl: 0 }),
    shopWith(api, { mug: 5 }),
    api.signUp("CUSTOMER"),
  ]);
  const word = newId().replaceAll("-", "");
  const orderIds = await placedOrders(api, shop, { admin, customer });
  const [empty, unused, code, key, webhook, held, session] = await Promise.all([
    catalog.createCategory({ category: { name: word } }),
    inventory.createStore({ store: { name: word } }),
    promotion.createPromotion({ promotion: { code: word, discount: { case: "percent", value: 10 } } }),
    identity.createServiceKey({ serviceKey: { name: word } }),
    notification.createWebhook({ webhook: { url: `${NOBODY}${word}` } }),
    catalog.getProduct({ id: shop.products.mug }),
    identity.login({ login: victim.email, password: PASSWORD }),
  ]);
  for (const { token } of [admin, customer])
    await api.clients({ token }).cart.addCartItem({ productId: shop.products.mug, quantity: 1 });
  return {
    ids: {
      store: [shop.storeId, shop.storeId, branch.storeId, unused.store?.id ?? ""],
      product: [...Object.values(shop.products), branch.products.mug],
      category: [held.product?.categoryId ?? "", empty.category?.id ?? ""],
      order: orderIds,
      user: [victim.id, customer.id],
      promotion: [code.promotion?.id ?? ""],
      servicekey: [key.serviceKey?.id ?? ""],
      webhook: [webhook.webhook?.id ?? ""],
    },
    texts: {
      login: [customer.email, "nobody@test.example"],
      password: [PASSWORD, "correct horse battery staple"],
      current_password: [PASSWORD],
      new_password: [PASSWORD],
      refresh_token: [session.tokens?.refreshToken ?? "none"],
      promo_code: ["", word],
      url: [`${NOBODY}a`, `${NOBODY}b?c=d`],
      currency_code: ["USD", "USD", "USD", "USD", "EUR"],
      time_zone: ["", "Europe/Berlin", "UTC", "Nowhere/Atlantis"],
      page_token: ["", "", "bm90IG91cnM"],
      etag: ["", "", "stale"],
      resume_token: ["", "", "bm90IG91cnM"],
      phone: ["+1 555 010 0199"],
    },
    images: [await smallImage],
  };
}

/** Confirmed ones, held ones, and one that is shipped. @returns their ids */
async function placedOrders(
  api: TestApi,
  shop: Pick<Shop<"mug" | "cup" | "bowl">, "storeId" | "items">,
  { admin, customer }: People,
): Promise<string[]> {
  const { order } = api.clients({ token: customer.token });
  const wish = { storeId: shop.storeId, items: shop.items({ mug: 1 }) };
  const held = { ...wish, hold: { seconds: 600n } };
  const placed = await Promise.all([wish, wish, held, held, wish].map((one) => order.placeOrder(one)));
  const ids = placed.map(({ order }) => order?.id ?? "");
  await api.clients({ token: admin.token }).order.shipOrder({ id: ids.at(-1) ?? "" });
  return ids;
}

const smallImage = image({ width: 32, height: 24 }).png().toBuffer();

/** Where no server listens: a webhook that is tried is refused by this machine itself. */
const NOBODY = "http://127.0.0.1:1/";
