/**
 * Admins are told once of each product that runs out in a store, and again when it was restocked and falls anew.
 *
 * Method: the job itself on a real database; the stock is set by the test, and the e-mail arrives by the real worker.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { noticeLowStock, type Notice } from "../../src/domains/inventory/low-stock-alerts.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { thrown } from "../support/call.ts";
import { log, openTestDatabase, workerConfig } from "../support/environment.ts";
import { mailFiles, type MailShop, openMailShop, parseMail } from "../support/mail-shop.ts";
import { race } from "../support/race.ts";
import { eventually } from "../support/until.ts";

const THRESHOLD = 10;

let database: Sequelize;
let shop: MailShop;

test.before(() => {
  database = openTestDatabase();
});
test.after(() => database.close());

test.before.each(async () => {
  await runSql(database, "UPDATE inventory.stores SET low_stock_threshold = 0");
  await runSql(database, "DELETE FROM inventory.shortages");
  shop = await openMailShop(database, {
    products: { Mug: { price: 250n, stock: 50 }, Tea: { price: 100n, stock: 50 } },
    storeName: `Shop ${newId()}`,
  });
  await runSql(database, "UPDATE inventory.stores SET low_stock_threshold = $2 WHERE id = $1", [
    shop.storeId,
    THRESHOLD,
  ]);
});

async function setStock(title: string, quantity: number): Promise<void> {
  await runSql(
    database,
    `UPDATE inventory.stock k SET quantity = $3 FROM catalog.products p
     WHERE p.id = k.product_id AND k.store_id = $1 AND p.title = $2`,
    [shop.storeId, title, quantity],
  );
}

/** What a round tells: titles and quantities. */
async function told(): Promise<string[]> {
  const notices: Notice[] = [];
  await noticeLowStock(database, async (notice) => void notices.push(notice));
  return notices.flatMap(({ shortages }) =>
    shortages.map(({ title, quantity, threshold }) => `${title} ${quantity} of ${threshold}`),
  );
}

test("a product is told of when it falls under its store's threshold: once, however far it falls", async () => {
  await setStock("Mug", THRESHOLD);
  assert.equal(await told(), []);
  await setStock("Mug", THRESHOLD - 1);
  assert.equal(await told(), ["Mug 9 of 10"]);
  assert.equal(await told(), []);
  await setStock("Mug", 0);
  await setStock("Tea", 3);
  assert.equal(await told(), ["Tea 3 of 10"]);
});

test("it is told of again when it was at the threshold in between, and not when it only rose", async () => {
  await setStock("Mug", 2);
  assert.is((await told()).length, 1);
  await setStock("Mug", THRESHOLD - 1);
  assert.equal(await told(), []);
  await setStock("Mug", THRESHOLD);
  assert.equal(await told(), []);
  await setStock("Mug", 1);
  assert.equal(await told(), ["Mug 1 of 10"]);
});

test("a store without a threshold, one that sells nothing and a product that is not for sale run out of nothing", async () => {
  await setStock("Mug", 0);
  await setStock("Tea", 0);
  await runSql(database, "UPDATE catalog.products SET active = false WHERE title = 'Tea'");
  assert.equal(await told(), ["Mug 0 of 10"]);
  const categorySells = (active: boolean) =>
    runSql(
      database,
      "UPDATE catalog.categories SET active = $1 WHERE id = (SELECT category_id FROM catalog.products WHERE title = 'Mug' ORDER BY id DESC LIMIT 1)",
      [active],
    );
  await runSql(database, "DELETE FROM inventory.shortages");
  await categorySells(false);
  assert.equal(await told(), []);
  await categorySells(true);
  assert.equal(await told(), ["Mug 0 of 10"]);
  await runSql(database, "DELETE FROM inventory.shortages");
  await runSql(database, "UPDATE inventory.stores SET active = false WHERE id = $1", [shop.storeId]);
  assert.equal(await told(), []);
  await runSql(database, "UPDATE inventory.stores SET active = true, low_stock_threshold = 0 WHERE id = $1", [
    shop.storeId,
  ]);
  assert.equal(await told(), []);
});

test("what could not be told is told the next time", async () => {
  await setStock("Mug", 0);
  const failed = await thrown(noticeLowStock(database, () => Promise.reject(new Error("not now"))));
  assert.match(String(failed), "not now");
  assert.equal(await told(), ["Mug 0 of 10"]);
});

test("of several workers that look at once, one tells", async () => {
  await setStock("Mug", 0);
  const all = await race(4, told);
  assert.equal(all.flat(), ["Mug 0 of 10"]);
});

test("a notice names a hundred and counts the rest", async () => {
  await runSql(
    database,
    `WITH made AS (
       INSERT INTO catalog.products (id, sku, title, price, category_id)
       SELECT gen_random_uuid(), 'S-' || n, 'Thing ' || lpad(n::text, 3, '0'), 100, (SELECT min(id::text)::uuid FROM catalog.categories)
       FROM generate_series(1, 130) n RETURNING id
     ) INSERT INTO inventory.stock (store_id, product_id, quantity) SELECT $1, id, 1 FROM made`,
    [shop.storeId],
  );
  const notices: Notice[] = [];
  assert.is(await noticeLowStock(database, async (notice) => void notices.push(notice)), 130);
  assert.is(notices[0]?.count, 130);
  assert.equal(
    notices[0]?.shortages.map(({ title }) => title),
    Array.from({ length: 100 }, (_, n) => `Thing ${String(n + 1).padStart(3, "0")}`),
  );
});

test("the worker writes to every admin who can sign in, and to nobody else", async () => {
  await setStock("Mug", 4);
  const insert = (name: string, role: string, disabled: boolean) =>
    runSql(
      database,
      "INSERT INTO identity.users (id, email, username, first_name, password_hash, role, disabled) VALUES ($1, $2, $3, $3, '', $4, $5)",
      [newId(), `${name}@admins.example`, name, role, disabled],
    );
  await insert("Ann", "ADMIN", false);
  await insert("Bob", "ADMIN", false);
  await insert("Eve", "ADMIN", true);
  await insert("Joe", "CUSTOMER", false);
  const config = workerConfig("low-stock");
  const worker = await startWorker(config, { log });
  const files = await eventually("two e-mails", async () => {
    const now = await mailFiles(config);
    return now.length < 2 ? undefined : now;
  });
  await worker.stop();
  const mails = await Promise.all(
    files.map(async (file) => parseMail(await readFile(path.join(config.dataDir, "mail", file), "utf8"))),
  );
  const recipients = mails.map((mail) => /^To: (.*)$/m.exec(mail.get("header") ?? "")?.[1]);
  assert.equal(new Set(recipients), new Set(["Ann <Ann@admins.example>", "Bob <Bob@admins.example>"]));
  for (const mail of mails) {
    assert.match(mail.get("header") ?? "", "Subject: Running out: 1");
    assert.match(mail.get("text/plain") ?? "", /Shop \S+: Mug \(SKU-\S+\), 4 left, threshold 10/);
    assert.match(mail.get("text/html") ?? "", "Mug<br>");
    assert.not.match(mail.get("text/plain") ?? "", /\{\{|more/);
  }
});

test.run();
