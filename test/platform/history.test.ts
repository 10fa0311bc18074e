/** Histories: a server that goes on from another moment than the one before begins one, once. */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { outboxPositions } from "../../src/outbox/outbox.ts";
import { runSql, one } from "../../src/platform/database/database.ts";
import { HISTORY, HISTORY_OF_TIMELINE, RUN_OF_HISTORY } from "../../src/platform/database/history.ts";
import { blocksOf, read } from "../docs/markdown.ts";
import { openTestDatabase } from "../support/environment.ts";
import { race } from "../support/race.ts";

let database: Sequelize;
let other: Sequelize;

test.before(async () => {
  [database, other] = [openTestDatabase(), openTestDatabase()];
});
test.after(async () => {
  await Promise.all([database.close(), other.close()]);
});

async function historyNow(): Promise<string> {
  return (await outboxPositions(database)).history;
}

async function asked(expression: string): Promise<string | null> {
  return (await one<{ history: string | null }>(database, `SELECT ${expression} AS history`)).history;
}

test("whoever asks again gets the same history", async () => {
  const history = await historyNow();
  assert.equal(
    [await historyNow(), await asked(HISTORY), await asked(HISTORY_OF_TIMELINE)],
    [history, history, history],
  );
  assert.is(await asked(RUN_OF_HISTORY), await asked(RUN_OF_HISTORY));
});

/** What a promotion and a recovery change, and what a restore from a dump does. */
for (const note of ["timeline", "place"]) {
  test(`where the note has another ${note} one history is begun, however many notice at once`, async () => {
    const before = await historyNow();
    await runSql(database, `UPDATE platform.history SET ${note} = 'elsewhere'`);
    assert.is(await asked(HISTORY), null);
    const begun = await race(10, async (index) => (await outboxPositions(index % 2 === 0 ? database : other)).history);
    assert.is(new Set(begun).size, 1);
    assert.is.not(begun[0], before);
    assert.is(await historyNow(), begun[0]);
  });
}

test("the statement of docs/backup.md begins one", async () => {
  const before = await historyNow();
  const statement = blocksOf(read("docs/backup.md")).find(({ text }) => text.includes("begin_history"))?.text ?? "";
  await runSql(database, statement);
  assert.is.not(await historyNow(), before);
});

test.run();
