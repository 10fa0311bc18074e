/** What HTTP allows beside the usual: HEAD, whole addresses, names in capitals, and `*` for any version. */
import { connect } from "node:net";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startTestApi, type TestApi } from "../support/api.ts";
import { shopWith } from "../support/shop.ts";

const LIST = "/bodega.catalog.v1.CatalogService/ListCategories";
const QUERY = `${LIST}?${new URLSearchParams({ encoding: "json", message: "{}" }).toString()}`;

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

function send(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
  body = "",
): Promise<{ status: number | undefined; headers: IncomingMessage["headers"]; body: string }> {
  const { hostname, port } = new URL(api.baseUrl);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, ...options }, (answer) => {
      text(answer).then((said) => resolve({ status: answer.statusCode, headers: answer.headers, body: said }), reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

test("HEAD of a readable RPC has the headers of its GET, and no body", async () => {
  const [get, head] = [await send(QUERY), await send(QUERY, { method: "HEAD" })];
  assert.equal([head.status, head.body], [200, ""]);
  for (const name of ["etag", "content-type", "content-length", "cache-control", "vary"])
    assert.is(head.headers[name], get.headers[name], name);
});

test("the bare address leads a browser to the console, and tells everybody else where things are", async () => {
  const { status, headers, body } = await send("/");
  assert.equal([status, headers.location], [302, "/console/"]);
  assert.match(body, /\/docs/);
});

test("HEAD of an RPC that writes is refused with what is allowed", async () => {
  const { status, headers } = await send("/bodega.cart.v1.CartService/ClearCart", { method: "HEAD" });
  assert.equal([status, headers.allow], [405, "POST"]);
});

test("a request line with the whole address leads where its path leads, by any host", async () => {
  for (const origin of [api.baseUrl, "http://shop.example", "HTTP://shop.example:8080"]) {
    assert.is((await send(`${origin}/healthz`)).status, 200, origin);
    assert.is((await send(`${origin}${QUERY}`)).status, 200, origin);
  }
  assert.is((await send("http://shop.example?nothing")).status, (await send("/?nothing")).status);
});

test("a request line that is neither path nor address is answered", async () => {
  const { hostname, port } = new URL(api.baseUrl);
  for (const target of ["*", "healthz", "mailto:a@b.example", "http://"]) {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(await text(socket), /^HTTP\/1\.1 4\d\d /, target);
  }
});

test("an encoding that changes nothing is taken, however it is written; others are not", async () => {
  const said = async (encoding: string) =>
    (
      await send(
        LIST,
        { method: "POST", headers: { "content-type": "application/json", "content-encoding": encoding } },
        "{}",
      )
    ).status;
  assert.equal(
    [await said("identity"), await said("Identity"), await said(""), await said("gzip")],
    [200, 200, 200, 501],
  );
});

test("If-None-Match: * is 304 wherever there is something with a version, and 404 stays 404", async () => {
  const admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  const shop = await shopWith(api, { mug: 1 });
  const content = await sharp({ create: { width: 8, height: 8, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  const { imageUri } = await admin.catalog.uploadProductImage({ id: shop.products.mug, content });
  const image = new URL(imageUri, api.baseUrl).pathname;
  for (const path of [QUERY, image]) {
    assert.is((await send(path)).status, 200, path);
    assert.is((await send(path, { headers: { "if-none-match": "*" } })).status, 304, path);
  }
  assert.is((await send(image.replace(/\w{8}/, "00000000"), { headers: { "if-none-match": "*" } })).status, 404);
});

test.run();
