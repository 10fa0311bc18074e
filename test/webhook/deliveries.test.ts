/**
 * What is due, who has it in hand, and what becomes of an attempt's answer.
 *
 * Method: the repository alone. No test waits for the time of the next attempt: it moves that time in the table.
 */
import * as assert from "uvu/assert";
import { makeAttempt, type Outcome } from "../../src/domains/notification/delivery/attempt.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { PageTokens } from "../../src/platform/wire/page-token.ts";
import { webhookChannel } from "../../src/domains/notification/webhook/channel.ts";
import { type Room, WebhookDeliveries } from "../../src/domains/notification/webhook/deliveries.ts";
import { DeliveryLog } from "../../src/domains/notification/webhook/delivery-log.ts";
import { log } from "../support/environment.ts";
import { suiteOnStage } from "./stage.ts";

const NOWHERE = "http://127.0.0.1:1/";
const ROOM: Room = { total: 1, slow: 1, shares: new Map() };

const test = suiteOnStage("deliveries");

const FAILED: Outcome = { result: "failed", reason: "HTTP 500", notes: ["", 500, "", 1] };

test("after all its attempts a delivery has failed; the pauses are those of the table and a part more; replayed, it has as many again", async ({
  database,
  hooked,
  due,
  rows,
  hurry,
}) => {
  const webhook = await hooked(NOWHERE);
  const deliveries = new WebhookDeliveries(database);
  const { pausesSeconds } = webhookChannel.schedule;
  await due(webhook.id, 1);
  let id = "";
  for (const pause of [...pausesSeconds, null]) {
    const [taken] = await deliveries.take(ROOM);
    if (taken === undefined) throw new Error("nothing was due");
    id = taken.id;
    assert.is(
      await makeAttempt(taken, async () => FAILED, { deliveries, log }),
      pause === null ? "given up" : "waiting",
    );
    const [row] = await rows(webhook.id);
    assert.is(row?.status, pause === null ? "FAILED" : "PENDING");
    // Both times are of one clock, and the attempt took no time to speak of.
    if (pause === null) assert.is(row?.wait, null);
    else
      assert.ok(
        row?.wait != null && row.wait >= pause && row.wait <= pause * 1.2 + 30,
        `${row?.wait} s after a pause of ${pause}`,
      );
    await hurry(pause ?? 0);
  }
  assert.equal(await deliveries.take(ROOM), []);
  await new DeliveryLog(database, new PageTokens(Buffer.alloc(32))).replay(id, {});
  const [again] = await deliveries.take(ROOM);
  assert.equal(
    [again?.id, again?.attempts, again?.tries, again?.triedForSeconds],
    [id, pausesSeconds.length + 2, 1, 0],
  );
});

test("a delivery that is replayed while it is in hand is due at once when that attempt fails, were it the last", async ({
  database,
  hooked,
  due,
}) => {
  const webhook = await hooked(NOWHERE);
  const deliveries = new WebhookDeliveries(database);
  await due(webhook.id, 1);
  const [taken] = await deliveries.take(ROOM);
  if (taken === undefined) throw new Error("nothing was due");
  await new DeliveryLog(database, new PageTokens(Buffer.alloc(32))).replay(taken.id, {});
  assert.is(await deliveries.note(taken, { sent: false, pauseSeconds: undefined, notes: FAILED.notes }), "waiting");
  assert.is((await deliveries.take(ROOM))[0]?.id, taken.id);
});

test("of many webhooks those with the least in hand come first", async ({ database, hooked, due }) => {
  const [busy, idle] = [await hooked(NOWHERE), await hooked(NOWHERE)];
  for (const { id } of [busy, idle]) await due(id, 9);
  const taken = await new WebhookDeliveries(database).take({
    total: 4,
    slow: 0,
    shares: new Map([
      [busy.id, { inHand: 2, most: 4 }],
      [idle.id, { inHand: 0, most: 4 }],
    ]),
  });
  const of = (id: string) => taken.filter(({ webhookId }) => webhookId === id).length;
  assert.equal([of(busy.id), of(idle.id)], [1, 3]);
});

test("an attempt that was overtaken writes nothing, but that its message has arrived", async ({
  database,
  hooked,
  due,
  rows,
}) => {
  const webhook = await hooked(NOWHERE);
  await due(webhook.id, 1);
  const deliveries = new WebhookDeliveries(database);
  const [first] = await deliveries.take(ROOM);
  assert.equal(await deliveries.take(ROOM), [], "it is in hand");
  await runSql(database, "UPDATE webhooks.deliveries SET leased_until = now()");
  const [second] = await deliveries.take(ROOM);
  if (first === undefined || second === undefined) throw new Error("it was not taken twice");
  assert.is(await deliveries.note(first, { sent: false, pauseSeconds: 1, notes: FAILED.notes }), undefined);
  assert.equal(
    (await rows(webhook.id)).map(({ status, response_status }) => [status, response_status]),
    [["PENDING", 0]],
  );
  assert.is(await deliveries.note(first, { sent: true, pauseSeconds: undefined, notes: ["", 200, "late", 1] }), "sent");
  assert.is(await deliveries.note(second, { sent: false, pauseSeconds: 1, notes: FAILED.notes }), undefined);
  assert.equal(
    (await rows(webhook.id)).map(({ status, response_status }) => [status, response_status]),
    [["SUCCEEDED", 200]],
  );
});

test.run();
