/** The audit log in words: every audited RPC has a sentence of its own, with what was there and what is there. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type AuditEvent, AuditEventSchema } from "../../gen/bodega/identity/v1/audit_event_pb.ts";
import { addressOf, changeLine, deedOf, valueWords, words } from "../../src/console/app/words/audit.ts";
import { isAudited, objectTypeOf } from "../../src/rpc/steps/audit/audited-object.ts";
import { rpcs } from "../support/contract.ts";

const ID = "01943fe4-15e0-7000-9136-120f56ee2db3";

function eventOf(rpc: string, event: MessageInitShape<typeof AuditEventSchema> = {}): AuditEvent {
  const method = rpcs.find(({ name }) => name === rpc);
  if (method === undefined) throw new Error(`there is no ${rpc}`);
  const { typeName } = method.parent;
  return create(AuditEventSchema, {
    rpc: `${typeName}/${rpc}`,
    objectType: objectTypeOf(method),
    objectId: ID,
    objectName: "Oat milk",
    ...event,
  });
}

function said(event: AuditEvent): string {
  const { before, names, after, changes } = deedOf(event);
  return [`Ada ${before}`, names ? event.objectName : "", after, ...changes.map(changeLine)]
    .filter((part) => part !== "")
    .join(" ");
}

const price = { path: "price", oldValue: "3.49 USD", newValue: "3.99 USD" };
const sentences: [string, MessageInitShape<typeof AuditEventSchema>, string][] = [
  ["UpdateProduct", { changes: [price] }, "Ada changed the price of Oat milk from $3.49 to $3.99"],
  [
    "UpdateProduct",
    {
      changes: [
        { path: "category_id", oldValue: ID, newValue: ID },
        { path: "category", oldValue: "Dairy", newValue: "Oat drinks" },
      ],
    },
    "Ada changed the category of Oat milk from Dairy to “Oat drinks”",
  ],
  [
    "UpdateProduct",
    { changes: [price, { path: "active", oldValue: "true", newValue: "false" }] },
    "Ada changed the product Oat milk Price: $3.49 → $3.99 Active: yes → no",
  ],
  ["UpdateProduct", { changes: [] }, "Ada wrote the product Oat milk"],
  ["DeleteProduct", {}, "Ada deleted the product Oat milk"],
  ["CreateProduct", { changes: [{ ...price, oldValue: "" }] }, "Ada created the product Oat milk Price: $3.99"],
  [
    "SetStock",
    { objectName: "Oat milk, Pier", changes: [{ path: "quantity", oldValue: "12", newValue: "9" }] },
    "Ada changed the stock of Oat milk, Pier from 12 to 9",
  ],
  [
    "TransferStock",
    {
      objectName: "Oat milk, Pier → Depot",
      changes: [
        { path: "from_stock.quantity", oldValue: "9", newValue: "0" },
        { path: "to_stock.quantity", oldValue: "1", newValue: "10" },
      ],
    },
    "Ada transferred 9 of Oat milk, Pier → Depot (9 → 0, 1 → 10)",
  ],
  ["ShipOrder", { objectName: "", changes: [] }, "Ada shipped the order"],
  ["UpdateUser", { changes: [{ path: "email", redacted: true }] }, "Ada changed the email of Oat milk"],
  [
    "UpdatePromotion",
    { changes: [{ path: "end_time", oldValue: "", newValue: "2027-01-15T08:00:00.000Z" }] },
    `Ada set the end time of Oat milk to ${valueWords("2027-01-15T08:00:00.000Z")}`,
  ],
  [
    "UpdateStore",
    { changes: [{ path: "phone", oldValue: "123 456", newValue: "" }] },
    "Ada removed the phone of Oat milk which was “123 456”",
  ],
  [
    "RetryDeadLetters",
    { changes: [{ path: "retried_count", newValue: "7" }] },
    "Ada put 7 e-mails back into the queue",
  ],
  ["ChangePassword", { changes: [{ path: "password", redacted: true }] }, "Ada changed the password of Oat milk"],
];

for (const [rpc, event, sentence] of sentences) {
  test(sentence, () => assert.is(said(eventOf(rpc, event)), sentence));
}

test("every kind of thing that is audited has a name, and every RPC a verb", () => {
  for (const method of rpcs.filter(isAudited)) {
    assert.ok(objectTypeOf(method) in words.kinds, objectTypeOf(method));
    assert.not.match(said(eventOf(method.name, { changes: [price] })), /undefined|Ada +Oat/, method.name);
    assert.not.match(deedOf(eventOf(method.name)).before, /^(Update|Create|Delete|[A-Z])/, method.name);
  }
});

test("what is no plain change of fields has a verb of its own, also where no field is told", () => {
  const isPlain = /^(Create|Update|Delete|Set|Adjust)/;
  const wordless = rpcs
    .filter(isAudited)
    .filter(({ name }) => !isPlain.test(name) && deedOf(eventOf(name)).before.startsWith("wrote"));
  assert.equal(
    wordless.map(({ name }) => name),
    [],
  );
});

test("what was deleted leads nowhere, and what is there leads to its screen", () => {
  assert.is(addressOf(eventOf("UpdateProduct")), `/products/${ID}`);
  assert.is(addressOf(eventOf("DeleteProduct")), undefined);
  assert.is(addressOf(eventOf("ShipOrder")), `/orders/${ID}`);
  assert.is(addressOf(eventOf("UpdateCategory")), `/categories/${ID}`);
});

test("an amount without decimals, a status and a text with blanks are shown as people write them", () => {
  assert.is(valueWords("1200 JPY"), "¥1,200");
  assert.is(valueWords("CONFIRMED", "status"), "confirmed");
  assert.is(valueWords("TENPERCENT", "code"), "TENPERCENT");
  assert.is(valueWords("two words"), "“two words”");
});

test.run();
