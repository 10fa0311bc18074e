/**
 * From an order to an e-mail that arrives once, with the worker as it runs, PostgreSQL and Redis.
 *
 * Method: orders by the real repository, a real worker, and its mail as files; where Redis must go and come back, one
 * of the test's own.
 */
import { readFile, stat } from "node:fs/promises";
import { connect, createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { startRedis } from "../../src/development/embedded/redis.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { startTestApi } from "../support/api.ts";
import { databaseUrl, dataDir, log, openTestDatabase, workerConfig } from "../support/environment.ts";
import { arrived, delivery, mailFiles, openMailShop, parseMail } from "../support/mail-shop.ts";
import { eventually, until } from "../support/until.ts";

const PRODUCTS = { "Espresso Cup": { price: 1_250n, stock: 500 }, "Oat Milk": { price: 399n, stock: 3 } };

let database: Sequelize;

test.before(() => {
  database = openTestDatabase();
});

test.after(() => database.close());

function untilSent(order: { id: string }) {
  return eventually("the note that it was sent", async () => {
    const row = await delivery(database, order);
    return row?.sent_at == null ? undefined : row;
  });
}

test("a confirmed order brings one e-mail, with its lines, its total and a lasting Message-ID", async () => {
  const config = workerConfig("confirmed");
  const shop = await openMailShop(database, { products: PRODUCTS, storeName: "Corner Shop" });
  const worker = await startWorker(config, { log });
  const order = await shop.order({ "Espresso Cup": 100, "Oat Milk": 2 });
  const mail = parseMail(await arrived(config, order));
  assert.is((await untilSent(order)).attempts, 1);
  await worker.stop();

  const header = mail.get("header") ?? "";
  assert.match(header, `Message-ID: <order-${order.id}-1@bodega.example>`);
  assert.match(header, "From: Bodega <no-reply@bodega.example>");
  assert.match(header, `To: Ada <${shop.userId}@customers.example>`);
  assert.match(header, "Subject: Your order at Corner Shop is confirmed: $1,257.98");
  assert.match(header, "Auto-Submitted: auto-generated");
  const text = mail.get("text/plain") ?? "";
  assert.match(text, "Hello Ada,");
  assert.match(text, "100 × Espresso Cup at $12.50: $1,250.00");
  assert.match(text, "2 × Oat Milk at $3.99: $7.98");
  assert.match(text, "Total: $1,257.98");
  assert.match(text, order.id);
  assert.match(mail.get("text/html") ?? "", "<strong>$1,257.98</strong>");
  assert.is((await mailFiles(config)).length, 1);
});

test("a file of mail is a message as mail programs read it: its own headers, two parts, every line ended by CRLF", async () => {
  const config = workerConfig("eml");
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(config, { log });
  const order = await shop.order({ "Espresso Cup": 1 });
  const source = await arrived(config, order);
  await worker.stop();
  assert.equal(await mailFiles(config), [`order-${order.id}-1@bodega.example.eml`]);
  const folder = path.join(config.dataDir, "mail");
  const modes = await Promise.all(
    [folder, path.join(folder, `order-${order.id}-1@bodega.example.eml`)].map(
      async (file) => (await stat(file)).mode & 0o777,
    ),
  );
  assert.equal(modes, [0o700, 0o600], "nobody else on the machine reads them");
  assert.is(source.replaceAll("\r\n", "").match(/[\r\n]/), null);
  assert.ok(
    source.split("\r\n").every((line) => line.length <= 998),
    "RFC 5322, 2.1.1",
  );
  const mail = parseMail(source);
  const header = mail.get("header") ?? "";
  for (const field of [
    /^Date: \w{3}, \d+ \w{3} \d{4} [\d:]+ \+0000\r?$/m,
    /^MIME-Version: 1\.0/m,
    /^Content-Type: multipart\/alternative;/m,
  ]) {
    assert.match(header, field);
  }
  assert.equal([...mail.keys()], ["header", "text/plain", "text/html"]);
});

test("a rejected order brings an e-mail that names what was short", async () => {
  const config = workerConfig("rejected");
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(config, { log });
  const order = await shop.order({ "Espresso Cup": 1, "Oat Milk": 4 });
  const mail = parseMail(await arrived(config, order));
  await worker.stop();
  assert.match(mail.get("text/plain") ?? "", "Oat Milk: 4 asked for, 3 there");
  assert.not.match(mail.get("text/plain") ?? "", "Espresso Cup: 1 asked for");
});

test("a hold that nobody confirms is ended by the worker, and an e-mail says so", async () => {
  const config = workerConfig("expired");
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(config, { log });
  const order = await shop.order({ "Espresso Cup": 2 }, { holdMs: 200 });
  const text = parseMail(await arrived(config, order, 2)).get("text/plain") ?? "";
  await worker.stop();
  assert.match(text, "is cancelled");
  assert.match(text, "was not confirmed in time");
  const rows = await runSql(
    database,
    "SELECT quantity, reserved FROM inventory.stock WHERE store_id = $1 ORDER BY quantity DESC",
    [shop.storeId],
  );
  assert.equal(rows[0], { quantity: "500", reserved: "0" });
});

test("names from outside are text in the HTML, never markup or a placeholder", async () => {
  const config = workerConfig("escaped");
  const title = '<img src=x onerror="alert(1)"> & {{total}}';
  const products = { [title]: { price: 100n, stock: 5 } };
  const shop = await openMailShop(database, { products, firstName: "<b>Eve</b>\r\nBcc: all@example.com" });
  const worker = await startWorker(config, { log });
  const order = await shop.order({ [title]: 1 });
  const mail = parseMail(await arrived(config, order));
  await worker.stop();
  const html = mail.get("text/html") ?? "";
  assert.not.match(html, "<img");
  assert.not.match(html, "<b>Eve");
  assert.match(html, "&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; {{total}}");
  assert.not.match(mail.get("header") ?? "", /^Bcc:/m);
  assert.match(mail.get("text/plain") ?? "", title);
});

test("with Redis away at the start and when the order is placed, the e-mail arrives after it is back", async () => {
  const folder = path.join(dataDir, "away");
  const first = await startRedis({ dataDir: folder, log: () => undefined });
  await first.stop();
  const config = workerConfig("away-mail", { redisUrl: first.url });
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(config, { log });
  const order = await shop.order({ "Espresso Cup": 1 });
  await sleep(700);
  assert.equal(await mailFiles(config), []);
  const second = await startRedis({ dataDir: folder, log: () => undefined, url: first.url });
  await arrived(config, order);
  await worker.stop();
  await second.stop();
  assert.equal((await mailFiles(config)).length, 1);
});

test("with PostgreSQL away at the start, the worker starts, and works when it comes", async () => {
  const port = await freePort();
  const url = new URL(databaseUrl);
  const behindGate = Object.assign(new URL(databaseUrl), { hostname: "127.0.0.1", port: String(port) });
  const config = workerConfig("late-postgres", { databaseUrl: behindGate.href });
  const shop = await openMailShop(database, { products: PRODUCTS });
  const order = await shop.order({ "Espresso Cup": 1 });
  const worker = await startWorker(config, { log });
  await sleep(300);
  assert.equal(await mailFiles(config), []);
  const gate = createServer((socket) => {
    const onward = connect(Number(url.port), url.hostname);
    for (const end of [socket, onward]) end.on("error", () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => gate.listen(port, "127.0.0.1", resolve));
  await arrived(config, order);
  await worker.stop();
  await new Promise((resolve) => gate.close(resolve));
});

test("after Redis was restarted and has lost its scripts, e-mails go on arriving", async () => {
  const folder = path.join(dataDir, "restarted");
  const first = await startRedis({ dataDir: folder, log: () => undefined });
  const config = workerConfig("restarted-mail", { redisUrl: first.url });
  const shop = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(config, { log });
  await arrived(config, await shop.order({ "Espresso Cup": 1 }));
  process.kill(first.pid, "SIGKILL");
  await first.exited;
  const during = await shop.order({ "Espresso Cup": 2 });
  const second = await startRedis({ dataDir: folder, log: () => undefined, url: first.url });
  await arrived(config, during);
  const after = await shop.order({ "Espresso Cup": 3 });
  await arrived(config, after);
  assert.is((await untilSent(after)).attempts, 1);
  await worker.stop();
  await second.stop();
});

test("who registers gets one e-mail of welcome", async () => {
  const config = workerConfig("welcome");
  const api = await startTestApi();
  const { user } = await api.clients().identity.register({
    email: "grace@customers.example",
    username: "grace",
    password: "correct horse battery",
    firstName: "Grace",
  });
  const worker = await startWorker(config, { log });
  const file = await eventually("the e-mail", async () => (await mailFiles(config))[0]);
  const mail = parseMail(await readFile(path.join(config.dataDir, "mail", file), "utf8"));
  await worker.stop();
  await api.stop();
  assert.match(mail.get("header") ?? "", "To: Grace <grace@customers.example>");
  assert.match(mail.get("header") ?? "", "Subject: Welcome, grace");
  assert.match(mail.get("text/plain") ?? "", /^Hello Grace,\r\n/);
  const [row] = await runSql<{ id: string }>(database, "SELECT id FROM email.deliveries WHERE user_id = $1", [
    user?.id,
  ]);
  assert.match(mail.get("header") ?? "", `Message-ID: <welcome-${row?.id}@bodega.example>`);
  assert.is((await mailFiles(config)).length, 1);
});

test("an event of a user who was deleted brings no e-mail, and is no error", async () => {
  const config = workerConfig("deleted");
  const shop = await openMailShop(database, { products: PRODUCTS });
  const gone = await shop.order({ "Espresso Cup": 1 });
  await runSql(database, "UPDATE identity.users SET email = '', deleted_at = now() WHERE id = $1", [shop.userId]);
  const other = await openMailShop(database, { products: PRODUCTS });
  const worker = await startWorker(config, { log });
  await arrived(config, await other.order({ "Espresso Cup": 1 }));
  await until("the e-mail is dropped", async () => (await delivery(database, gone)) === undefined);
  await worker.stop();
  assert.is((await mailFiles(config)).length, 1);
});

test.run();
