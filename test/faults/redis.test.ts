/**
 * Redis away, or silent: orders and reads go on, and the API stays ready.
 *
 * Method: the place's Redis behind a proxy that falls silent and then is gone. Its e-mails are test/email's affair.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { PASSWORD, startTestApi } from "../support/api.ts";
import { isReady } from "../support/served.ts";
import { shopWith } from "../support/shop.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

test("with a Redis that falls silent and then is gone, people sign in, search and order as before", async () => {
  const url = new URL(process.env["TEST_REDIS_URL"] ?? "");
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  const api = await startTestApi({ REDIS_URL: url.href, RATE_LIMITS: "sign-in-account=1000/60s" });
  const user = await api.signUp("CUSTOMER");
  const shop = await shopWith(api, { mug: 9 });

  async function shopOn(): Promise<void> {
    const { tokens } = await api.clients().identity.login({ login: user.email, password: PASSWORD });
    const buyer = api.clients({ token: tokens?.accessToken ?? "" });
    assert.is((await buyer.catalog.getProduct({ id: shop.products.mug })).product?.title, "mug");
    assert.is((await buyer.catalog.searchProducts({ query: "mug" })).results.length, 1);
    const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 3 }) });
    assert.is(order?.status, OrderStatus.CONFIRMED);
    assert.ok(await isReady(api.baseUrl));
  }

  await shopOn();
  proxy.freeze();
  await shopOn();
  await proxy.close();
  await shopOn();
  assert.is(await shop.quantity("mug"), 0);
  await api.stop();
});

test.run();
