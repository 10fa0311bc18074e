/** A connection on which nobody says anything is closed, and so is one that never comes to its point. */
// time limit: 120 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { HEADERS_TIMEOUT_MS } from "../../src/rpc/http/listener.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { rawConnection } from "../support/raw-http.ts";

/** Late requests are looked for every five seconds. */
const LATEST_MS = HEADERS_TIMEOUT_MS + 8_000;

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

for (const said of [
  "",
  "P",
  "PRI * HTTP/2.0",
  "POST /bodega.order.v1.OrderService/PlaceOrder HTTP/1.1\r\nHost: x\r\n",
]) {
  test(`a connection that says ${JSON.stringify(said)} and no more is closed in time`, async () => {
    const { socket, closed } = await rawConnection(Number(new URL(api.baseUrl).port));
    const startedAt = performance.now();
    if (said !== "") socket.write(said);
    const late = setTimeout(() => socket.destroy(new Error("late")), LATEST_MS);
    await closed;
    clearTimeout(late);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < LATEST_MS - 500, `took ${tookMs} ms`);
  });
}

test.run();
