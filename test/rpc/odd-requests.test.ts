/**
 * No request, whatever it is, ends a process: words that JavaScript knows where a method, path or name is expected,
 * hosts that no URL can have, halves of characters.
 *
 * Each of these is sent as it stands; the server runs in the test's process, which would end too.
 */
import { constants } from "node:http2";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inEnvelope } from "../../src/rpc/http/protocols/framing.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { runCommand } from "../support/command.ts";
import { rawConnection } from "../support/raw-http.ts";
import { askHttp2 } from "../support/raw-http2.ts";

const WORDS = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"];
const LIST_PRODUCTS = "/bodega.catalog.v1.CatalogService/ListProducts";
const HEALTH = "/grpc.health.v1.Health/Check";

let api: TestApi;
let port: number;
let grpcPort: number;

test.before(async () => {
  api = await startTestApi();
  port = Number(new URL(api.baseUrl).port);
  grpcPort = Number(api.grpcAddress.split(":")[1]);
});
test.after(() => api.stop());

/** The first line of the answer. */
async function firstLine(request: string): Promise<string> {
  const { socket, until } = await rawConnection(port);
  socket.write(request, "latin1");
  const [line = ""] = (await until(/\r\n\r\n/)).split("\r\n", 1);
  socket.destroy();
  return line;
}

test("a method that is a word of JavaScript is no method, wherever it comes", async () => {
  const paths = [
    "/console/session",
    "/console/session/refresh",
    "/console/",
    "/media/a.png",
    "/healthz",
    LIST_PRODUCTS,
  ];
  for (const word of WORDS) {
    for (const path of paths) {
      const { headers } = await askHttp2(port, { ":method": word, ":path": path });
      assert.is(headers[":status"], "405", `${word} ${path}`);
    }
  }
});

test("a path that is a word of JavaScript leads nowhere", async () => {
  for (const word of WORDS) {
    for (const path of [
      `/${word}`,
      `/media/${word}`,
      `/docs/errors/${word}`,
      `/bodega.order.v1.OrderService/${word}`,
      `/${word}/${word}`,
    ]) {
      const { headers } = await askHttp2(port, { ":method": "GET", ":path": path });
      assert.is(headers[":status"], "404", path);
    }
    const call = {
      ":method": "POST",
      ":path": `/bodega.order.v1.OrderService/${word}`,
      "content-type": "application/grpc",
    };
    assert.is((await askHttp2(grpcPort, call, inEnvelope(0, new Uint8Array(0)))).headers["grpc-status"], "12", word);
  }
});

test("a host that no URL can have, and none at all, is refused where one is needed", async () => {
  const json = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  assert.match(await firstLine(`POST ${HEALTH} HTTP/1.1\r\nHost: [\r\n${json}`), / 400 /);
  assert.match(await firstLine(`POST ${HEALTH} HTTP/1.0\r\n${json}`), / 400 /);
  const byHttp2 = { ":method": "POST", ":path": HEALTH, ":authority": "[", "content-type": "application/json" };
  assert.is((await askHttp2(port, byHttp2, "{}")).headers[":status"], "400");
  assert.match(await firstLine("GET /healthz HTTP/1.0\r\n\r\n"), / 200 /);
});

test("a request that expects to be told to go on ends with its own stream, whatever length it declares", async () => {
  for (const path of ["/", LIST_PRODUCTS, HEALTH, "/console/session"]) {
    const call = { ":method": "POST", ":path": path, "content-type": "application/json", expect: "100-continue" };
    assert.is(
      (await askHttp2(port, { ...call, "content-length": 5 }, "{}")).rstCode,
      constants.NGHTTP2_PROTOCOL_ERROR,
      path,
    );
    assert.is.not((await askHttp2(port, { ...call, "content-length": 2 }, "{}")).headers[":status"], undefined, path);
  }
});

test("half a character in a message is told back in a status that every protocol can carry", async () => {
  const half = inEnvelope(0, Buffer.from('{"pageSize":"\\ud800"}'));
  for (const contentType of ["application/grpc-web+json", "application/grpc+json"]) {
    const call = { ":method": "POST", ":path": LIST_PRODUCTS, "content-type": contentType };
    const { headers, body } = await askHttp2(port, call, half);
    assert.match(`${headers["grpc-status"]} ${body.toString("latin1")}`, /^3 |grpc-status: 3\r/, contentType);
  }
});

test("a word of JavaScript is no command", async () => {
  const { code, stderr } = await runCommand(["constructor"]);
  assert.is(code, 1);
  assert.match(stderr, 'There is no command "constructor"');
});

test.run();
