/**
 * The limits as callers meet them, on four APIs that share a Redis and a database.
 *
 * Method: what passes a limit may be refused for another reason behind it; what counts is who gets RATE_LIMITED.
 */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PromotionService } from "../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { PATIENT_WITH_REDIS, PASSWORD, startTestApi, type TestApi, withToken } from "../support/api.ts";
import { refusalOf } from "../support/refusal.ts";

const LIMITS = "registration=3/60s,promotion-guesses=4/60s,calls=1/60s/500";

let apis: TestApi[];
let api: TestApi;

test.before(async () => {
  const environment = {
    RATE_LIMITS: LIMITS,
    REDIS_URL: process.env["TEST_REDIS_URL"] ?? "",
    TRUSTED_PROXIES: "127.0.0.1",
  };
  apis = await Promise.all(Array.from({ length: 4 }, () => startTestApi(environment, PATIENT_WITH_REDIS)));
  [api] = apis as [TestApi];
});
test.after(async () => {
  await Promise.all(apis.map((one) => one.stop()));
});

/** How many calls were refused for coming too often. */
async function limited(calls: Promise<unknown>[]): Promise<number> {
  const outcomes = await Promise.allSettled(calls);
  const refusals = await Promise.all(
    outcomes.filter((one) => one.status === "rejected").map((one) => refusalOf(Promise.reject(one.reason))),
  );
  return refusals.filter(({ reason }) => reason === "RATE_LIMITED").length;
}

function from(address: string): { headers: Record<string, string> } {
  return { headers: { "x-forwarded-for": address } };
}

test("twenty suggestions a minute by four processes are twenty, for a user and for an address", async () => {
  const user = await api.signUp("CUSTOMER");
  const query = { query: "cof" };
  const asUser = Array.from({ length: 60 }, (_, index) =>
    apis[index % 4]?.clients({ token: user.token }).catalog.suggestProducts(query),
  );
  assert.is(await limited(asUser.map(async (call) => call)), 40);
  const asNobody = Array.from({ length: 60 }, (_, index) =>
    apis[index % 4]?.clients().catalog.suggestProducts(query, from("198.51.100.7")),
  );
  assert.is(await limited(asNobody.map(async (call) => call)), 40);
  assert.is(await limited([api.clients().catalog.suggestProducts(query, from("198.51.100.8"))]), 0);
});

test("all addresses of an IPv6 network register as one", async () => {
  const calls = Array.from({ length: 6 }, (_, index) =>
    api
      .clients()
      .identity.register(
        { email: `v6-${index}@test.example`, username: `v6-${index}`, password: PASSWORD },
        from(`2001:db8:0:1::${index + 1}`),
      ),
  );
  assert.is(await limited(calls), 3);
});

test("a request that breaks a rule counts as no try", async () => {
  const broken = Array.from({ length: 10 }, () =>
    api.clients().identity.register({ email: "no address" }, from("198.51.100.60")),
  );
  assert.is(await limited(broken), 0);
});

test("guesses of promotion codes are limited, orders without a code are not", async () => {
  const user = await api.signUp("CUSTOMER");
  const checks = Array.from({ length: 10 }, () =>
    createClient(PromotionService, withToken(api.connect, user.token)).checkPromotion({ code: "GUESS" }),
  );
  const limitedChecks = await limited(checks);
  assert.is(limitedChecks, 6);
  const order = {
    storeId: "01939393-0000-7000-8000-000000000000",
    items: [{ productId: "01939393-0000-7000-8000-000000000001", quantity: 1 }],
  };
  const withoutCode = Array.from({ length: 10 }, () => api.clients({ token: user.token }).order.placeOrder(order));
  assert.is(await limited(withoutCode), 0);
});

test("a refusal says which limit, when to come again, and what is left, by gRPC and by HTTP", async () => {
  for (const transport of [api.connect, api.grpc]) {
    const address = transport === api.grpc ? "198.51.100.71" : "198.51.100.70";
    const call = () => api.clients({ transport }).catalog.suggestProducts({ query: "tea" }, from(address));
    await Promise.allSettled(Array.from({ length: 20 }, call));
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    if (!(error instanceof ConnectError)) throw new TypeError("the call was answered");
    assert.is(error.code, Code.ResourceExhausted);
    const [retry] = error.findDetails(RetryInfoSchema);
    const seconds = Number(retry?.retryDelay?.seconds);
    assert.ok(seconds >= 50 && seconds <= 60, `${seconds} s`);
    assert.equal((await refusalOf(call())).metadata, { limit: "suggestions" });
    // The client of grpc-js that tests use hands on a refusal without its headers.
    if (transport === api.grpc) continue;
    assert.is(error.metadata.get("ratelimit-limit"), "20");
    assert.is(error.metadata.get("ratelimit-remaining"), "0");
    assert.ok(Number(error.metadata.get("ratelimit-reset")) >= 50);
    assert.ok(Number(error.metadata.get("retry-after")) >= 50);
  }
});

test("nobody takes a process from all others: a caller's calls are bounded, another's are answered", async () => {
  const [greedy, modest] = [await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER")];
  const { catalog } = api.clients({ token: greedy.token, transport: api.grpc });
  let refused = 0;
  // In waves, or the limit of calls under way would refuse some of them first.
  for (let wave = 0; wave < 6; wave++)
    refused += await limited(Array.from({ length: 100 }, () => catalog.listCategories({})));
  assert.is(refused, 100);
  assert.is(await limited([api.clients({ token: modest.token }).catalog.listCategories({})]), 0);
});

test("answers that are ready count too", async () => {
  const query = new URLSearchParams({ connect: "v1", encoding: "json", message: "{}" });
  const url = `${api.baseUrl}/bodega.catalog.v1.CatalogService/ListCategories?${query.toString()}`;
  const statuses: number[] = [];
  for (let index = 0; index < 520; index++) {
    const answer = await fetch(url, { headers: { "x-forwarded-for": "198.51.100.90" } });
    await answer.text();
    statuses.push(answer.status);
  }
  assert.is(statuses.filter((status) => status === 200).length, 500);
  assert.is(statuses.filter((status) => status === 429).length, 20);
});

test.run();
