/**
 * A client that a generator makes of /openapi.json, by oazapfts: for those who call Connect as plain HTTP.
 *
 * Not by openapi-typescript or hey-api, which need a TypeScript below 7 beside our own; this one brings its own.
 */
// time limit: 120 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PASSWORD } from "../support/api.ts";
import { createFixture, type Fixture } from "../support/fixture.ts";
import { makeStubs, openProject, type Project } from "./project.ts";

const test = suite<Fixture & { project: Project }>("OpenAPI");

test.before(async (context) => {
  Object.assign(context, await createFixture());
  context.project = openProject("openapi.ts");
  await makeStubs("oazapfts", context.project.folder, { "http://127.0.0.1:8080": context.api.baseUrl });
});

test.after(async ({ api }) => {
  await api?.stop();
});

test("its types hold what the API takes and tells, and refuse a field and a reason that there are not", async ({
  project,
}) => {
  await project.typeCheck();
  const refusalOf = (replacements: Record<string, string>) =>
    project.typeCheck(replacements).then(() => "it was accepted", String);
  assert.match(
    await refusalOf({ "requestId: randomUUID()": "requestKey: randomUUID()" }),
    "'requestKey' does not exist",
  );
  assert.match(
    await refusalOf({ '"PRODUCT_NOT_FOUND"': '"PRODUCT_UNKNOWN"' }),
    `'"PRODUCT_UNKNOWN"' is not assignable`,
  );
});

test("it signs in, searches by GET and by POST, orders, and reads why it is refused", async ({
  api,
  buyer,
  project,
  shop,
}) => {
  const before = await shop.quantity("mug");
  assert.equal(await project.told(api.baseUrl, buyer.email, PASSWORD, "mug", shop.storeId), {
    found: ["mug", "mug"],
    status: "ORDER_STATUS_CONFIRMED",
    total: "2",
    refused: { status: 404, code: "not_found", isWanted: true },
  });
  assert.is(await shop.quantity("mug"), before - 1);
});

test.run();
