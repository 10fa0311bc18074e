/** The console's files as PORT serves them: compressed, cached for ever where their name says so, under a strict policy. */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import path from "node:path";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { consoleOr } from "../../src/console/serve.ts";
import { openLog } from "../../src/platform/telemetry/log.ts";
import { type HttpListener, httpListener } from "../../src/rpc/http/listener.ts";

const PAGE = `<!doctype html><title>Console</title>${" ".repeat(500)}`;
const SCRIPT = `console.log(${JSON.stringify("a".repeat(2_000))});`;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const test = suite<{ listener: HttpListener; port: number; folder: string }>("serve");

test.before(async (context) => {
  context.folder = path.join(process.env["TEST_DATA_DIR"] ?? "", "built");
  const elsewhere = consoleOr((_request, response) => void response.end("elsewhere"), { folder: context.folder });
  context.listener = httpListener(elsewhere, { log: openLog({ level: "silent", name: "test" }) });
  context.port = await context.listener.listen("127.0.0.1", 0);
});

test.after(async ({ listener }) => {
  await listener.close();
});

async function get(
  port: number,
  address: string,
  { method = "GET", ...headers }: Record<string, string> = {},
): Promise<Answer> {
  const asked = request({ port, path: address, method, headers, host: "127.0.0.1", agent: false }).end();
  const [response] = await once(asked, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

test("where nothing was built, the answer says how to build it, and what is built later is served", async ({
  port,
  folder,
}) => {
  const { status, body } = await get(port, "/console/");
  assert.is(status, 503);
  assert.match(body.toString(), "npm run setup");
  mkdirSync(path.join(folder, "assets"), { recursive: true });
  writeFileSync(path.join(folder, "index.html"), PAGE);
  writeFileSync(path.join(folder, "assets/main-a1b2.js"), SCRIPT);
  writeFileSync(path.join(folder, "assets/main-a1b2.js.br"), brotliCompressSync(SCRIPT));
  writeFileSync(path.join(folder, "assets/main-a1b2.js.gz"), gzipSync(SCRIPT));
  assert.is((await get(port, "/console/")).body.toString(), PAGE);
});

test("every address of a screen gets the page, to be asked for each time", async ({ port }) => {
  for (const address of ["/console/", "/console/products", "/console/orders/0199?from=x"]) {
    const { status, headers, body } = await get(port, address);
    assert.is(status, 200, address);
    assert.is(body.toString(), PAGE);
    assert.is(headers["content-type"], "text/html; charset=utf-8");
    assert.is(headers["cache-control"], "no-cache");
  }
  const { status, headers } = await get(port, "/console");
  assert.equal([status, headers.location], [308, "/console/"]);
});

test("the page may run and load nothing but this origin's files, and nobody may frame it", async ({ port }) => {
  const { headers } = await get(port, "/console/");
  const policy = new Map(
    (headers["content-security-policy"] as string)
      .split("; ")
      .map((one) => [one.split(" ")[0], one.split(" ").slice(1).join(" ")]),
  );
  assert.is(policy.get("default-src"), "'none'");
  assert.is(policy.get("script-src"), "'self'");
  assert.is(policy.get("style-src"), "'self'");
  assert.is(policy.get("connect-src"), "'self'");
  assert.is(policy.get("frame-ancestors"), "'none'");
  assert.not.match([...policy.values()].join(" "), /unsafe|\*|http:/);
});

test("files with a hash in their name are kept for ever, and come compressed as the client can read them", async ({
  port,
}) => {
  const address = "/console/assets/main-a1b2.js";
  const brotli = await get(port, address, { "accept-encoding": "gzip, deflate, br" });
  assert.is(brotli.headers["content-encoding"], "br");
  assert.is(brotli.headers["cache-control"], "public, max-age=31536000, immutable");
  assert.is(brotli.headers.vary, "accept-encoding");
  const gzip = await get(port, address, { "accept-encoding": "gzip, br;q=0" });
  assert.is(gzip.headers["content-encoding"], "gzip");
  assert.is(gunzipSync(gzip.body).toString(), SCRIPT);
  const plain = await get(port, address);
  assert.is(plain.headers["content-encoding"], undefined);
  assert.is(plain.body.toString(), SCRIPT);
  assert.is(new Set([brotli, gzip, plain].map(({ headers }) => headers.etag)).size, 3);
});

test("who has a file already is told so, and HEAD answers without a body", async ({ port }) => {
  const { headers } = await get(port, "/console/");
  const again = await get(port, "/console/", { "if-none-match": headers.etag ?? "" });
  assert.equal([again.status, again.body.length], [304, 0]);
  const head = await get(port, "/console/", { method: "HEAD" });
  assert.equal([head.status, head.headers["content-length"], head.body.length], [200, String(PAGE.length), 0]);
});

test("a file that is not there is 404, also one outside the folder, and other methods are refused", async ({
  port,
}) => {
  for (const address of [
    "/console/assets/old-ffff.js",
    "/console/../../package.json",
    "/console/%2e%2e/%2e%2e/package.json",
    "/console/assets/main-a1b2.js.br",
  ]) {
    assert.is((await get(port, address)).status, 404, address);
  }
  const { status, headers } = await get(port, "/console/", { method: "POST" });
  assert.equal([status, headers.allow], [405, "GET, HEAD"]);
  assert.is((await get(port, "/consoles")).body.toString(), "elsewhere");
});

test.run();
