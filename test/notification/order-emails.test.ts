/** The e-mails about an order: what became of each, as workers note it. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Email, EmailState } from "../../gen/bodega/notification/v1/email_pb.ts";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { reasonOf } from "../support/refusal.ts";
import { buyMugs, createFixture, type Fixture } from "../support/fixture.ts";

const test = suite<Fixture>("an order's e-mails");

test.before(async (context) => void Object.assign(context, await createFixture()));
test.after(({ api }) => api.stop());

const lineOf = ({ type, state, attemptCount, error }: Email) => [
  type,
  Object.keys(EmailState)[state],
  attemptCount,
  error,
];

test("an order's e-mails say to whom they go, how often they were tried, and what came of it", async (stage) => {
  const { api, buyer, shop } = stage;
  const { notification } = stage.clients;
  const orderId = await buyMugs(stage, 1);
  const deliveries = new EmailDeliveries(api.database);
  const event = { storeId: shop.storeId, orderId };
  await deliveries.expect([
    { ...event, sequence: 1, type: "ORDER_CONFIRMED" },
    { ...event, sequence: 2, type: "ORDER_SHIPPED" },
    { ...event, sequence: 3, type: "ORDER_DELIVERED" },
  ]);
  const listed = async () => (await notification.getOrderEmails({ orderId })).emails;
  const [first, second] = await listed();
  assert.equal(
    (await listed()).map(({ recipient }) => recipient),
    [buyer.email, buyer.email, buyer.email],
  );
  const tried = async (email: Email | undefined, sent: boolean, complaint: string | null) => {
    const attempt = await deliveries.claim({ id: email?.id ?? "" });
    if (attempt === undefined) throw new Error("the e-mail cannot be taken in hand");
    await deliveries.note(attempt, { sent, pauseSeconds: undefined, notes: [complaint] });
  };
  await tried(first, true, null);
  await tried(second, false, "550 no such mailbox");
  const emails = await listed();
  assert.equal(emails.map(lineOf), [
    ["order.confirmed", "SENT", 1, ""],
    ["order.shipped", "GIVEN_UP", 1, "550 no such mailbox"],
    ["order.delivered", "WAITING", 0, ""],
  ]);
  assert.equal(
    emails.map(({ sendTime, lastAttemptTime }) => [sendTime !== undefined, lastAttemptTime !== undefined]),
    [
      [true, true],
      [false, true],
      [false, false],
    ],
  );
  assert.is((await notification.listDeadLetters({})).deadLetters[0]?.id, emails[1]?.id);
});

test("an order of which nobody was told has none, and one that nobody knows is not found", async (stage) => {
  const { notification } = stage.clients;
  assert.equal((await notification.getOrderEmails({ orderId: await buyMugs(stage, 1) })).emails, []);
  assert.is(await reasonOf(notification.getOrderEmails({ orderId: newId() })), "ORDER_NOT_FOUND");
});

test.run();
