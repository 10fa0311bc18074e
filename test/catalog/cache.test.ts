/** Kept answers of the catalog: headers, 304, what a write drops, and stock that is never kept. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromJsonString } from "@bufbuild/protobuf";
import { createConnectTransport } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchProductsResponseSchema } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { childrenOf } from "../support/processes.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

const WORKERS = 3;
/** More than would pass by luck, were one of the processes left out. */
const READS = 30;

let api: TestApi;
let adminToken: string;
let admin: Clients;
let anyone: Clients;
let category: { id: string; name: string };

test.before(async () => {
  api = await startTestApi({ REDIS_URL: process.env["TEST_REDIS_URL"] ?? "" });
  adminToken = (await api.signUp("ADMIN")).token;
  admin = api.clients({ token: adminToken });
  anyone = api.clients();
  const made = (await admin.catalog.createCategory({ category: { name: "Pots" } })).category;
  category = { id: made?.id ?? "", name: "Pots" };
});
test.after(() => api.stop());

function get(
  method: string,
  message: object,
  headers: Record<string, string> = {},
  baseUrl = api.baseUrl,
): Promise<Response> {
  const query = new URLSearchParams({ connect: "v1", encoding: "json", message: JSON.stringify(message) });
  return fetch(`${baseUrl}/bodega.catalog.v1.CatalogService/${method}?${query.toString()}`, { headers });
}

async function rename(name: string, clients = admin): Promise<void> {
  await clients.catalog.updateCategory({ category: { id: category.id, name } });
}

test("an anonymous read may be kept by anybody and is asked for again; unchanged it is 304", async () => {
  const first = await get("GetCategory", { id: category.id });
  const etag = first.headers.get("etag") ?? "";
  assert.is(first.headers.get("cache-control"), "public, no-cache");
  assert.match(etag, /^"[\w-]{22}"$/);
  const again = await get("GetCategory", { id: category.id }, { "if-none-match": `"other", W/${etag}` });
  assert.equal([again.status, await again.text(), again.headers.get("etag")], [304, "", etag]);
  await rename("Pans");
  const changed = await get("GetCategory", { id: category.id }, { "if-none-match": etag });
  assert.is(changed.status, 200);
  assert.match(await changed.text(), /Pans/);
});

test("a repeated answer is the same but for its request id, and a write is seen by the very next one", async () => {
  for (const name of ["Lids", "Woks", "Kettles"]) {
    await rename(name);
    const answers = await Promise.all([1, 2, 3].map(async () => (await get("ListCategories", {})).text()));
    for (const answer of answers) assert.match(answer, name);
  }
  const named = await get("ListCategories", {}, { "x-request-id": "mine" });
  assert.is(named.headers.get("x-request-id"), "mine");
  const [a, b] = [await get("ListCategories", {}), await get("ListCategories", {})];
  assert.is.not(a.headers.get("x-request-id"), b.headers.get("x-request-id"));
});

test("a signed-in caller's answer is never for the public, and no stranger gets it", async () => {
  await rename("Hidden pots");
  await admin.catalog.updateCategory({ category: { id: category.id, active: false } });
  const own = await get("GetCategory", { id: category.id }, { authorization: `Bearer ${adminToken}` });
  assert.equal(
    [own.status, own.headers.get("cache-control"), own.headers.get("vary")],
    [200, "private, no-cache", "authorization"],
  );
  assert.is((await get("GetCategory", { id: category.id })).status, 404);
  await admin.catalog.updateCategory({ category: { id: category.id, active: true } });
  assert.is((await get("GetCategory", { id: category.id })).status, 200);
});

test("an answer with stock in it is not kept: the order before is seen", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const search = { storeId: shop.storeId, query: "mug", pageSize: 100 };
  const quantity = async () => {
    const answer = await get("SearchProducts", search);
    assert.is(answer.headers.get("cache-control"), "private, no-cache");
    const { results } = fromJsonString(SearchProductsResponseSchema, await answer.text());
    return results.find(({ product }) => product?.id === shop.products.mug)?.quantity;
  };
  await until("the shop's mugs are found", async () => (await quantity()) === 5);
  const customer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  await customer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 2 }) });
  assert.is(await quantity(), 3);
  const listed = await anyone.catalog.listProducts({ storeId: shop.storeId, pageSize: 100 });
  assert.is(listed.results.find(({ product }) => product?.id === shop.products.mug)?.quantity, 3);
});

test("another machine follows", async () => {
  const other = await startTestApi();
  try {
    const there = async () => (await get("GetCategory", { id: category.id }, {}, other.baseUrl)).text();
    await there();
    await rename("Far pots");
    await until("the other machine has the new name", async () => (await there()).includes("Far pots"));
  } finally {
    await other.stop();
  }
});

test("what was kept of a history that is lost is not given again, though the version is the same", async () => {
  const read = async () => (await anyone.catalog.getCategory({ id: category.id })).category?.name;
  await rename("Kept");
  const { name, versions } = { name: await read(), versions: await versionsNow() };
  await putBack("Lost", versions);
  assert.equal([name, await read()], ["Kept", "Kept"], "the version decides");
  await runSql(api.database, "SELECT platform.begin_history()");
  await until("what is stored is read", async () => (await read()) === "Lost");
});

async function versionsNow(): Promise<string[]> {
  const rows = await runSql<{ value: string }>(api.database, "SELECT value FROM catalog.versions ORDER BY shard");
  return rows.map(({ value }) => value);
}

/** The category's name as of another moment, with the version of that moment, behind everybody's back. */
async function putBack(name: string, versions: string[]): Promise<void> {
  await withTransaction(api.database, async () => {
    await runSql(api.database, "UPDATE catalog.categories SET name = $2 WHERE id = $1", [category.id, name]);
    await runSql(api.database, "UPDATE catalog.versions SET value = ($1::bigint[])[shard + 1]", [versions]);
  });
  await sleep(1_000);
}

test("every process of the machine has dropped what a write made stale before the write is answered", async () => {
  await withProcesses(async ({ baseUrl, clients }) => {
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: READS }, () => get("GetCategory", { id: category.id }, { connection: "close" }, baseUrl)),
      );
      await rename(`Round ${round}`, clients);
      const after = await Promise.all(
        Array.from({ length: READS }, async () =>
          (await get("GetCategory", { id: category.id }, { connection: "close" }, baseUrl)).text(),
        ),
      );
      assert.equal(
        after.filter((text) => !text.includes(`"Round ${round}"`)),
        [],
      );
    }
  });
});

test("a process that is silent for a second is replaced, and the write is answered", async () => {
  await withProcesses(async ({ server, clients }) => {
    const before = childrenOf(server.pid);
    process.kill(before.at(-1) ?? 0, "SIGSTOP");
    // A connection that the stopped process accepted is never answered: another try gets another process.
    await until("the write is answered", () =>
      rename("Replaced", clients).then(
        () => true,
        () => false,
      ),
    );
    await until(
      "another has its place",
      () => childrenOf(server.pid).length === WORKERS && !childrenOf(server.pid).includes(before.at(-1) ?? 0),
    );
  });
});

interface Processes {
  server: ChildProcess;
  baseUrl: string;
  clients: Clients;
}

async function withProcesses(use: (processes: Processes) => Promise<void>): Promise<void> {
  const port = await freePort();
  const server = spawn(process.execPath, [path.join(import.meta.dirname, "../../src/main.ts"), "serve"], {
    env: {
      ...process.env,
      DATABASE_URL: api.config.databaseUrl,
      REDIS_URL: process.env["TEST_REDIS_URL"],
      PORT: String(port),
      GRPC_PORT: String(await freePort()),
      WORKERS: String(WORKERS),
      LOG_LEVEL: "info",
      DATA_DIR: process.env["TEST_DATA_DIR"],
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const baseUrl = `http://127.0.0.1:${port}`;
  try {
    await untilServing(server);
    const transport = createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      defaultTimeoutMs: 3_000,
      nodeOptions: { agent: false },
    });
    await use({ server, baseUrl, clients: api.clients({ token: adminToken, transport }) });
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
}

/** When every process is ready, the supervisor says so in its log. @throws when it ends instead */
function untilServing(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`serve ended with ${code}`)));
    server.stdout?.on("data", (lines: Buffer) => {
      if (lines.includes('"serving"')) resolve();
    });
  });
}

test.run();
