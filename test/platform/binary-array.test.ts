/** Arrays in binary arrive in PostgreSQL as the values that they were made of. */
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bigints,
  byteas,
  jsonbs,
  smallints,
  texts,
  timestamps,
  uuids,
} from "../../src/platform/database/binary-array.ts";
import { fc } from "../support/seed.ts";

const client = new pg.Client(process.env["TEST_DATABASE_URL"]);

test.before(async () => void (await client.connect()));
test.after(() => client.end());

/** The elements as PostgreSQL writes them. */
async function told(type: string, array: Buffer): Promise<(string | null)[]> {
  const { rows } = await client.query<{ told: (string | null)[] }>(`SELECT $1::${type}[]::text[] AS told`, [array]);
  return rows[0]?.told ?? [];
}

function textOf<T>(values: (T | null)[], text: (value: T) => string): (string | null)[] {
  return values.map((value) => (value === null ? null : text(value)));
}

const many = <T>(value: fc.Arbitrary<T>) => fc.array(fc.option(value), { maxLength: 70 });
const bytes = fc.uint8Array({ maxLength: 300 });
// Years that PostgreSQL and JavaScript write alike.
const times = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

test("ids, in either case", async () => {
  await fc.assert(
    fc.asyncProperty(many(fc.tuple(fc.uuid(), fc.boolean())), async (drawn) => {
      const ids = textOf(drawn, ([id, upper]) => (upper ? id.toUpperCase() : id));
      assert.equal(
        await told("uuid", uuids(ids)),
        textOf(ids, (id) => id.toLowerCase()),
      );
    }),
  );
});

test("texts, with quotes, braces and signs of any alphabet", async () => {
  const words = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom('"', "{,}", "\\", "NULL", "naïve 🥐"));
  await fc.assert(
    fc.asyncProperty(many(words.filter((word) => !word.includes("\0"))), async (drawn) => {
      assert.equal(await told("text", texts(drawn)), drawn);
    }),
  );
});

test("numbers from the smallest to the largest", async () => {
  await fc.assert(
    fc.asyncProperty(many(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), async (drawn) => {
      assert.equal(await told("bigint", bigints(drawn)), textOf(drawn, String));
    }),
  );
  const edges = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)];
  assert.equal(await told("bigint", bigints(edges)), edges.map(String));
  assert.equal(await told("smallint", smallints([0, 1, -1, 32_767, -32_768, null])), [
    "0",
    "1",
    "-1",
    "32767",
    "-32768",
    null,
  ]);
});

test("times to the millisecond", async () => {
  await client.query("SET timezone = 'UTC'");
  await fc.assert(
    fc.asyncProperty(many(times), async (drawn) => {
      const { rows } = await client.query<{ ms: string | null }>(
        "SELECT extract(epoch FROM t) * 1000 AS ms FROM unnest($1::timestamptz[]) WITH ORDINALITY AS u(t, n) ORDER BY n",
        [timestamps(drawn)],
      );
      assert.equal(
        rows.map(({ ms }) => (ms === null ? null : Number(ms))),
        drawn.map((time) => time?.getTime() ?? null),
      );
    }),
  );
});

test("bytes and JSON", async () => {
  await fc.assert(
    fc.asyncProperty(many(bytes), many(fc.json()), async (drawn, documents) => {
      assert.equal(
        await told("bytea", byteas(drawn)),
        textOf(drawn, (one) => `\\x${Buffer.from(one).toString("hex")}`),
      );
      const clean = documents.filter((json) => json === null || !/\\u0000|\\ud[89a-f]/i.test(json));
      const { rows } = await client.query<{ same: boolean }>(
        "SELECT $1::jsonb[] IS NOT DISTINCT FROM $2::text[]::jsonb[] AS same",
        [jsonbs(clean), clean],
      );
      assert.is(rows[0]?.same, true);
    }),
  );
});

test("what is no id is not written", () => {
  for (const wrong of [
    "",
    "x",
    "0".repeat(36),
    `${"0".repeat(8)}-0000-0000-0000-00000000000g`,
    `${"0".repeat(8)}-0000-0000-0000-0000000000000`,
  ]) {
    assert.throws(() => uuids([wrong]), TypeError);
  }
});

test.run();
