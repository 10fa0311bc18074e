/** Access fails closed, twice: an RPC that declares none stops the start, and would admit nobody. */
import { create, createFileRegistry, type DescService, setExtension } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, MethodOptionsSchema } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Access, access } from "../../gen/bodega/access/v1/access_pb.ts";
import { accessOf, checkAccess } from "../../src/platform/auth/access.ts";
import { type Caller, roles } from "../../src/platform/auth/caller.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { StartupError } from "../../src/platform/errors/startup-error.ts";
import { pipeline } from "../../src/rpc/pipeline.ts";
import { service } from "../../src/rpc/service.ts";
import { authorizationStep } from "../../src/rpc/steps/authorization.ts";
import { callOf, thrown, unreachable } from "../support/call.ts";
import { rpcs } from "../support/contract.ts";

const callers: Caller[] = [undefined, ...roles.map((role) => ({ id: "somebody", name: "somebody", role }))];

/** `test.Doors` with an RPC that declares these accesses. */
function doors(declared: Access[]): DescService {
  const options = create(MethodOptionsSchema);
  if (declared.length > 0) setExtension(options, access, declared);
  const file: FileDescriptorProto = create(FileDescriptorProtoSchema, {
    name: "test/doors.proto",
    package: "test",
    syntax: "proto3",
    messageType: [{ name: "Empty" }],
    service: [
      { name: "Doors", method: [{ name: "Open", inputType: ".test.Empty", outputType: ".test.Empty", options }] },
    ],
  });
  const found = createFileRegistry(file, () => undefined).getService("test.Doors");
  if (found === undefined) throw new Error("there is no test.Doors");
  return found;
}

function openOf(descriptor: DescService) {
  const [open] = descriptor.methods;
  if (open === undefined) throw new Error("there is no Open");
  return open;
}

function refusalFor(declared: Access[], caller: Caller): string {
  try {
    checkAccess(declared, caller);
  } catch (error) {
    if (error instanceof Failure) return error.reason;
    throw error;
  }
  return "admitted";
}

test("a server with an RPC that declares no access does not start, and says which RPC it is", () => {
  for (const declared of [[], [Access.UNSPECIFIED]]) {
    assert.throws(
      () => pipeline([service(doors(declared), {})], []),
      (error: unknown) => error instanceof StartupError && error.message.includes("/test.Doors/Open"),
    );
  }
  assert.is(pipeline([service(doors([Access.PUBLIC]), {})], []).length, 1);
});

test("an RPC that declares no access admits nobody, admins neither", async () => {
  for (const declared of [[], [Access.UNSPECIFIED]]) {
    for (const caller of callers) {
      const refusal = await thrown(authorizationStep(callOf({ method: openOf(doors(declared)), caller }), unreachable));
      assert.ok(
        refusal instanceof Failure && ["NOT_SIGNED_IN", "ACCESS_DENIED"].includes(refusal.reason),
        String(refusal),
      );
    }
  }
  assert.equal(
    callers.map((caller) => refusalFor([], caller)),
    ["NOT_SIGNED_IN", "ACCESS_DENIED", "ACCESS_DENIED", "ACCESS_DENIED"],
  );
});

test("who is admitted follows from the declaration alone", () => {
  const table: [Access[], ...string[]][] = [
    [[Access.PUBLIC], "admitted", "admitted", "admitted", "admitted"],
    [[Access.CUSTOMER], "NOT_SIGNED_IN", "admitted", "ACCESS_DENIED", "admitted"],
    [[Access.SERVICE], "NOT_SIGNED_IN", "ACCESS_DENIED", "admitted", "ACCESS_DENIED"],
    [[Access.ADMIN], "NOT_SIGNED_IN", "ACCESS_DENIED", "ACCESS_DENIED", "admitted"],
    [[Access.CUSTOMER, Access.SERVICE], "NOT_SIGNED_IN", "admitted", "admitted", "admitted"],
    [[Access.ADMIN, Access.SERVICE], "NOT_SIGNED_IN", "ACCESS_DENIED", "admitted", "admitted"],
  ];
  for (const [declared, ...expected] of table) {
    assert.equal(
      callers.map((caller) => refusalFor(declared, caller)),
      expected,
      declared.join(" and "),
    );
  }
});

test("every RPC of the contract declares an access", () => {
  assert.equal(
    rpcs.filter((method) => accessOf(method).length === 0).map(({ name }) => name),
    [],
  );
});

test.run();
