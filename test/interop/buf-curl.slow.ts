/** `buf curl` by each of its protocols, with the schema from the server and from the proto files: calls, refusals, a stream. */
// time limit: 120 s
import { fromBinary } from "@bufbuild/protobuf";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { buf, type Ended } from "../support/buf.ts";
import { createFixture, type Fixture } from "../support/fixture.ts";

const GET_PRODUCT = "bodega.catalog.v1.CatalogService/GetProduct";
const WATCH_ORDERS = "bodega.order.v1.OrderService/WatchOrders";
const SCHEMAS = { reflection: [], files: ["--schema", "."] };
/** Long enough for the beginning of a stream on a busy machine; the caller's deadline is a stream's only end here. */
const STREAM_S = 8;

const test = suite<Fixture & { ways: Way[] }>("buf curl");

interface Way {
  name: string;
  curl(rpc: string, request: object, ...more: string[]): Promise<Ended>;
}

test.before(async (context) => {
  const { api, buyer } = Object.assign(context, await createFixture());
  const ports = [
    [api.baseUrl, "connect"],
    [api.baseUrl, "grpcweb"],
    [api.baseUrl, "grpc"],
    [`http://${api.grpcAddress}`, "grpc"],
  ] as const;
  context.ways = ports.flatMap(([url, protocol]) =>
    Object.entries(SCHEMAS).map(([schema, options]) => ({
      name: `${protocol} to ${url} by ${schema}`,
      curl(rpc, request, ...more) {
        const asked = ["-H", `authorization: Bearer ${buyer.token}`, "-d", JSON.stringify(request), `${url}/${rpc}`];
        return buf(["curl", "--http2-prior-knowledge", "--protocol", protocol, ...options, ...more, ...asked]);
      },
    })),
  );
});

test.after(async ({ api }) => {
  await api?.stop();
});

test("a call is answered, and a refusal tells its reason", async ({ shop, ways }) => {
  for (const { name, curl } of ways) {
    const { passed, output } = await curl(GET_PRODUCT, { id: shop.products.mug });
    assert.ok(passed, `${name}: ${output}`);
    assert.is(JSON.parse(output).product.title, "mug", name);
    const refused = await curl(GET_PRODUCT, { id: newId() });
    const { code, details } = JSON.parse(refused.output);
    assert.equal([refused.passed, code], [false, "not_found"], name);
    assert.is(fromBinary(ErrorInfoSchema, Buffer.from(details[0].value, "base64")).reason, "PRODUCT_NOT_FOUND", name);
  }
});

test("a stream begins at once, and ends at the caller's deadline", async ({ ways }) => {
  const streams = ways.map(({ curl }) => curl(WATCH_ORDERS, {}, "--timeout", `${STREAM_S}s`));
  for (const [index, { passed, output }] of (await Promise.all(streams)).entries()) {
    assert.match(output, /"heartbeat": \{.*"code": "deadline_exceeded"/s, `${ways[index]?.name}: ${output}`);
    assert.not(passed);
  }
});

test.run();
