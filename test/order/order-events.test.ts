/** What happened to an order: each change with the order as of then, also what no relay has seen yet. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { reasonOf } from "../support/refusal.ts";
import { buyMugs, createFixture, type Fixture } from "../support/fixture.ts";
import { lineOf } from "../support/watching.ts";

const test = suite<Fixture>("an order's events");

test.before(async (context) => void Object.assign(context, await createFixture()));
test.after(({ api }) => api.stop());

test("an order's events tell each of its changes, from the first, with the order as it was then", async (stage) => {
  const { order } = stage.clients;
  const id = await buyMugs(stage, 2, { hold: { seconds: 600n } });
  const { order: placed } = await order.getOrder({ id });
  await buyMugs(stage, 1);
  await order.confirmOrder({ id });
  await order.shipOrder({ id });
  const { order: delivered } = await order.deliverOrder({ id });
  const { events } = await order.getOrderEvents({ orderId: id });
  assert.equal(
    events.map(lineOf),
    ["PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"].map((status, index) => `${id} ${index + 1} ${status}`),
  );
  assert.equal(events[0]?.order, placed);
  assert.equal(events.at(-1)?.order, delivered);
  const times = events.map(({ occurTime }) => (occurTime === undefined ? 0 : timestampMs(occurTime)));
  assert.equal(
    times,
    times.toSorted((one, other) => one - other),
  );
  assert.ok(events.every(({ resumeToken }) => resumeToken === ""));
});

test("an order that nobody knows has no events", async ({ clients }) => {
  assert.is(await reasonOf(clients.order.getOrderEvents({ orderId: newId() })), "ORDER_NOT_FOUND");
});

test.run();
