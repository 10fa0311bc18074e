/** nice-grpc on both ports, with what ts-proto makes of the proto files. */
// time limit: 120 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PASSWORD } from "../support/api.ts";
import { programPath } from "../support/program.ts";
import { createFixture, type Fixture } from "../support/fixture.ts";
import { positioning } from "../support/watching.ts";
import { makeStubs, openProject, type Project } from "./project.ts";

const test = suite<Fixture & { project: Project; relay: ReturnType<typeof positioning> }>("nice-grpc");

test.before(async (context) => {
  Object.assign(context, await createFixture());
  context.relay = positioning(context.api.database);
  context.project = openProject("nice-grpc.ts");
  programPath("protoc", "protobuf-compiler");
  await makeStubs("ts_proto", context.project.folder);
});

test.after(async ({ api, relay }) => {
  await relay?.stop();
  await api?.stop();
});

test("its types hold what the API takes and tells, and refuse a field that there is not", async ({ project }) => {
  await project.typeCheck();
  const refusal = await project
    .typeCheck({ "requestId: randomUUID()": "requestKey: randomUUID()" })
    .then(() => "it was accepted", String);
  assert.match(refusal, "'requestKey' does not exist");
});

test("it signs in, searches, orders, watches until it aborts, reads why it is refused, and keeps its deadline, on both ports", async ({
  api,
  buyer,
  project,
  shop,
}) => {
  for (const address of [api.grpcAddress, new URL(api.baseUrl).host]) {
    const before = await shop.quantity("mug");
    const told = await project.told(address, buyer.email, PASSWORD, "mug", shop.storeId);
    assert.equal([told["found"], told["status"], told["total"]], ["mug", "ORDER_STATUS_CONFIRMED", "2"], address);
    assert.is(await shop.quantity("mug"), before - 1, address);
    assert.equal([told["watched"], told["left"]], [[[told["orderId"], 1]], "AbortError"], address);
    assert.equal(told["refused"], { code: "NOT_FOUND", reason: "PRODUCT_NOT_FOUND" }, address);
    assert.is(told["deadline"], "DEADLINE_EXCEEDED", address);
  }
});

test.run();
