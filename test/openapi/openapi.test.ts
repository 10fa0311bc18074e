/**
 * The API's documentation: valid, complete, made of the protos, with examples that the server takes.
 *
 * Whether Swagger UI draws well is for people to see; what it needs is asked for here as a browser would.
 */
import { Validator } from "@seriousme/openapi-schema-validator";
import { test } from "uvu";
import * as assert from "uvu/assert";
import document from "../../gen/openapi.json" with { type: "json" };
import { reasons } from "../../src/platform/errors/failure.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { isRead } from "../../src/rpc/http/protocols/unary.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";

interface Operation {
  responses: { default: { description: string } };
  requestBody?: { content: Record<string, { example?: unknown }> };
  parameters?: { name: string; schema?: { type?: string }; content?: unknown }[];
}

const paths = new Map<string, { get?: Operation; post: Operation }>(
  Object.entries(JSON.parse(JSON.stringify(document.paths))),
);

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

test("what /openapi.json answers is valid OpenAPI 3.1 and names every reason", async () => {
  const answer = await fetch(`${api.baseUrl}/openapi.json`);
  const served = JSON.parse(await answer.text());
  const { valid, errors } = await new Validator().validate(structuredClone(served));
  assert.ok(valid, JSON.stringify(errors));
  assert.is(served.openapi, "3.1.0");
  assert.equal(served.components.schemas.Reason.enum, Object.keys(reasons));
});

test("a document that breaks the specification is found out", async () => {
  const { valid } = await new Validator().validate({
    ...structuredClone(document),
    paths: { "no-slash": { post: { responses: 3 } } },
  });
  assert.not(valid);
});

test("every RPC is there by POST, and every unary read by GET too", () => {
  assert.equal([...paths.keys()].sort(), rpcs.map(pathOf).sort());
  for (const rpc of rpcs)
    assert.is(paths.get(pathOf(rpc))?.get !== undefined, isRead(rpc) && rpc.methodKind === "unary", rpc.name);
});

test("a GET's parameters have a schema and no content: generators of clients spread an object over the query", () => {
  const parameters = [...paths.values()].flatMap(({ get }) => get?.parameters ?? []);
  assert.ok(parameters.length > 40);
  for (const { name, schema, content } of parameters)
    assert.equal([name === "message" ? schema?.type : "string", content], ["string", undefined]);
});

test("every operation and every field tells what it is, and every reference leads somewhere", () => {
  const names = new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`));
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = ""]) => to);
  assert.ok(references.length > 300);
  assert.equal(
    references.filter((to) => !names.has(to)),
    [],
  );
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    const fields: [string, object][] =
      name.startsWith("bodega.") && "properties" in schema ? Object.entries(schema.properties) : [];
    for (const [field, said] of fields) assert.ok(Reflect.get(said, "description"), `${name}.${field}`);
  }
});

test("the field rules of the protos are there as constraints", () => {
  const { "bodega.order.v1.PlaceOrderRequest": order, "bodega.order.v1.OrderItemInput": line } =
    document.components.schemas;
  assert.equal([order.properties.items.minItems, order.properties.items.maxItems], [1, 100]);
  assert.is(order.properties.storeId.format, "uuid");
  assert.is(order.properties.promoCode.maxLength, 64);
  assert.ok(line.properties.quantity.maximum > 0);
  for (const [, pattern = ""] of JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g))
    assert.instance(new RegExp(String(JSON.parse(pattern)), "u"), RegExp);
});

test("the server takes every example", async () => {
  const { token } = await api.signUp("ADMIN");
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  let taken = 0;
  for (const [path, { get, post }] of paths) {
    const example = post.requestBody?.content["application/json"]?.example;
    // Streams have another type, and a browser's "try it" frames no messages.
    if (post.requestBody?.content["application/json"] === undefined) continue;
    assert.ok(example !== undefined, `${path} has no example`);
    const { status, text } = await said(
      fetch(api.baseUrl + path, { method: "POST", headers, body: JSON.stringify(example) }),
    );
    assert.not.match(text, /INVALID_FIELDS|MALFORMED_REQUEST/, path);
    assert.ok(status < 500 || status === 501, `${path}: ${text}`);
    taken++;
    if (get === undefined) continue;
    const query = new URLSearchParams({ encoding: "json", message: JSON.stringify(example) });
    assert.is(
      (await said(fetch(`${api.baseUrl}${path}?${query.toString()}`, { headers }))).status,
      status,
      `GET ${path}`,
    );
  }
  assert.ok(taken > 60, `only ${taken} examples`);
});

async function said(asked: Promise<Response>): Promise<{ status: number; type: string; text: string }> {
  const answer = await asked;
  return { status: answer.status, type: answer.headers.get("content-type") ?? "", text: await answer.text() };
}

test("an RPC names the refusals that follow from its declaration, those of its comment, and none that there is not", () => {
  const told = (path: string) =>
    [...(paths.get(path)?.post.responses.default.description ?? "").matchAll(/\[(\w+)\]\(\/docs\/errors\/\1\)/g)].map(
      ([, reason = ""]) => reason,
    );
  for (const path of paths.keys())
    assert.equal(
      told(path).filter((reason) => !(reason in reasons)),
      [],
      path,
    );
  assert.equal(told("/bodega.catalog.v1.CatalogService/ListCategories"), ["INVALID_PAGE_TOKEN"]);
  assert.equal(told("/bodega.identity.v1.IdentityService/RefreshTokens"), ["INVALID_REFRESH_TOKEN"]);
  assert.equal(told("/bodega.order.v1.OrderService/GetOrder"), ["NOT_SIGNED_IN", "ORDER_NOT_FOUND"]);
  for (const reason of ["REQUEST_ID_REUSED", "NOT_SIGNED_IN"])
    assert.ok(told("/bodega.order.v1.OrderService/PlaceOrder").includes(reason), reason);
  for (const reason of ["STALE_ETAG", "ACCESS_DENIED", "UNKNOWN_UPDATE_PATH"])
    assert.ok(told("/bodega.catalog.v1.CatalogService/UpdateProduct").includes(reason), reason);
});

test("/docs loads nothing from elsewhere, runs nothing that stands in the page, and finds all that it names", async () => {
  const page = await fetch(`${api.baseUrl}/docs`);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'; script-src 'self';/);
  const html = await page.text();
  assert.not.match(html, /<script>|https?:|\son\w+=/);
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, to = ""]) => to);
  assert.equal(named.length, 3);
  for (const to of named) {
    const { status, text, type } = await said(fetch(api.baseUrl + to));
    assert.ok(status === 200 && text.length > 100, to);
    assert.match(type, to.endsWith(".css") ? /^text\/css/ : /^text\/javascript/);
  }
});

test("every reason has a page, which says its code and meaning", async () => {
  const list = await (await fetch(`${api.baseUrl}/docs/errors`)).text();
  for (const reason of Object.keys(reasons)) {
    assert.match(list, `href="/docs/errors/${reason}"`);
    assert.is((await said(fetch(`${api.baseUrl}/docs/errors/${reason}`))).status, 200, reason);
  }
  const page = await (await fetch(`${api.baseUrl}/docs/errors/STALE_ETAG`)).text();
  assert.match(page, "<code>aborted</code>");
  assert.match(page, "Somebody else changed it meanwhile.");
  assert.is((await said(fetch(`${api.baseUrl}/docs/errors/NONE_SUCH`))).status, 404);
});

test.run();
