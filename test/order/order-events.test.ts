/** What happened to an order: each change with the order as of then, also what no relay has seen yet. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/identifier.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { lineOf } from "./watching.ts";

let api: TestApi;
let admin: TestUser;
let shop: Shop<"mug">;

test.before(async () => {
  api = await startTestApi();
  admin = await api.signUp("ADMIN");
  shop = await shopWith(api, { mug: 20 });
});
test.after(() => api.stop());

test("an order's events tell each of its changes, from the first, with the order as it was then", async () => {
  const { order } = api.clients({ token: admin.token });
  const hold = { seconds: 600n };
  const { order: placed } = await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 2 }), hold });
  const id = placed?.id ?? "";
  await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  await order.confirmOrder({ id });
  await order.shipOrder({ id });
  const { order: delivered } = await order.deliverOrder({ id });
  const { events } = await order.getOrderEvents({ orderId: id });
  assert.equal(events.map(lineOf), ["PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"].map((status, index) => `${id} ${index + 1} ${status}`));
  assert.equal(events[0]?.order, placed);
  assert.equal(events.at(-1)?.order, delivered);
  const times = events.map(({ occurTime }) => (occurTime === undefined ? 0 : timestampMs(occurTime)));
  assert.equal(times, times.toSorted((one, other) => one - other));
  assert.ok(events.every(({ resumeToken }) => resumeToken === ""));
});

test("an order that nobody knows has no events", async () => {
  assert.is(await reasonOf(api.clients({ token: admin.token }).order.getOrderEvents({ orderId: newId() })), "ORDER_NOT_FOUND");
});

test.run();
