/**
 * What is due, who has it in hand, and what becomes of an attempt's answer.
 *
 * Method: the repository alone. No test waits for the time of the next attempt: it moves that time in the table.
 */
import * as assert from "uvu/assert";
import { execute } from "../../src/platform/database.ts";
import { PageTokens } from "../../src/platform/page-token.ts";
import { type Room, WebhookDeliveries } from "../../src/webhook/deliveries.ts";
import { DeliveryLog } from "../../src/webhook/delivery-log.ts";
import { MAX_TRIES, PAUSES_SECONDS } from "../../src/webhook/retries.ts";
import { suiteOnStage } from "./stage.ts";

const NOWHERE = "http://127.0.0.1:1/";
const ROOM: Room = { total: 1, slow: 1, shares: new Map() };

const test = suiteOnStage("deliveries");

test("after all its attempts a delivery has failed; the pauses are those of the table and a part more; replayed, it has as many again", async ({ database, hooked, due, rows, hurry }) => {
  const webhook = await hooked(NOWHERE);
  const deliveries = new WebhookDeliveries(database);
  await due(webhook.id, 1);
  const failure = { succeeded: false, status: 500, body: "", error: "", durationMs: 1 };
  let id = "";
  for (const pause of [...PAUSES_SECONDS, null]) {
    const [taken] = await deliveries.take(ROOM);
    if (taken === undefined) throw new Error("nothing was due");
    id = taken.id;
    const status = await deliveries.note(taken, failure);
    const [row] = await rows(webhook.id);
    assert.is(status, pause === null ? "FAILED" : "PENDING");
    // Both times are of one clock, and the attempt took no time to speak of.
    if (pause === null) assert.is(row?.wait, null);
    else assert.ok(row?.wait != null && row.wait >= pause && row.wait <= pause * 1.2 + 30, `${row?.wait} s after a pause of ${pause}`);
    await hurry();
  }
  assert.ok(PAUSES_SECONDS.reduce((sum, pause) => sum + pause, 0) >= 24 * 3_600);
  assert.equal(await deliveries.take(ROOM), []);
  await new DeliveryLog(database, new PageTokens(Buffer.alloc(32))).replay(id, {});
  const [again] = await deliveries.take(ROOM);
  assert.equal([again?.id, again?.attempts, again?.tries], [id, MAX_TRIES + 1, 1]);
});

test("of many webhooks those with the least in hand come first", async ({ database, hooked, due }) => {
  const [busy, idle] = [await hooked(NOWHERE), await hooked(NOWHERE)];
  for (const { id } of [busy, idle]) await due(id, 9);
  const taken = await new WebhookDeliveries(database).take({
    total: 4,
    slow: 0,
    shares: new Map([[busy.id, { inHand: 2, most: 4 }], [idle.id, { inHand: 0, most: 4 }]]),
  });
  const of = (id: string) => taken.filter(({ webhookId }) => webhookId === id).length;
  assert.equal([of(busy.id), of(idle.id)], [1, 3]);
});

test("an attempt that was overtaken writes nothing", async ({ database, hooked, due, rows }) => {
  const webhook = await hooked(NOWHERE);
  await due(webhook.id, 1);
  const deliveries = new WebhookDeliveries(database);
  const [first] = await deliveries.take(ROOM);
  assert.equal(await deliveries.take(ROOM), [], "it is in hand");
  await execute(database, "UPDATE webhooks.deliveries SET leased_until = now()");
  const [second] = await deliveries.take(ROOM);
  if (first === undefined || second === undefined) throw new Error("it was not taken twice");
  assert.is(await deliveries.note(first, { succeeded: true, status: 200, body: "late", error: "", durationMs: 1 }), undefined);
  assert.is((await rows(webhook.id))[0]?.status, "PENDING");
  assert.is(await deliveries.note(second, { succeeded: true, status: 200, body: "", error: "", durationMs: 1 }), "SUCCEEDED");
});

test.run();
