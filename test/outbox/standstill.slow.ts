/**
 * A relay that stands still, alive and with its connection open, does not hold up the others for long.
 *
 * Method: the first relay is a process that never comes back from its consumer; nobody kills it until the second has
 * taken over. Slow, because the server waits ten seconds before it takes the lock away.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { OutboxEvent } from "../../src/outbox/outbox.ts";
import { startRelay } from "../../src/outbox/relay.ts";
import { log, openTestDatabase } from "../support/environment.ts";
import { openMailShop } from "../support/mail-shop.ts";
import { eventually } from "../support/until.ts";

const PATIENCE_MS = 60_000;

test("the locks of a relay that stands still are taken away, and one that stands by goes on with the same events", async () => {
  const database = openTestDatabase();
  const shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 9 } } });
  const { id } = await shop.order({ Mug: 1 });
  const still = fork(path.join(import.meta.dirname, "stopping-relay.ts"), { execArgv: [] });
  await new Promise((resolve) => still.once("message", resolve));
  const handed: OutboxEvent[] = [];
  const hand = async (events: readonly OutboxEvent[]) => void handed.push(...events);
  const standby = startRelay({ database, log, pollMs: 50, consumers: [{ name: "email", handle: hand }] });
  await eventually("the event", async () => handed[0], PATIENCE_MS);
  assert.equal(
    handed.map(({ orderId }) => orderId),
    [id],
  );
  assert.is(still.exitCode, null);
  await standby.stop();
  still.kill("SIGKILL");
  await new Promise((resolve) => still.once("exit", resolve));
  await database.close();
});

test.run();
