/**
 * Any use of a cart. Goal: whatever is done to it in whatever order, it holds what it should, and its orders are right.
 *
 * Method: random sequences of operations (fast-check, which prints the seed and the shortest sequence that fails)
 * against the real API, each compared with a model that is a Map and a number for the stock.
 */
import { fc } from "../support/seed.ts";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { reasonOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

const NAMES = ["mug", "cup", "bowl"] as const;
type Name = (typeof NAMES)[number];

const RUNS = 30;
const STOCK = 12;

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

type Operation =
  | { do: "add" | "set"; name: Name; quantity: number }
  | { do: "remove"; name: Name }
  | { do: "clear" | "checkout" };

const name = fc.constantFrom(...NAMES);
const quantity = fc.integer({ min: 1, max: 6 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("add" as const), name, quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("set" as const), name, quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("checkout" as const) }) },
);

interface World {
  cart: Clients["cart"];
  shop: Shop<Name>;
  /** The model: what should be in the cart, in its order, and on the shelf. */
  held: Map<Name, number>;
  shelf: Map<Name, number>;
}

test("a cart holds what its operations leave; a checkout takes exactly that from the stock, or nothing", async () => {
  const { token } = await api.signUp("CUSTOMER");
  const { cart } = api.clients({ token });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
      await cart.clearCart({});
      const shop = await shopWith(api, { mug: STOCK, cup: STOCK, bowl: STOCK }, 100);
      const world: World = { cart, shop, held: new Map(), shelf: new Map(NAMES.map((each) => [each, STOCK])) };
      for (const each of operations) await step(world, each);
      for (const each of NAMES) assert.is(await shop.quantity(each), world.shelf.get(each));
      assert.equal(await brokenInvariants(api.database, shop), []);
    }),
    { numRuns: RUNS },
  );
});

async function step(world: World, operation: Operation): Promise<void> {
  const { cart, shop, held } = world;
  switch (operation.do) {
    case "add":
      held.set(operation.name, (held.get(operation.name) ?? 0) + operation.quantity);
      await cart.addCartItem({ productId: shop.products[operation.name], quantity: operation.quantity });
      break;
    case "set":
      await setQuantity(world, operation);
      break;
    case "remove":
      held.delete(operation.name);
      await cart.removeCartItem({ productId: shop.products[operation.name] });
      break;
    case "clear":
      held.clear();
      await cart.clearCart({});
      break;
    case "checkout":
      await checkout(world);
      break;
    default:
      operation satisfies never;
  }
  await compare(world);
}

async function setQuantity(
  { cart, shop, held }: World,
  { name, quantity }: { name: Name; quantity: number },
): Promise<void> {
  const set = cart.updateCartItem({ productId: shop.products[name], quantity });
  if (!held.has(name)) return assert.is(await reasonOf(set), "CART_ITEM_NOT_FOUND");
  await set;
  held.set(name, quantity);
}

async function checkout({ cart, shop, held, shelf }: World): Promise<void> {
  const ordered = cart.checkoutCart({ storeId: shop.storeId });
  if (held.size === 0) return assert.is(await reasonOf(ordered), "CART_EMPTY");
  const enough = [...held].every(([each, wanted]) => wanted <= (shelf.get(each) ?? 0));
  const { order } = await ordered;
  assert.is(order?.status, enough ? OrderStatus.CONFIRMED : OrderStatus.REJECTED);
  if (!enough) return;
  for (const [each, taken] of held) shelf.set(each, (shelf.get(each) ?? 0) - taken);
  held.clear();
}

async function compare({ cart, held }: World): Promise<void> {
  const { cart: now } = await cart.getCart({});
  assert.equal(
    now?.items.map(({ title, quantity }) => [title, quantity]),
    [...held],
  );
  assert.is(now?.subtotal?.units, BigInt([...held.values()].reduce((sum, each) => sum + each, 0)));
}

test.run();
