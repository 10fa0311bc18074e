/** The e-mails about an order: what became of each, as workers note it. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Email, EmailState } from "../../gen/bodega/notification/v1/email_pb.ts";
import { Deliveries } from "../../src/email/deliveries.ts";
import { newId } from "../../src/platform/identifier.ts";
import { reasonOf } from "../support/refusal.ts";
import { buyMugs, openStage, type Stage } from "../support/stage.ts";

const test = suite<Stage>("an order's e-mails");

test.before(async (context) => void Object.assign(context, await openStage()));
test.after(({ api }) => api.stop());

const lineOf = ({ type, state, attemptCount, error }: Email) => [type, Object.keys(EmailState)[state], attemptCount, error];

test("an order's e-mails say to whom they go, how often they were tried, and what came of it", async (stage) => {
  const { api, buyer, shop } = stage;
  const { notification } = stage.clients;
  const orderId = await buyMugs(stage, 1);
  const deliveries = new Deliveries(api.database);
  const event = { storeId: shop.storeId, orderId };
  await deliveries.expect([
    { ...event, sequence: 1, type: "ORDER_CONFIRMED" },
    { ...event, sequence: 2, type: "ORDER_SHIPPED" },
    { ...event, sequence: 3, type: "ORDER_DELIVERED" },
  ]);
  const listed = async () => (await notification.getOrderEmails({ orderId })).emails;
  const [first, second] = await listed();
  assert.equal((await listed()).map(({ recipient }) => recipient), [buyer.email, buyer.email, buyer.email]);
  await deliveries.claim({ id: first?.id ?? "" });
  await deliveries.markSent({ id: first?.id ?? "" });
  const attempt = await deliveries.claim({ id: second?.id ?? "" });
  if (typeof attempt === "string") throw new Error(`the e-mail is ${attempt}`);
  await deliveries.markFailed(attempt, { error: "550 no such mailbox", giveUp: true });
  const emails = await listed();
  assert.equal(emails.map(lineOf), [
    ["order.confirmed", "SENT", 1, ""],
    ["order.shipped", "GIVEN_UP", 1, "550 no such mailbox"],
    ["order.delivered", "WAITING", 0, ""],
  ]);
  assert.equal(emails.map(({ sendTime, lastAttemptTime }) => [sendTime !== undefined, lastAttemptTime !== undefined]), [[true, true], [false, true], [false, false]]);
  assert.is((await notification.listDeadLetters({})).deadLetters[0]?.id, emails[1]?.id);
});

test("an order of which nobody was told has none, and one that nobody knows is not found", async (stage) => {
  const { notification } = stage.clients;
  assert.equal((await notification.getOrderEmails({ orderId: await buyMugs(stage, 1) })).emails, []);
  assert.is(await reasonOf(notification.getOrderEmails({ orderId: newId() })), "ORDER_NOT_FOUND");
});

test.run();
