/** Quotes: the price and the outcome that an order would have now, for anybody, without changing anything. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

let api: TestApi;
let client: Clients;

test.before(async () => {
  api = await startTestApi();
  client = api.clients({ token: (await api.signUp("CUSTOMER")).token });
});
test.after(() => api.stop());

async function codeWith(terms: Record<string, number>): Promise<string> {
  const id = newId();
  const code = `Q${id.slice(-8)}`;
  const [names, values] = [Object.keys(terms).join(), Object.values(terms).join()];
  await runSql(api.database, `INSERT INTO orders.promotions (id, code, ${names}) VALUES ($1, $2, ${values})`, [
    id,
    code,
  ]);
  return code;
}

async function footprint(): Promise<unknown> {
  return runSql(
    api.database,
    `SELECT (SELECT count(*) FROM orders.orders) AS orders, (SELECT sum(quantity) FROM inventory.stock) AS stock,
            (SELECT count(*) FROM inventory.movements) AS movements, (SELECT count(*) FROM orders.redemptions) AS uses,
            (SELECT sum(redeemed_count) FROM orders.promotions) AS redeemed, (SELECT count(*) FROM orders.outbox) AS events`,
  );
}

test("a quote is what the order then is, to the cent and the line, and changes nothing", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 9 }, 333);
  const promoCode = await codeWith({ percent: 12.5 });
  const request = {
    storeId: shop.storeId,
    items: [...shop.items({ mug: 1, cup: 2 }), ...shop.items({ mug: 2 })],
    promoCode,
  };
  const before = await footprint();
  const quote = await api.clients().order.quoteOrder(request);
  assert.equal(await footprint(), before);
  const { order } = await client.order.placeOrder(request);
  assert.equal(
    [quote.lines, quote.subtotal, quote.discount, quote.total],
    [order?.items, order?.subtotal, order?.discount, order?.total],
  );
  assert.is(quote.wouldBeConfirmed, true);
  assert.equal(quote.shortItems, []);
});

test("a quote of more than there is names what is short, with its price", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 1 }, 200);
  const quote = await client.order.quoteOrder({
    storeId: shop.storeId.toUpperCase(),
    items: shop.items({ mug: 5, cup: 2 }),
  });
  assert.is(quote.wouldBeConfirmed, false);
  assert.equal(
    quote.shortItems.map(({ title, quantityRequested, quantityAvailable }) => [
      title,
      quantityRequested,
      quantityAvailable,
    ]),
    [["cup", 2, 1]],
  );
  assert.is(quote.total?.units, 14n);
});

test("a quote refuses what an order refuses", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const items = shop.items({ mug: 1 });
  const quote = (request: Parameters<Clients["order"]["quoteOrder"]>[0]) =>
    reasonOf(api.clients().order.quoteOrder({ storeId: shop.storeId, items, ...request }));
  assert.is(await quote({ storeId: newId() }), "STORE_NOT_FOUND");
  assert.is(await quote({ items: [{ productId: newId(), quantity: 1 }] }), "PRODUCT_NOT_FOUND");
  assert.is(await quote({ promoCode: "NO-SUCH-CODE" }), "PROMOTION_NOT_APPLICABLE");
  assert.is(await quote({ items: [] }), "INVALID_FIELDS");
  await runSql(api.database, "UPDATE catalog.products SET active = false WHERE id = $1", [shop.products.mug]);
  assert.is(await quote({}), "PRODUCT_INACTIVE");
  await runSql(api.database, "UPDATE inventory.stores SET active = false WHERE id = $1", [shop.storeId]);
  assert.is(await quote({}), "STORE_INACTIVE");
});

test("a code that the caller has used up does not apply to the caller's quote, and does to a stranger's", async () => {
  const shop = await shopWith(api, { mug: 5 }, 500);
  const promoCode = await codeWith({ fixed_amount: 100, usage_limit_per_user: 1 });
  const request = { storeId: shop.storeId, items: shop.items({ mug: 1 }), promoCode };
  await client.order.placeOrder(request);
  assert.is(await reasonOf(client.order.quoteOrder(request)), "PROMOTION_NOT_APPLICABLE");
  assert.is((await api.clients().order.quoteOrder(request)).discount?.units, 1n);
});

test("a quote waits for nobody: it answers while the stock and the promotion are locked", async () => {
  const shop = await shopWith(api, { mug: 5 }, 500);
  const promoCode = await codeWith({ fixed_amount: 100 });
  const transaction = await api.database.transaction();
  await api.database.query("SELECT FROM inventory.stock WHERE store_id = $1 FOR UPDATE", {
    bind: [shop.storeId],
    transaction,
  });
  await api.database.query("SELECT FROM orders.promotions WHERE code = $1 FOR UPDATE", {
    bind: [promoCode],
    transaction,
  });
  const quote = await client.order.quoteOrder(
    { storeId: shop.storeId, items: shop.items({ mug: 1 }), promoCode },
    { timeoutMs: 5_000 },
  );
  await transaction.rollback();
  assert.is(quote.total?.units, 4n);
});

test.run();
