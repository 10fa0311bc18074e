/**
 * Several workers, and workers that die: each message goes out at least once, and as rarely more than once as can be.
 *
 * Method: real workers and receivers; the one that dies is a process of its own.
 */
// time limit: 120 s
import { fork } from "node:child_process";
import path from "node:path";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { until } from "../support/until.ts";
import { type Answering, eventOf, never, ok } from "../support/webhook-receiver.ts";
import { suiteOnStage } from "./stage.ts";

const test = suiteOnStage("workers");

test("three workers send each delivery once", async ({ working, receiving, hooked, due, untilAll }) => {
  const hook = await receiving(ok);
  const webhook = await hooked(hook.url);
  await due(webhook.id, 200);
  const workers = await Promise.all(["one", "two", "three"].map((name) => working(name)));
  await untilAll(webhook.id, "SUCCEEDED", 200);
  await Promise.all(workers.map((worker) => worker.stop()));
  assert.is(hook.received.length, 200);
  assert.is(new Set(hook.received.map(({ id }) => id)).size, 200);
});

test("a worker killed in the middle of its sends loses nothing: another sends the same again with the same ids", async ({
  database,
  shop,
  working,
  receiving,
  hooked,
  untilAll,
  alsoClose,
}) => {
  let answering: Answering = never;
  const hook = await receiving((response, message) => answering(response, message));
  const webhook = await hooked(hook.url);
  const doomed = fork(path.join(import.meta.dirname, "doomed-worker.ts"), { execArgv: [] });
  alsoClose(async () => doomed.kill("SIGKILL"));
  const orders = new Set<string>();
  for (let n = 0; n < 10; n++) orders.add((await shop.order({ Mug: 1 })).id);
  await until("a message is on its way", () => hook.received.length === 1);
  doomed.kill("SIGKILL");
  await new Promise((resolve) => doomed.once("exit", resolve));
  const cut = hook.received.map(({ id }) => id);
  answering = ok;

  // What a dead worker had in hand is due when its lease is over; this one is not waited for.
  await runSql(database, "UPDATE webhooks.deliveries SET leased_until = now() WHERE leased_until IS NOT NULL");
  const heir = await working("heir");
  await untilAll(webhook.id, "SUCCEEDED", 10);
  await heir.stop();
  const told = new Map(hook.received.slice(1).map((message) => [message.id, eventOf(message).order?.id]));
  assert.equal(new Set(told.values()), orders);
  for (const id of cut) assert.ok(told.has(id), `${id} was not sent again`);
  assert.is(hook.received.length, 11);
});

test("a message that kills its workers ends too, without being sent once more", async ({
  database,
  working,
  receiving,
  hooked,
  untilAll,
}) => {
  const hook = await receiving(ok);
  const webhook = await hooked(hook.url);
  await runSql(
    database,
    `INSERT INTO webhooks.deliveries (webhook_id, event_type, payload, attempts, tries, lost, leased_until)
     VALUES ($1, 'order.confirmed', '{}', 5, 5, 4, now() - interval '1 second')`,
    [webhook.id],
  );
  const worker = await working("poison");
  const [row] = await untilAll(webhook.id, "FAILED", 1);
  await worker.stop();
  assert.match(row?.error ?? "", "ended with their workers");
  assert.is(hook.received.length, 0);
});

test.run();
