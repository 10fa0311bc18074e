/**
 * connect-web in a browser, in a page of another origin: what CORS lets through is enough for calls, errors with their
 * details, answer headers and streams, and only for origins that the configuration names.
 */
// time limit: 180 s
import { Code } from "@connectrpc/connect";
import type { Browser } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { openBrowser } from "../support/browser.ts";
import { buyMugs, createFixture, type Fixture } from "../support/fixture.ts";
import { bundled, type Origin, served, tryFrom } from "./origin.ts";
import type { Tried, Wish } from "./page.ts";

const test = suite<Fixture & { browser: Browser; named: Origin; stranger: Origin }>("another origin");

test.before(async (context) => {
  const script = await bundled("page.ts");
  [context.named, context.stranger] = [await served(script), await served(script)];
  Object.assign(context, await createFixture({ CORS_ORIGINS: context.named.origin }));
  context.browser = await openBrowser();
});

test.after(async ({ api, browser, named, stranger }) => {
  await browser?.close();
  await api?.stop();
  for (const { server } of [named, stranger]) server?.close();
});

async function wishOf(stage: Fixture): Promise<Wish> {
  const { api, buyer, shop } = stage;
  return {
    baseUrl: api.baseUrl,
    token: buyer.token,
    productId: shop.products.mug,
    unknownId: newId(),
    orderId: await buyMugs(stage, 1),
  };
}

test("a page of an origin that is named calls by Connect, by GET and by gRPC-Web, and reads errors and streams", async (context) => {
  const { browser, named, api, buyer } = context;
  const wish = await wishOf(context);
  const { product } = await api.clients().catalog.getProduct({ id: wish.productId });
  const tried = await tryFrom<Record<string, Tried>>(named, browser, wish);
  assert.equal(Object.keys(tried), ["Connect JSON", "Connect binary", "Connect GET", "gRPC-Web"]);
  for (const [name, { title, email, refused, heartbeat }] of Object.entries(tried)) {
    assert.is(title, product?.title, name);
    assert.is(email, buyer.email, name);
    assert.is(refused.code, Code.NotFound, name);
    assert.is(refused.reason, "PRODUCT_NOT_FOUND", name);
    assert.match(refused.requestId ?? "", /^[0-9a-f-]{36}$/, name);
    assert.is(heartbeat, "heartbeat", name);
  }
});

test("a page of any other origin gets no answer from its browser", async (context) => {
  const { browser, stranger } = context;
  const message = await tryFrom(stranger, browser, await wishOf(context)).then(
    () => "answered",
    (error: unknown) => String(error),
  );
  assert.match(message, /Failed to fetch/);
});

test.run();
