/**
 * Random lives of orders. Goal: whatever is done in whatever order, each step ends as the state machine says, and
 * stock, ledger, events and promotion uses agree afterwards.
 *
 * Method: fast-check draws operations on two stores with two products; each is carried out by the real repositories on
 * PostgreSQL and, beside it, by a model of a few lines; the two must never differ. A failure prints its seed and the
 * shortest life that fails.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startTestApi, type TestApi } from "../support/api.ts";
import { fc } from "../support/seed.ts";
import { ModelShop } from "./lifecycle/model-shop.ts";
import { operation } from "./lifecycle/operation.ts";
import { RealShop } from "./lifecycle/real-shop.ts";

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

test("whatever is done with orders and stock in whatever order, every step ends as the model says and all books agree", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), async (operations) => {
      const real = await RealShop.open(api);
      const model = new ModelShop();
      for (const operation of operations) assert.is(await real.do(operation), model.expect(operation), operation.does);
      const { quantity, reserved, uses } = model;
      assert.equal(await real.state(), {
        quantity,
        reserved,
        statuses: model.orders.map(({ status }) => status),
        uses,
      });
      assert.equal(await real.broken(), []);
    }),
    { numRuns: 60 },
  );
});

test.run();
