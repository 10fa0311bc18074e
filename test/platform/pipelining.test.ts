/**
 * A pipelined transaction is one like any: all of it or nothing, and its connection serves on.
 *
 * Method: the same transactions on connections that pipeline and on such that don't; what PostgreSQL has to remark,
 * such as a COMMIT too many, is collected.
 */
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { sqlState } from "../../src/platform/errors/database-errors.ts";
import { statementRunner } from "../../src/platform/database/prepared-statements.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { thrown } from "../support/call.ts";

const READ = { name: "read", text: "SELECT count(*)::int AS count FROM noted" };
const NOTE = { name: "note", text: "INSERT INTO noted (number) SELECT * FROM unnest($1::integer[])" };
const { run, runLast } = statementRunner({ prepared: true });

for (const pipelined of [true, false]) {
  const how = pipelined ? "pipelining" : "waiting";
  const database = openDatabase({
    url: process.env["TEST_DATABASE_OWNER_URL"] ?? "",
    pool: 1,
    name: `test ${how}`,
    pipelined,
  });
  const remarks: string[] = [];
  database.addHook("afterConnect", (connection) => {
    if (connection instanceof pg.Client) connection.on("notice", ({ message }) => remarks.push(message ?? ""));
  });

  const numbers = async () =>
    (await runSql<{ number: number }>(database, "SELECT number FROM noted ORDER BY number")).map(
      ({ number }) => number,
    );

  function note(...given: number[]) {
    return withTransaction(
      database,
      async (transaction) => {
        const { read } = await run(transaction, (send) => ({ read: send<{ count: number }>(READ, []) }));
        await runLast(transaction, (send) => [send(NOTE, [given])]);
        return (await read)[0]?.count;
      },
      { pipelined: true },
    );
  }

  test(`${how}: what is written is there, and the next transaction on the connection sees it`, async () => {
    await runSql(database, "DROP TABLE IF EXISTS noted");
    await runSql(database, "CREATE TABLE noted (number integer PRIMARY KEY CHECK (number > 0))");
    assert.equal([await note(1), await note(2, 3)], [0, 1]);
    assert.equal(await numbers(), [1, 2, 3]);
  });

  test(`${how}: a last statement that fails takes everything back`, async () => {
    assert.is(sqlState(await thrown(note(4, -1))), "23514");
    assert.is(sqlState(await thrown(note(5, 1))), "23505");
    assert.equal(await numbers(), [1, 2, 3]);
    assert.is(await note(6), 3);
  });

  test(`${how}: a COMMIT that is refused is told, and nothing is there`, async () => {
    await runSql(
      database,
      "ALTER TABLE noted ADD CONSTRAINT unlike UNIQUE (number) DEFERRABLE INITIALLY DEFERRED, DROP CONSTRAINT noted_pkey",
    );
    assert.is(sqlState(await thrown(note(7, 7))), "23505");
    assert.equal(await numbers(), [1, 2, 3, 6]);
  });

  test(`${how}: a BEGIN that fails lets nothing run behind it`, async () => {
    const beginning = (work: () => Promise<unknown>) =>
      withTransaction(
        database,
        async (transaction) => {
          await runLast(transaction, (send) => [send(NOTE, [[8]])]);
          await work();
        },
        { pipelined: true, beginWith: "SELECT 1 / 0" },
      );
    assert.ok((await thrown(beginning(async () => undefined))) instanceof Error);
    assert.equal(await numbers(), [1, 2, 3, 6]);
  });

  test(`${how}: each of several statements sees what was committed before it began; one that fails takes those behind it along`, async () => {
    const seen = await withTransaction(
      database,
      async (transaction) => {
        const answers = await run(transaction, (send) => ({
          noted: send(NOTE, [[10]]),
          read: send<{ count: number }>(READ, []),
          again: send(NOTE, [[-1]]),
          behind: send(READ, []),
        }));
        const ended = await Promise.allSettled([answers.noted, answers.read, answers.again, answers.behind]);
        return ended.map((end) => (end.status === "rejected" ? sqlState(end.reason) : JSON.stringify(end.value)));
      },
      { pipelined: true },
    );
    assert.equal(seen, ["[]", '[{"count":5}]', "23514", "25P02"]);
    assert.equal(await numbers(), [1, 2, 3, 6]);
  });

  test(`${how}: a transaction that does nothing, or stops half-way, ends like any`, async () => {
    await withTransaction(database, async () => undefined, { pipelined: true });
    const half = withTransaction(
      database,
      async (transaction) => {
        await (
          await run(transaction, (send) => ({ noted: send(NOTE, [[9]]) }))
        ).noted;
        throw new RangeError("half-way");
      },
      { pipelined: true },
    );
    assert.ok((await thrown(half)) instanceof RangeError);
    assert.equal(await numbers(), [1, 2, 3, 6]);
    assert.equal(
      remarks.filter((remark) => /transaction/.test(remark)),
      [],
    );
    await database.close();
  });
}

test.run();
