/** A connection on which nobody says anything is closed, and so is one that never comes to its point. */
// time limit: 120 s
import { test } from "uvu";
import { startTestApi, type TestApi } from "../support/api.ts";
import { rawConnection } from "../support/raw-http.ts";

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
  test(`a connection that says ${JSON.stringify(said)} and no more is closed`, async () => {
    const { socket, closed } = await rawConnection(Number(new URL(api.baseUrl).port));
    if (said !== "") socket.write(said);
    // By the server: nobody here closes it.
    await closed;
  });
}

test.run();
