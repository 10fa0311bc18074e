/**
 * Deadlines: every call has one, it is answered when it passes, and the work behind it stops.
 *
 * Method: the step by itself with a clock of milliseconds; then the real server, with a stock row that the test holds
 * locked, so that the work behind a call cannot get on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { create, type Message } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { CallSignal } from "../../src/rpc/call-signal.ts";
import { DEFAULT_TIMEOUT_MS, deadlineStep, MAX_TIMEOUT_MS } from "../../src/rpc/steps/deadline.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { callOf, messagesOf, thrown } from "../support/call.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { eventually } from "../support/until.ts";

const TIMEOUT_MS = 300;
const message: Message = create(EmptySchema);
const stream = OrderService.method.watchOrders;

let api: TestApi;
let customer: TestUser;
let admin: TestUser;

test.before(async () => {
  api = await startTestApi({ DB_POOL: "2" });
  [customer, admin] = await Promise.all([api.signUp("CUSTOMER"), api.signUp("ADMIN")]);
});
test.after(() => api.stop());

async function deadlineFor(asked: number | undefined): Promise<number> {
  const call = callOf({ deadline: asked === undefined ? undefined : Date.now() + asked });
  await deadlineStep(call, async () => message);
  return (call.deadline ?? 0) - Date.now();
}

test("a call without a deadline gets one, and a long one is shortened", async () => {
  assert.ok(Math.abs((await deadlineFor(undefined)) - DEFAULT_TIMEOUT_MS) < 100);
  assert.ok(Math.abs((await deadlineFor(3_600_000)) - MAX_TIMEOUT_MS) < 100);
  assert.ok(Math.abs((await deadlineFor(5_000)) - 5_000) < 100);
});

test("when the deadline passes, the caller is answered and the work is told to stop, whether it listens or not", async () => {
  const call = callOf({ deadline: Date.now() + 50 });
  const refusal = await thrown(deadlineStep(call, () => new Promise<Message>(() => undefined)));
  assert.ok(refusal instanceof Failure && refusal.reason === "DEADLINE_EXCEEDED");
  assert.ok(call.signal.aborted);
});

test("a caller who leaves is no deadline, and one that leaves because of it is", async () => {
  const leaving = new CallSignal();
  const left = deadlineStep(
    callOf({ signal: leaving, deadline: Date.now() + 60_000 }),
    () => new Promise<Message>(() => undefined),
  );
  leaving.abort();
  const refusal = await thrown(left);
  assert.ok(refusal instanceof Failure && refusal.reason === "CANCELED");
  const timed = new CallSignal();
  setTimeout(() => timed.abort(), 30);
  const late = await thrown(
    deadlineStep(callOf({ signal: timed, deadline: Date.now() + 20 }), () => new Promise<Message>(() => undefined)),
  );
  assert.ok(late instanceof Failure && late.reason === "DEADLINE_EXCEEDED");
});

test("a stream whose client set a deadline ends by it, also while it waits", async () => {
  const endless = async function* () {
    yield message;
    await new Promise(() => undefined);
  };
  const answer = await deadlineStep(callOf({ method: stream, deadline: Date.now() + 50 }), async () => endless());
  const refusal = await thrown(messagesOf(answer));
  assert.ok(refusal instanceof Failure && refusal.reason === "DEADLINE_EXCEEDED");
});

test("of a stream that is refused nothing is left to wait for its deadline", async () => {
  const call = callOf({ method: stream, deadline: Date.now() + 50 });
  const refusal = await thrown(deadlineStep(call, () => Promise.reject(new Failure("NOT_SIGNED_IN", "Sign in."))));
  assert.ok(refusal instanceof Failure && refusal.reason === "NOT_SIGNED_IN");
  await sleep(100);
  assert.not(call.signal.aborted);
});

test("a stream without a deadline gets none", async () => {
  const call = callOf({ method: stream });
  const two = async function* () {
    yield message;
    yield message;
  };
  assert.is((await messagesOf(await deadlineStep(call, async () => two()))).length, 2);
  assert.is(call.deadline, undefined);
});

/** Holds the shop's mug locked while the work runs. */
async function whileLocked<T>(shop: Shop<"mug">, work: () => Promise<T>): Promise<T> {
  const transaction = await api.database.transaction();
  try {
    await api.database.query(
      "SELECT quantity FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE",
      {
        bind: [shop.storeId, shop.products.mug],
        transaction,
      },
    );
    return await work();
  } finally {
    await transaction.rollback();
  }
}

for (const protocol of ["connect", "grpc"] as const) {
  test(`a write whose deadline passes while it waits for a lock changes nothing, by ${protocol}`, async () => {
    const shop = await shopWith(api, { mug: 5 });
    const { inventory } = api.clients({ token: admin.token, transport: api[protocol] });
    const set = () =>
      inventory.setStock(
        { storeId: shop.storeId, productId: shop.products.mug, quantity: 77 },
        { timeoutMs: TIMEOUT_MS },
      );
    await whileLocked(shop, async () => {
      assert.is((await refusalOf(set())).code, "DeadlineExceeded");
      await statementsEnd();
    });
    assert.is(await shop.quantity("mug"), 5);
  });

  test(`an order whose deadline passes is told by its request_id: it is there once or not at all, by ${protocol}`, async () => {
    const shop = await shopWith(api, { mug: 5 });
    const { order } = api.clients({ token: customer.token, transport: api[protocol] });
    const request = { storeId: shop.storeId, items: shop.items({ mug: 2 }), requestId: newId() };
    const { code } = await whileLocked(shop, () => refusalOf(order.placeOrder(request, { timeoutMs: TIMEOUT_MS })));
    assert.is(code, "DeadlineExceeded");
    const placed = await order.placeOrder(request);
    assert.is(await shop.quantity("mug"), 3);
    const [row] = await runSql<{ ids: string[] }>(
      api.database,
      "SELECT array_agg(id) AS ids FROM orders.orders WHERE store_id = $1",
      [shop.storeId],
    );
    assert.equal(row?.ids, [placed.order?.id]);
  });
}

test("calls that ran out of time give their connections back", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { inventory } = api.clients({ token: admin.token });
  const set = () =>
    inventory.setStock({ storeId: shop.storeId, productId: shop.products.mug, quantity: 9 }, { timeoutMs: TIMEOUT_MS });
  await whileLocked(shop, async () => {
    const codes = await Promise.all(Array.from({ length: 6 }, async () => (await refusalOf(set())).code));
    assert.equal(new Set(codes), new Set(["DeadlineExceeded"]));
    await statementsEnd();
    assert.is((await inventory.getStore({ id: shop.storeId })).store?.id, shop.storeId);
  });
});

test("a deadline that is over when the call comes is told before anything else is done", async () => {
  const { order } = api.clients();
  const late = order.listOrders({}, { headers: { "connect-timeout-ms": "0" } });
  assert.is(await reasonOf(late), "DEADLINE_EXCEEDED");
});

/** PostgreSQL ends the statements of the calls: by itself, and at their deadline, long before the one that others have. */
async function statementsEnd(): Promise<void> {
  const sql =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'test' AND wait_event_type = 'Lock'";
  await eventually(
    "no statement waits for the lock",
    async () => (await runSql(api.database, sql)).length === 0 || undefined,
    DEFAULT_TIMEOUT_MS / 2,
  );
}

test.run();
