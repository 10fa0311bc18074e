/** The judge of the fuzz tests has teeth: each answer that breaks a promise is told, and those that keep them are not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { type Asked, wrongWith } from "./judge.ts";
import type { Outcome } from "./wire.ts";

const rpc = OrderService.method.placeOrder;
const fault: Asked = { rule: "max_len", path: "items[0].product_id" };
const refused = {
  code: "InvalidArgument",
  reason: "INVALID_FIELDS",
  domain: "bodega",
  fields: ["items[0].product_id"],
};

const wrong: [name: string, asked: Asked, outcome: Outcome, sentence: RegExp][] = [
  ["a bug", "spoilt", { ...refused, code: "Internal", reason: "INTERNAL" }, /a fault of ours/],
  ["an error that nobody named", "hostile", { code: "Unknown", fields: [] }, /a fault of ours/],
  ["an error without ErrorInfo", "spoilt", { code: "InvalidArgument", fields: [] }, /without ErrorInfo/],
  ["a reason that is in no list", "hostile", { ...refused, reason: "OOPS" }, /without ErrorInfo/],
  ["an ErrorInfo of somebody else", "hostile", { ...refused, domain: "grpc" }, /without ErrorInfo/],
  ["a reason with another's code", "hostile", { ...refused, code: "NotFound" }, /INVALID_FIELDS has another code/],
  ["an answer that breaks off", "valid", { code: "an answer without end", fields: [] }, /without ErrorInfo/],
  ["a broken rule that is let through", fault, { code: "OK", fields: [] }, /breaks max_len/],
  [
    "a broken rule of which another field is blamed",
    fault,
    { ...refused, fields: ["store_id"] },
    /blames \["store_id"\]/,
  ],
  ["a broken rule of which no field is blamed", fault, { ...refused, fields: [] }, /blames \[\]/],
  [
    "a broken rule that is refused for something else",
    fault,
    { ...refused, reason: "MALFORMED_REQUEST" },
    /breaks max_len/,
  ],
  [
    "a field that there is not",
    "hostile",
    { ...refused, fields: ["items[0].colour"] },
    /fields that there are not: items\[0\].colour/,
  ],
  ["a sound message that is not read", "valid", { ...refused, reason: "MALFORMED_REQUEST" }, /was not read/],
  ["a sound message that HTTP refuses", "valid", { code: "HTTP 415", fields: [] }, /no answer in the protocol/],
  ["a crash of HTTP's server", "spoilt", { code: "HTTP 500", fields: [] }, /no answer in the protocol/],
];

const right: [name: string, asked: Asked, outcome: Outcome][] = [
  ["an answer", "valid", { code: "OK", fields: [] }],
  [
    "a refusal of ours",
    "valid",
    { code: "NotFound", reason: "STORE_NOT_FOUND", domain: "bodega", fields: ["store_id"] },
  ],
  ["the right field, among others", fault, { ...refused, fields: ["store_id", "items[0].product_id"] }],
  ["the request as a whole", "hostile", { ...refused, fields: [""] }],
  ["HTTP's own word for what is in no protocol", "spoilt", { code: "HTTP 415", fields: [] }],
];

for (const [name, asked, outcome, sentence] of wrong) {
  test(`it objects to ${name}`, () => assert.match(wrongWith(rpc, asked, outcome) ?? "nothing", sentence));
}

for (const [name, asked, outcome] of right) {
  test(`it lets pass ${name}`, () => assert.is(wrongWith(rpc, asked, outcome), undefined));
}

test.run();
