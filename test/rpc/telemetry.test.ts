/** What a call leaves in the log, what a caller is told of a bug, and what neither of them ever holds. */
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { errorsStep } from "../../src/rpc/steps/errors.ts";
import { PASSWORD, startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { callOf, messagesOf, thrown } from "../support/call.ts";
import type { LogLine } from "../support/logged-api.ts";
import { startTransports, type TestTransports } from "../support/transports.ts";

const SECRET = "tell-nobody-this-9471";
const SQL_OR_HOST = /relation|select|catalog\.|at .*\.ts|127\.0\.0\.1|\/src\/|node_modules/i;

let api: TestApi;
let all: TestTransports;
let customer: TestUser;

test.before(async () => {
  api = await startTestApi();
  [all, customer] = await Promise.all([startTransports(), api.signUp("CUSTOMER")]);
});
test.after(async () => {
  await Promise.all([all.stop(), api.stop()]);
});

function lineOf(requestId: string): LogLine | undefined {
  return [...all.plain.lines, ...all.tls.lines].find((line) => line.requestId === requestId);
}

test("every call leaves one line: the request id, the RPC, the caller, how it ended and how long it took", async () => {
  for (const { name, transport } of all.ways) {
    const requestId = newId();
    await withToken(transport, customer.token).unary(
      OrderService.method.listOrders,
      undefined,
      undefined,
      { "x-request-id": requestId },
      {},
    );
    const { rpc, caller, code, durationMs } = lineOf(requestId) ?? {};
    assert.equal(
      { rpc, caller, code },
      { rpc: "/bodega.order.v1.OrderService/ListOrders", caller: customer.id, code: "OK" },
      name,
    );
    assert.ok(typeof durationMs === "number" && durationMs > 0 && durationMs < 60_000);
  }
});

test("a refusal's line has its code and reason, and no caller where there is none", async () => {
  const requestId = newId();
  await thrown(
    all.ways[0]?.transport.unary(
      OrderService.method.listOrders,
      undefined,
      undefined,
      { "x-request-id": requestId },
      {},
    ) ?? Promise.resolve(),
  );
  const { caller, code, reason } = lineOf(requestId) ?? {};
  assert.equal({ caller, code, reason }, { caller: undefined, code: "Unauthenticated", reason: "NOT_SIGNED_IN" });
});

test("no line ever holds a password or a token", async () => {
  for (const { transport } of all.ways) {
    const unique = `s${newId().replaceAll("-", "").slice(-20)}`;
    const registration = { email: `${unique}@test.example`, username: unique, password: `${SECRET} ${unique}` };
    const { message } = await transport.unary(
      IdentityService.method.register,
      undefined,
      undefined,
      undefined,
      registration,
    );
    await thrown(
      transport.unary(IdentityService.method.login, undefined, undefined, undefined, {
        login: unique,
        password: SECRET,
      }),
    );
    await thrown(
      withToken(transport, `${SECRET}.e30.x`).unary(
        OrderService.method.listOrders,
        undefined,
        undefined,
        undefined,
        {},
      ),
    );
    await thrown(
      transport.unary(IdentityService.method.register, undefined, undefined, undefined, {
        ...registration,
        email: SECRET,
      }),
    );
    const logged = JSON.stringify([all.plain.lines, all.tls.lines]);
    const { accessToken = "", refreshToken = "" } = message.tokens ?? {};
    const secrets = [
      SECRET,
      PASSWORD,
      accessToken,
      refreshToken,
      customer.token,
      ...[accessToken, customer.token].map((token) => token.split(".")[2] ?? ""),
    ];
    assert.equal(
      secrets.filter((secret) => secret !== "" && logged.includes(secret)),
      [],
    );
  }
});

test("a bug of ours is INTERNAL without its text, by every protocol, and the log has its cause", async () => {
  await runSql(api.database, "ALTER TABLE catalog.categories RENAME TO lost");
  try {
    for (const { name, transport } of all.ways) {
      const requestId = newId();
      const call = transport.unary(
        CatalogService.method.getCategory,
        undefined,
        undefined,
        { "x-request-id": requestId },
        { id: newId() },
      );
      const error = await thrown(call);
      assert.ok(error instanceof ConnectError);
      const told = JSON.stringify([error.message, [...error.metadata], error.details]);
      assert.not.match(told, SQL_OR_HOST);
      assert.match(error.rawMessage, requestId);
      const { code, err } = lineOf(requestId) ?? {};
      assert.is(code, "Internal", name);
      assert.match(err?.message ?? "", /relation "catalog.categories" does not exist/);
    }
  } finally {
    await runSql(api.database, "ALTER TABLE catalog.lost RENAME TO categories");
  }
});

test("what a stream throws after its first message is told like every other failure", async () => {
  const stream = async function* () {
    yield create(EmptySchema);
    throw new TypeError(SECRET);
  };
  const call = callOf({ method: OrderService.method.watchOrders });
  const failure = await thrown(messagesOf(await errorsStep(call, async () => stream())));
  assert.ok(failure instanceof Failure && failure.reason === "INTERNAL");
  assert.not.match(failure.message, SECRET);
  assert.ok(failure.cause instanceof TypeError);
});

test.run();
