/** grpc-web, Google's runtime for browsers, in a page of another origin and in both of its formats. */
// time limit: 180 s
import type { Browser } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { PASSWORD } from "../support/api.ts";
import { openBrowser } from "../support/browser.ts";
import { createFixture, type Fixture } from "../support/fixture.ts";
import { positioning } from "../support/watching.ts";
import type { Tried, Wish } from "./grpc-web-page.ts";
import { bundled, type Origin, served, tryFrom } from "./origin.ts";

const NOT_FOUND = 5;
const DEADLINE_EXCEEDED = 4;

const test = suite<
  Fixture & {
    browser: Browser;
    named: Origin;
    relay: ReturnType<typeof positioning>;
    tried: Record<"binary" | "text", Tried>;
  }
>("grpc-web");

test.before(async (context) => {
  context.named = await served(await bundled("grpc-web-page.ts"));
  Object.assign(context, await createFixture({ CORS_ORIGINS: context.named.origin }));
  context.relay = positioning(context.api.database);
  context.browser = await openBrowser();
  const { api, buyer, shop } = context;
  const wish: Wish = {
    baseUrl: api.baseUrl,
    login: buyer.email,
    password: PASSWORD,
    words: "mug",
    storeId: shop.storeId,
    unknownId: newId(),
  };
  context.tried = await tryFrom(context.named, context.browser, wish);
});

test.after(async ({ api, browser, named, relay }) => {
  await browser?.close();
  await relay?.stop();
  await api?.stop();
  named?.server.close();
});

test("both of its formats sign in, search, order, read why they are refused, and end at their deadline", ({
  tried,
}) => {
  for (const [format, { found, status, refused, deadline }] of Object.entries(tried)) {
    assert.equal([found, status], ["mug", "ORDER_STATUS_CONFIRMED"], format);
    assert.equal(refused, { code: NOT_FOUND, reason: "PRODUCT_NOT_FOUND" }, format);
    assert.is(deadline, DEADLINE_EXCEEDED, format);
  }
});

test("its text format, the only one in which it has streams, is told of an order while the stream is open", ({
  tried,
}) => {
  assert.equal(tried.text.watched, [tried.text.orderId, 1]);
});

test.run();
