/** COPY carries every value unharmed, stops where it fails, and takes no more memory for more rows. */
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { copyInto, copyOut, type CopyRow } from "../../src/platform/database/copy.ts";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";

const database = openDatabase({
  url: process.env["TEST_DATABASE_URL"] ?? "",
  pool: 2,
  name: "test copy",
  statementTimeoutMs: 0,
});
const STAGED = "CREATE TEMPORARY TABLE staged (number integer, words text, at timestamptz) ON COMMIT DROP";
const AT = new Date("2026-02-03T04:05:06.789Z");

test.after(() => database.close());

test("tabs, line ends, backslashes, a lone \\. and nothing at all arrive as they left", async () => {
  const words = ["tab\there", "line\nend\r\n", "back\\slash \\N \\t", "\\.", "", null, "naïve 🥐", "a".repeat(200_000)];
  await withTransaction(database, async (transaction) => {
    await database.query(STAGED);
    await copyInto(
      transaction,
      "staged",
      words.map((word, number) => [number, word, AT]),
    );
    const rows = await runSql<{ words: string | null; at: Date }>(
      database,
      "SELECT words, at FROM staged ORDER BY number",
    );
    assert.equal(
      rows.map((row) => row.words),
      words,
    );
    assert.ok(rows.every(({ at }) => at.getTime() === AT.getTime()));
    assert.match(
      await text(copyOut(transaction, "COPY (SELECT number, words FROM staged WHERE number = 0) TO STDOUT")),
      /^0\ttab\\there\n$/,
    );
  });
});

test("a row that fails, and rows that cannot be made, roll back and leave the connection usable", async () => {
  function* breaking(): Generator<CopyRow> {
    yield [1, "one", AT];
    throw new RangeError("no more rows");
  }
  for (const [rows, message] of [
    [[["no number", "", AT]], /invalid input syntax/],
    [breaking(), /no more rows/],
  ] as const) {
    const broken = withTransaction(database, async (transaction) => {
      await database.query(STAGED);
      await copyInto(transaction, "staged", rows);
    });
    await broken.then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, message),
    );
  }
  assert.equal(await runSql(database, "SELECT 1 AS one"), [{ one: 1 }]);
});

test("rows are made no faster than the database takes them", async () => {
  let made = 0;
  function* rows(): Generator<CopyRow> {
    for (; made < 400_000; made++) yield [made, "a product of which there are many, and then some more of it", AT];
  }
  const before = process.memoryUsage().arrayBuffers;
  let largest = 0;
  const watch = setInterval(() => {
    largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
  }, 1);
  await withTransaction(database, async (transaction) => {
    await database.query(STAGED);
    await copyInto(transaction, "staged", rows());
  });
  clearInterval(watch);
  assert.is(made, 400_000);
  assert.ok(largest < 8_000_000, `${largest} bytes were waiting, of some 36 MB in all`);
});

test.run();
