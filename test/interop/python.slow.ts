/**
 * A client in Python, made of the proto files as the documents say: grpcio on both ports.
 *
 * Debian 12's protoc is 3.21, years older than the options that proto files may have today.
 */
// time limit: 120 s
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "../docs/markdown.ts";
import { PASSWORD } from "../support/api.ts";
import { programPath } from "../support/program.ts";
import { pythonWithGrpc } from "../support/python.ts";
import { createFixture, type Fixture } from "../support/fixture.ts";
import { positioning } from "../support/watching.ts";
import { makeStubs } from "./project.ts";

const run = promisify(execFile);
const folder = process.env["TEST_DATA_DIR"] ?? "";

const test = suite<Fixture & { relay: ReturnType<typeof positioning> }>("Python");

test.before(async (context) => {
  Object.assign(context, await createFixture());
  context.relay = positioning(context.api.database);
  programPath("protoc", "protobuf-compiler");
  programPath("grpc_python_plugin", "protobuf-compiler-grpc");
  await makeStubs("grpc_python", folder);
});

test.after(async ({ api, relay }) => {
  await relay?.stop();
  await api?.stop();
});

async function python(args: string[]): Promise<string> {
  const { stdout } = await run(pythonWithGrpc(), args, {
    env: { ...process.env, PYTHONPATH: path.join(folder, "stubs"), PYTHONDONTWRITEBYTECODE: "1" },
  });
  return stdout;
}

test("protoc makes a module of every proto file, and Python loads them all together", async () => {
  // grpcio is called grpc too, and has health and reflection in packages of its own.
  const files = ["proto", "third_party/proto"].flatMap((root) =>
    globSync("{bodega,google,buf}/**/*.proto", { cwd: path.join(ROOT, root) }),
  );
  const modules = files.map((file) => file.replace(/\.proto$/, "_pb2_grpc").replaceAll("/", "."));
  assert.ok(modules.length > 30, `only ${modules.length}`);
  const loaded = await python(["-c", `${modules.map((name) => `import ${name}`).join("\n")}\nprint("loaded")`]);
  assert.is(loaded, "loaded\n");
});

test("grpcio signs in, searches, orders, watches, reads why it is refused and sets deadlines, on both ports", async ({
  api,
  buyer,
  shop,
}) => {
  for (const address of [api.grpcAddress, new URL(api.baseUrl).host]) {
    const before = await shop.quantity("mug");
    const told = JSON.parse(
      await python([
        path.join(import.meta.dirname, "clients/python.py"),
        address,
        buyer.email,
        PASSWORD,
        "mug",
        shop.storeId,
      ]),
    );
    assert.is(told.found, "mug", address);
    assert.equal([told.status, told.total], ["ORDER_STATUS_CONFIRMED", ["USD", 2, 500_000_000]], address);
    assert.is(await shop.quantity("mug"), before - 1, address);
    assert.equal([told.watched, told.watchEnded], [[[told.placed, 1, true]], "CANCELLED"], address);
    const refused = { sameText: true, domain: "bodega" };
    assert.equal(
      told.unknownProduct,
      { ...refused, code: "NOT_FOUND", reason: "PRODUCT_NOT_FOUND", fields: [] },
      address,
    );
    assert.equal(
      told.nothingOrdered,
      { ...refused, code: "INVALID_ARGUMENT", reason: "INVALID_FIELDS", fields: ["items[0].quantity"] },
      address,
    );
    assert.is(told.deadline, "DEADLINE_EXCEEDED", address);
  }
});

test.run();
