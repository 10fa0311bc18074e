/** The cart: what is put in, what it shows of today and of then, what it refuses, and that it is everybody's own. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Cart } from "../../gen/bodega/cart/v1/cart_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

let api: TestApi;
let cart: Clients["cart"];

test.before(async () => {
  api = await startTestApi();
});
test.before.each(async () => {
  cart = await newCart();
});
test.after(() => api.stop());

async function newCart(): Promise<Clients["cart"]> {
  return api.clients({ token: (await api.signUp("CUSTOMER")).token }).cart;
}

function lines(answer: { cart?: Cart | undefined }): [string, number][] {
  return (answer.cart?.items ?? []).map(({ title, quantity }) => [title, quantity]);
}

test("a cart that never held anything is empty, costs nothing and was never changed", async () => {
  const { cart: empty } = await cart.getCart({});
  assert.equal(
    [empty?.items, empty?.subtotal?.units, empty?.subtotal?.currencyCode, empty?.updateTime],
    [[], 0n, "USD", undefined],
  );
  assert.equal(lines(await cart.clearCart({})), []);
  assert.equal(lines(await cart.removeCartItem({ productId: newId() })), []);
});

test("products are added in their order, the same one sums, and every answer is the cart after it", async () => {
  const { products } = await shopWith(api, { mug: 1, cup: 1 }, 250);
  assert.equal(lines(await cart.addCartItem({ productId: products.mug, quantity: 2 })), [["mug", 2]]);
  assert.equal(lines(await cart.addCartItem({ productId: products.cup, quantity: 1 })), [
    ["mug", 2],
    ["cup", 1],
  ]);
  const answer = await cart.addCartItem({ productId: products.mug.toUpperCase(), quantity: 3 });
  assert.equal(lines(answer), [
    ["mug", 5],
    ["cup", 1],
  ]);
  assert.equal([answer.cart?.subtotal?.units, answer.cart?.items[0]?.lineTotal?.units], [15n, 12n]);
  assert.equal((await cart.getCart({})).cart, answer.cart);
});

test("a quantity is set, a line is taken out, everything is taken out", async () => {
  const { products } = await shopWith(api, { mug: 1, cup: 1 });
  await cart.addCartItem({ productId: products.mug, quantity: 2 });
  await cart.addCartItem({ productId: products.cup, quantity: 2 });
  assert.equal(lines(await cart.updateCartItem({ productId: products.cup, quantity: 7 })), [
    ["mug", 2],
    ["cup", 7],
  ]);
  const removed = await cart.removeCartItem({ productId: products.mug });
  assert.equal(lines(removed), [["cup", 7]]);
  assert.equal((await cart.removeCartItem({ productId: products.mug })).cart, removed.cart);
  assert.equal(lines(await cart.clearCart({})), []);
  assert.is(await reasonOf(cart.updateCartItem({ productId: products.cup, quantity: 1 })), "CART_ITEM_NOT_FOUND");
});

test("a price that changed since is shown beside the one when it was added", async () => {
  const { products } = await shopWith(api, { mug: 1 }, 200);
  await cart.addCartItem({ productId: products.mug, quantity: 2 });
  await runSql(api.database, "UPDATE catalog.products SET price = 300 WHERE id = $1", [products.mug]);
  const { cart: later } = await cart.addCartItem({ productId: products.mug, quantity: 1 });
  const [line] = later?.items ?? [];
  assert.equal(
    [line?.unitPrice?.units, line?.addedUnitPrice?.units, line?.lineTotal?.units, later?.subtotal?.units],
    [3n, 2n, 9n, 9n],
  );
});

test("a price that the client sends is not believed", async () => {
  const { products } = await shopWith(api, { mug: 1 }, 500);
  const call = { productId: products.mug, quantity: 1, unitPrice: { currencyCode: "USD", units: "0" }, price: 0.01 };
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${(await api.signUp("CUSTOMER")).token}`,
  };
  const response = await fetch(`${api.baseUrl}/bodega.cart.v1.CartService/AddCartItem`, {
    method: "POST",
    headers,
    body: JSON.stringify(call),
  });
  const { cart: answered } = (await response.json()) as { cart: { subtotal: unknown } };
  assert.equal([response.status, answered.subtotal], [200, { currencyCode: "USD", units: "5" }]);
});

test("what is no longer for sale stays in the cart, says so, and adds nothing to the sum", async () => {
  const { products } = await shopWith(api, { mug: 1, cup: 1, bowl: 1 }, 300);
  for (const productId of Object.values(products)) await cart.addCartItem({ productId, quantity: 1 });
  await runSql(api.database, "UPDATE catalog.products SET active = false WHERE id = $1", [products.mug]);
  await runSql(api.database, "UPDATE catalog.products SET deleted_at = now() WHERE id = $1", [products.cup]);
  const { cart: now } = await cart.getCart({});
  assert.equal(
    now?.items.map(({ title, forSale }) => [title, forSale]),
    [
      ["mug", false],
      ["cup", false],
      ["bowl", true],
    ],
  );
  assert.is(now?.subtotal?.units, 3n);
  assert.equal(lines(await cart.removeCartItem({ productId: products.cup })), [
    ["mug", 1],
    ["bowl", 1],
  ]);
});

test("what is not for sale is not added", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  assert.is(await reasonOf(cart.addCartItem({ productId: newId(), quantity: 1 })), "PRODUCT_NOT_FOUND");
  await runSql(api.database, "UPDATE catalog.products SET active = false WHERE id = $1", [products.mug]);
  const refusal = await refusalOf(cart.addCartItem({ productId: products.mug, quantity: 1 }));
  assert.equal([refusal.code, refusal.reason], ["FailedPrecondition", "PRODUCT_INACTIVE"]);
  assert.is((await cart.getCart({})).cart?.updateTime, undefined);
});

test("quantities that are no quantities are refused, and a sum that passes a million", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  for (const quantity of [0, -1, 1_000_001]) {
    assert.equal((await refusalOf(cart.addCartItem({ productId: products.mug, quantity }))).fields, ["quantity"]);
    assert.equal((await refusalOf(cart.updateCartItem({ productId: products.mug, quantity }))).fields, ["quantity"]);
  }
  await cart.addCartItem({ productId: products.mug, quantity: 999_999 });
  assert.is(await reasonOf(cart.addCartItem({ productId: products.mug, quantity: 2 })), "CART_QUANTITY_TOO_LARGE");
  assert.equal(lines(await cart.addCartItem({ productId: products.mug, quantity: 1 })), [["mug", 1_000_000]]);
});

test("the largest cart is priced exactly: a hundred lines of a million at a billion each", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
  const stock = Object.fromEntries(names.map((name) => [name, 0]));
  const { products } = await shopWith(api, stock, 100_000_000_000);
  for (const productId of Object.values(products)) await cart.addCartItem({ productId, quantity: 1_000_000 });
  assert.is((await cart.getCart({})).cart?.subtotal?.units, 100_000_000_000_000_000n);
  const { products: more } = await shopWith(api, { mug: 1 });
  const refusal = await refusalOf(cart.addCartItem({ productId: more.mug, quantity: 1 }));
  assert.equal([refusal.code, refusal.reason], ["FailedPrecondition", "CART_FULL"]);
});

test("an add that is sent again with its request_id adds once", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  const request = { productId: products.mug, quantity: 2, requestId: newId() };
  assert.equal(await cart.addCartItem(request), await cart.addCartItem(request));
  assert.is(await reasonOf(cart.addCartItem({ ...request, quantity: 3 })), "REQUEST_ID_REUSED");
  assert.equal(lines(await cart.getCart({})), [["mug", 2]]);
});

test("everybody has a cart of his own, admins too, and strangers have none", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  await cart.addCartItem({ productId: products.mug, quantity: 1 });
  const admin = api.clients({ token: (await api.signUp("ADMIN")).token }).cart;
  assert.equal([lines(await (await newCart()).getCart({})), lines(await admin.getCart({}))], [[], []]);
  assert.is(await reasonOf(api.clients().cart.getCart({})), "NOT_SIGNED_IN");
});

test("the database itself refuses a quantity that is none, whatever the code does", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  await cart.addCartItem({ productId: products.mug, quantity: 1 });
  const set = runSql(api.database, "UPDATE carts.items SET quantity = 0 WHERE product_id = $1", [products.mug]);
  assert.match(String(await set.catch((error: unknown) => error)), /items_quantity/);
  const [row] = await runSql<{ quantity: number }>(
    api.database,
    "SELECT quantity FROM carts.items WHERE product_id = $1",
    [products.mug],
  );
  assert.is(row?.quantity, 1);
});

test.run();
