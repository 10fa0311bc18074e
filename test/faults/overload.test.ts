/**
 * Overload: what is too much is refused at once and told when to come again; what was let in is done.
 *
 * Method: the table of stock, which the test holds locked, keeps as many orders under way as one process works on; of a
 * single row they would wait aside, and fewer of them. How much of its peak a server still does at ten times its load is
 * measured by `npm run bench overload`.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { thrown } from "../support/call.ts";
import { shopWith } from "../support/shop.ts";

/** Few, so that all of them have come long before anybody who waits for the lock gives up. */
const MAX_CALLS_AT_ONCE = 60;
const TOO_MANY = 20;

let api: TestApi;
let buyers: Clients[];
test.before(async () => {
  api = await startTestApi({}, { maxCallsAtOnce: MAX_CALLS_AT_ONCE });
  const { token } = await api.signUp("CUSTOMER");
  buyers = [api.grpc, api.connect].map((transport) => api.clients({ token, transport }));
});
test.after(() => api.stop());

test("more calls than a process works on are refused early, and those that were let in are answered", async () => {
  const shop = await shopWith(api, { mug: MAX_CALLS_AT_ONCE });
  const request = { storeId: shop.storeId, items: shop.items({ mug: 1 }) };
  const transaction = await api.database.transaction();
  await api.database.query("LOCK TABLE inventory.stock IN ACCESS EXCLUSIVE MODE", { transaction });
  const told: unknown[] = [];
  const letIn = Array.from({ length: MAX_CALLS_AT_ONCE + TOO_MANY }, () =>
    // By HTTP/1.1, since a connection of HTTP/2 takes a hundred calls at once.
    (buyers[1]?.order.placeOrder(request) ?? Promise.reject(new Error("no buyer"))).catch(
      (error: unknown) => void told.push(error),
    ),
  );
  while (told.length < TOO_MANY) await new Promise(setImmediate);
  for (const buyer of buyers) told.push(await thrown(buyer.catalog.listCategories({})));
  await transaction.rollback();
  const answers = await Promise.all(letIn);
  assert.is(answers.filter((answer) => answer?.order !== undefined).length, MAX_CALLS_AT_ONCE);
  assert.is(told.length, TOO_MANY + buyers.length);
  for (const error of told) {
    assert.ok(error instanceof ConnectError && error.code === Code.ResourceExhausted, String(error));
    assert.is(error.findDetails(RetryInfoSchema).length, 1);
  }
  assert.is(await shop.quantity("mug"), 0);
  for (const buyer of buyers) await buyer.catalog.listCategories({});
});

test.run();
