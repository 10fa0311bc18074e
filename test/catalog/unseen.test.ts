/**
 * What is not for sale is seen by admins only, also by whoever knows or guesses its id.
 *
 * Method: a product with a secret title, inactive by itself or by its category; everything that a refusal tells is read.
 */
import { ConnectError } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { thrown } from "../support/call.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

const SECRET = "Zqxsecret";
const HIDE = {
  "by itself": "UPDATE catalog.products SET active = false WHERE id = $1",
  "by its category":
    "UPDATE catalog.categories SET active = false WHERE id = (SELECT category_id FROM catalog.products WHERE id = $1)",
};

let api: TestApi;
let admin: Clients;
let customer: Clients;
let service: Clients;
let buyerId: string;

test.before(async () => {
  api = await startTestApi();
  const buyer = await api.signUp("CUSTOMER");
  buyerId = buyer.id;
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  customer = api.clients({ token: buyer.token });
  service = api.clients({ token: (await admin.identity.createServiceKey({ serviceKey: { name: "till" } })).secret });
});
test.after(() => api.stop());

/** Everything that a refusal carries, as text. */
async function told(call: Promise<unknown>): Promise<string> {
  const error = await thrown(call);
  if (!(error instanceof ConnectError)) throw error;
  const details = error.details.map(({ value }) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : JSON.stringify(value),
  );
  return [error.message, ...details, ...[...error.metadata].flat()].join("\n");
}

for (const [how, hide] of Object.entries(HIDE)) {
  test(`no refusal names a product that is inactive ${how}`, async () => {
    const shop = await shopWith(api, { mug: 5 });
    await customer.cart.addCartItem({ productId: shop.products.mug, quantity: 1 });
    await runSql(api.database, "UPDATE catalog.products SET title = $2, sku = $2 || id WHERE id = $1", [
      shop.products.mug,
      SECRET,
    ]);
    await runSql(api.database, hide, [shop.products.mug]);
    for (const [what, ask] of Object.entries(asking(shop))) {
      assert.is(await reasonOf(ask()), "PRODUCT_INACTIVE", what);
      assert.not.match(await told(ask()), new RegExp(SECRET), what);
    }
    await customer.cart.clearCart({});
  });

  test(`the stock of a product that is inactive ${how} is told to admins; to others it is as unknown as one that is not there`, async () => {
    const shop = await shopWith(api, { mug: 5 });
    const productId = shop.products.mug;
    assert.is((await customer.inventory.getStock({ productId })).totalQuantity, 5);
    await runSql(api.database, hide, [productId]);
    for (const somebody of [api.clients(), customer, service]) {
      const [hidden, unknown] = [
        await refusalOf(somebody.inventory.getStock({ productId })),
        await refusalOf(somebody.inventory.getStock({ productId: newId() })),
      ];
      assert.equal([hidden, hidden.reason], [unknown, "PRODUCT_NOT_FOUND"]);
    }
    assert.is((await admin.inventory.getStock({ productId })).totalQuantity, 5);
  });
}

/** Every call by which somebody who is no admin asks for a product by its id. */
function asking({ storeId, products, items }: Shop<"mug">): Record<string, () => Promise<unknown>> {
  const order = { storeId, items: items({ mug: 1 }) };
  return {
    "a quote by nobody": () => api.clients().order.quoteOrder(order),
    "a quote": () => customer.order.quoteOrder(order),
    "an order": () => customer.order.placeOrder(order),
    "a service's order": () => service.order.placeOrder({ ...order, userId: buyerId }),
    "a cart": () => customer.cart.addCartItem({ productId: products.mug, quantity: 1 }),
    "a checkout": () => customer.cart.checkoutCart({ storeId }),
  };
}

test.run();
