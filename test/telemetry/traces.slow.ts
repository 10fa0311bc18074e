/**
 * Traces: from a caller's context through the call, its SQL and Redis into the jobs that follow, sent by OTLP.
 *
 * Method: `serve` and `worker` as an operator starts them, a receiver on loopback in place of a collector, and calls
 * with a `traceparent` of the test's own.
 */
// time limit: 120 s
import { randomBytes } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { NotificationService } from "../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { outboxPositions } from "../../src/outbox/outbox.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { PASSWORD, startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { thrown } from "../support/call.ts";
import { type GrpcTransport, grpcTransport } from "../support/grpc-transport.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { type RunningCommand, startRunning } from "../support/running.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { eventually, until } from "../support/until.ts";
import { watch } from "../support/watching.ts";
import { receiver as hookReceiver } from "../support/webhook-receiver.ts";

const ORDERS_AT_ONCE = 30;
/** More changes than a watcher who comes back reads in one page. */
const MISSED = 210;

let api: TestApi;
let customer: TestUser;
let admin: TestUser;
let shop: Shop<"mug">;
let receiver: OtlpReceiver;
let served: RunningCommand;
let worker: RunningCommand;
let grpc: GrpcTransport;
let port: number;

test.before(async () => {
  [api, receiver] = await Promise.all([startTestApi(), startOtlpReceiver()]);
  [customer, admin, shop] = [
    await api.signUp("CUSTOMER"),
    await api.signUp("ADMIN"),
    await shopWith(api, { mug: 1_000 }),
  ];
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    RATE_LIMITS: "orders=off",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.1",
  };
  served = startRunning("serve", { ...environment, WORKERS: "1" });
  worker = startRunning("worker", environment);
  const { port: httpPort = 0, grpcPort = 0 } = await served.line("serving");
  port = httpPort;
  grpc = grpcTransport(`127.0.0.1:${grpcPort}`);
  await worker.line("the worker has started");
});
test.after(async () => {
  grpc.close();
  await Promise.all([served.stop(), worker.stop(), api.stop()]);
  receiver.close();
});

interface Caller {
  traceId: string;
  spanId: string;
  headers: Record<string, string>;
  requestId: string;
}

/** A caller with a trace of its own. @param flags 01: recorded, 00: not */
function callerWith(flags = "01"): Caller {
  const [traceId, spanId, requestId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex"), newId()];
  return {
    traceId,
    spanId,
    requestId,
    headers: { traceparent: `00-${traceId}-${spanId}-${flags}`, "x-request-id": requestId },
  };
}

function of(caller: Caller): ReceivedSpan[] {
  return receiver.spans.filter(({ traceId }) => traceId === caller.traceId);
}

async function placeOrder(caller: Caller): Promise<void> {
  const order = { storeId: shop.storeId, items: shop.items({ mug: 1 }) };
  await withToken(grpc, customer.token).unary(
    OrderService.method.placeOrder,
    undefined,
    undefined,
    caller.headers,
    order,
  );
}

test("an order by gRPC, its SQL and the worker's e-mail are one trace, in the caller's", async () => {
  const caller = callerWith();
  await placeOrder(caller);
  const call = await receiver.span(
    "the call",
    ({ traceId, name }) => traceId === caller.traceId && name === "bodega.order.v1.OrderService/PlaceOrder",
  );
  assert.is(call.parentSpanId, caller.spanId);
  assert.is(call.service, "bodega-api");
  assert.equal(
    [call.attributes["rpc.response.status_code"], call.attributes["bodega.request_id"]],
    ["OK", caller.requestId],
  );

  const job = await receiver.span("the e-mail", ({ traceId, name }) => traceId === caller.traceId && name === "e-mail");
  assert.is(job.service, "bodega-worker");
  assert.is(job.parentSpanId, call.spanId);

  const batch = await receiver.span(
    "the batch",
    ({ parentSpanId, name }) => parentSpanId === call.spanId && name === "order batch",
  );
  assert.equal(
    batch.links.map(({ spanId }) => spanId),
    [call.spanId],
  );
  const under = (parent: ReceivedSpan) =>
    of(caller)
      .filter(({ parentSpanId }) => parentSpanId === parent.spanId)
      .map(({ name }) => name);
  const sql = await eventually("the SQL of both", async () => {
    const found = [under(batch), under(job)];
    return found[0]?.includes("order-write") === true && found[1]?.includes("send") === true ? found : undefined;
  });
  // The hint that there are events is one for all orders of its moment, so it stands in the trace of any.
  assert.equal(
    sql[0]?.filter((name) => name !== "PUBLISH"),
    ["START", "order-lock-stock", "order-write", "COMMIT"],
  );
  assert.ok(sql[1]?.includes("UPDATE email.deliveries"), sql[1]?.join());
});

test("a message to a webhook is in the trace of the order's caller, and takes the trace to the receiver", async () => {
  const hook = await hookReceiver((response) => void response.writeHead(hook.received.length === 1 ? 503 : 204).end());
  const { createWebhook, deleteWebhook } = createClient(NotificationService, withToken(grpc, admin.token));
  const { webhook } = await createWebhook({ webhook: { url: hook.url } });
  const caller = callerWith();
  await placeOrder(caller);
  await eventually("the first answer", async () => {
    const due =
      "UPDATE webhooks.deliveries SET next_attempt_at = now() WHERE response_status = 503 AND status = 'PENDING' RETURNING id";
    return (await runSql(api.database, due)).at(0);
  });
  const attempts = await eventually("both attempts", async () => {
    const found = of(caller).filter(({ name }) => name === "call webhook");
    return found.length === 2 ? found : undefined;
  });
  const call = await receiver.span(
    "the call",
    ({ traceId, name }) => traceId === caller.traceId && name.endsWith("/PlaceOrder"),
  );
  const jobs = await eventually("both jobs", async () => {
    const found = of(caller).filter(({ name }) => name === "webhook");
    return found.length === 2 ? found : undefined;
  });
  await deleteWebhook({ id: webhook?.id });
  await hook.close();
  assert.equal(
    jobs.map(({ parentSpanId }) => parentSpanId),
    [call.spanId, call.spanId],
  );
  assert.equal(new Set(attempts.map(({ parentSpanId }) => parentSpanId)), new Set(jobs.map(({ spanId }) => spanId)));
  const outcomes = attempts.map(({ failed, attributes }) => [attributes["http.response.status_code"], failed]);
  assert.equal(outcomes, [
    [503, true],
    [204, false],
  ]);
  const carried = attempts.map(({ spanId }) => `00-${caller.traceId}-${spanId}-01`);
  assert.equal(
    hook.received.map(({ headers }) => headers["traceparent"]),
    carried,
  );
});

test("what a stream reads after its first message stands in its call's span, and what it shares with others in none", async () => {
  const { watchOrders } = createClient(OrderService, withToken(grpc, customer.token));
  const before = watch({ watchOrders });
  await before.begun();
  await before.leave();
  for (let missed = 0; missed < MISSED; missed += ORDERS_AT_ONCE)
    await Promise.all(Array.from({ length: ORDERS_AT_ONCE }, () => placeOrder(callerWith("00"))));
  // What has no position yet would be told live, and not be read by the one who comes back.
  await until("everything has its position", async () => !(await outboxPositions(api.database)).unstamped);

  const caller = callerWith();
  const again = watch(
    { watchOrders: (request, options) => watchOrders(request, { ...options, headers: caller.headers }) },
    { resumeToken: before.token },
  );
  await again.until(MISSED);
  await placeOrder(callerWith("00"));
  await again.until(MISSED + 1);
  await again.leave();
  const call = await receiver.span(
    "the stream",
    ({ traceId, name }) => traceId === caller.traceId && name.endsWith("/WatchOrders"),
  );
  const inCall = () =>
    of(caller).filter(
      ({ parentSpanId, attributes }) => parentSpanId === call.spanId && attributes["db.system.name"] === "postgresql",
    );
  const pages = inCall().filter(({ attributes }) =>
    /FROM orders\.outbox e\b.*\bLIMIT\b/s.test(String(attributes["db.query.text"])),
  );
  assert.equal(
    of(caller).filter(({ spanId, parentSpanId }) => spanId !== call.spanId && parentSpanId !== call.spanId),
    [],
  );
  assert.is(
    pages.length,
    2,
    inCall()
      .map(({ name }) => name)
      .join(),
  );
});

test("by PORT too the caller's context is honoured, also when it says that nothing is recorded", async () => {
  const [recorded, unrecorded] = [callerWith(), callerWith("00")];
  const connect = createConnectTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    httpVersion: "1.1",
    useBinaryFormat: false,
  });
  const search = (caller: Caller) =>
    connect.unary(CatalogService.method.searchProducts, undefined, undefined, caller.headers, { query: "mug" });
  await search(unrecorded);
  await search(recorded);
  const call = await receiver.span(
    "the call",
    ({ traceId, name }) => traceId === recorded.traceId && name.endsWith("/SearchProducts"),
  );
  assert.is(call.parentSpanId, recorded.spanId);
  assert.equal(of(unrecorded), []);
});

test("commands to Redis are spans of the call; neither they nor statements show values or keys", async () => {
  const caller = callerWith();
  const error = grpc.unary(IdentityService.method.login, undefined, undefined, caller.headers, {
    login: customer.email,
    password: `not ${PASSWORD}`,
  });
  await thrown(error);
  const call = await receiver.span(
    "the call",
    ({ traceId, name }) => traceId === caller.traceId && name.endsWith("/Login"),
  );
  assert.is(call.failed, false, "a refusal is no failure of ours");
  assert.is(call.attributes["rpc.response.status_code"], "Unauthenticated");
  const systems = new Set(of(caller).map(({ attributes }) => attributes["db.system.name"]));
  assert.ok(systems.has("redis") && systems.has("postgresql"), [...systems].join());
  const told = JSON.stringify(receiver.spans);
  for (const secret of [customer.email, customer.id, PASSWORD, customer.token])
    assert.not(told.includes(secret), secret);
});

test("orders that share a transaction are linked from its span", async () => {
  const callers = Array.from({ length: ORDERS_AT_ONCE }, () => callerWith());
  await Promise.all(callers.map(placeOrder));
  const calls = await eventually("all calls", async () => {
    const found = callers.flatMap((caller) => of(caller).filter(({ name }) => name.endsWith("/PlaceOrder")));
    return found.length === ORDERS_AT_ONCE ? found : undefined;
  });
  const traces = new Set(callers.map(({ traceId }) => traceId));
  const batches = await eventually("all batches", async () => {
    const found = receiver.spans.filter(({ name, traceId }) => name === "order batch" && traces.has(traceId));
    return found.flatMap(({ links }) => links).length === ORDERS_AT_ONCE ? found : undefined;
  });
  assert.equal(
    batches.flatMap(({ links }) => links.map(({ spanId }) => spanId)).sort(),
    calls.map(({ spanId }) => spanId).sort(),
  );
  assert.ok(batches.some(({ links, attributes }) => links.length > 1 && attributes["bodega.orders"] === links.length));
});

test("the log of a call has its trace, and the log of the job that follows has the call's request id", async () => {
  const caller = callerWith();
  await placeOrder(caller);
  const sent = await eventually("the job's line", async () =>
    worker.lines.find(({ msg, requestId }) => msg === "an e-mail was sent" && requestId === caller.requestId),
  );
  assert.ok(sent);
  const line = await eventually("the call's line", async () =>
    served.lines.find(({ msg, requestId }) => msg === "call" && requestId === caller.requestId),
  );
  assert.is(line.traceId, caller.traceId);
});

test("looks that nobody called for are no traces", () => {
  assert.equal(
    receiver.spans
      .filter(({ parentSpanId }) => parentSpanId === "")
      .map(({ name }) => name)
      .filter((name) => !name.includes("/")),
    [],
  );
});

test("a collector that is away is said once, and calls go on", async () => {
  const alone = startRunning("serve", {
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    OTEL_EXPORTER_OTLP_TIMEOUT: "1000",
    WORKERS: "1",
  });
  try {
    const { port: ownPort } = await alone.line("serving");
    const ask = () =>
      fetch(`http://127.0.0.1:${ownPort}/bodega.catalog.v1.CatalogService/ListCategories`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
    assert.is((await ask()).status, 200);
    await alone.line("traces cannot be exported; the calls go on without them");
    assert.is((await ask()).status, 200);
  } finally {
    assert.is(await alone.stop(), 0);
  }
  assert.is(alone.lines.filter(({ msg }) => msg.startsWith("traces cannot be exported;")).length, 1);
});

test.run();
