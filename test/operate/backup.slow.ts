/**
 * Point-in-time recovery: from a base backup and the archived log back to the moment between two orders, which those
 * who watch are told of.
 *
 * Method: what docs/backup.md says, with an embedded PostgreSQL that archives its log into a folder. The base backup is
 * made by pg_backup_start, a copy and pg_backup_stop, because the embedded server comes without pg_basebackup.
 */
// time limit: 180 s
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Embedded, startEmbedded } from "../../src/development/embedded/start.ts";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { blocksOf, read } from "../docs/markdown.ts";
import { image } from "../media/sample-images.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { reasonOf } from "../support/refusal.ts";
import { copyCluster } from "../support/replica.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";
import { positioning, watch } from "../support/watching.ts";

const folder = process.env["TEST_DATA_DIR"] ?? "";
const [dataDir, restoredDir, archive] = ["lost", "restored", "archive"].map((name) => path.join(folder, name)) as [
  string,
  string,
  string,
];
const KEY_ENCRYPTION_KEY = randomBytes(32).toString("base64");

/** The settings of a block of docs/backup.md, with the test's own archive and moment. */
function settingsOf(name: string, replaced: Record<string, string>): Record<string, string> {
  const block = blocksOf(read("docs/backup.md")).find(({ text }) => text.includes(name));
  const lines = (block?.text ?? "").split("\n").filter((line) => line.includes("="));
  const fill = (text: string) =>
    Object.entries(replaced).reduce((filled, [from, to]) => filled.replaceAll(from, to), text);
  return Object.fromEntries(
    lines.map((line) => [line.split("=")[0]?.trim() ?? "", fill(/'(.*)'/.exec(line)?.[1] ?? "")]),
  );
}

function apiOn({ databaseUrl = "", databaseOwnerUrl = "" }: Embedded, itsDataDir: string): Promise<TestApi> {
  return startTestApi({
    DATABASE_URL: databaseUrl,
    DATABASE_OWNER_URL: databaseOwnerUrl,
    DATA_DIR: itsDataDir,
    KEY_ENCRYPTION_KEY,
  });
}

test("the shop is restored to a moment between two orders: one is there, the other is not, and all adds up", async () => {
  await mkdir(archive);
  await chmod(archive, 0o777);
  const archiving = settingsOf("archive_command", { "/backup/wal": archive });
  const embedded = await startEmbedded({
    dataDir,
    postgres: true,
    redis: false,
    postgresSettings: archiving,
    log: () => undefined,
  });
  await migrate(embedded.databaseOwnerUrl ?? "", embedded.databaseUrl);
  const api = await apiOn(embedded, dataDir);
  const [customer, admin] = [await api.signUp("CUSTOMER"), await api.signUp("ADMIN")];
  const shop = await shopWith(api, { mug: 10 });
  const buyer = api.clients(customer);
  const content = await image().png().toBuffer();
  const { imageUri } = await api.clients(admin).catalog.uploadProductImage({ id: shop.products.mug, content });
  const order = async (quantity: number) =>
    (await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: quantity }) })).order?.id ?? "";

  const relay = positioning(api.database);
  const watcher = watch(buyer.order);
  await watcher.begun();
  const adminUrl = embedded.databaseAdminUrl ?? "";
  await mkdir(path.join(restoredDir, "postgres"), { recursive: true, mode: 0o711 });
  await copyCluster({ dataDir, adminUrl }, path.join(restoredDir, "postgres/cluster"));
  const kept = await order(1);
  const superuser = openDatabase({ url: adminUrl, pool: 1, name: "test" });
  const [{ moment } = { moment: "" }] = await runSql<{ moment: string }>(
    superuser,
    "SELECT clock_timestamp()::text AS moment",
  );
  const lost = await order(2);
  const [{ segment } = { segment: "" }] = await runSql<{ segment: string }>(
    superuser,
    "SELECT pg_walfile_name(pg_switch_wal()) AS segment",
  );
  await until(
    "the log is archived",
    async () =>
      (await runSql(superuser, "SELECT FROM pg_stat_archiver WHERE last_archived_wal >= $1", [segment])).length > 0,
  );
  await superuser.close();
  await watcher.until(2);
  await relay.stop();
  await api.stop();
  await embedded.stop();

  for (const name of ["postgres-passwords.json", "media"])
    await cp(path.join(dataDir, name), path.join(restoredDir, name), { recursive: true });
  const recovery = settingsOf("restore_command", { "/backup/wal": archive, "2026-11-21 09:30:00+00": moment });
  await writeFile(path.join(restoredDir, "postgres/cluster/recovery.signal"), "");
  const restored = await startEmbedded({
    dataDir: restoredDir,
    postgres: true,
    redis: false,
    postgresSettings: recovery,
    log: () => undefined,
  });
  const again = await apiOn(restored, restoredDir);
  const returning = again.clients(customer);
  assert.is((await returning.order.getOrder({ id: kept })).order?.id, kept);
  assert.is(await reasonOf(returning.order.getOrder({ id: lost })), "ORDER_NOT_FOUND");
  assert.equal(await brokenInvariants(again.database, shop), []);
  const served = await fetch(new URL(imageUri, again.baseUrl));
  assert.equal([served.status, Buffer.from(await served.arrayBuffer())], [200, content]);
  await returning.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 9 }) });
  const [row] = await runSql<{ quantity: string }>(
    again.database,
    "SELECT quantity FROM inventory.stock WHERE store_id = $1",
    [shop.storeId],
  );
  assert.is(Number(row?.quantity), 0);
  // As many changes as the watcher was told of: his position is there again.
  const anew = positioning(again.database);
  await until(
    "they have positions",
    async () => (await runSql(again.database, "SELECT FROM orders.outbox WHERE position >= 2")).length > 0,
  );
  await anew.stop();
  assert.is(await watch(returning.order, { resumeToken: watcher.token }).ended, "RESUME_TOKEN_EXPIRED");
  await again.stop();
  await restored.stop();
});

test.run();
