/**
 * Receivers that hang keep nobody else waiting, be they one or hundreds.
 *
 * Method: the real worker, and real receivers that take a message and never answer. How many are under way is counted
 * by the receiver, so that it does not matter how often the worker has given up on one and called again.
 */
// time limit: 120 s
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { MAX_IN_HAND_OF_SLOW } from "../../src/domains/notification/webhook/sender.ts";
import { newSecret } from "../../src/domains/notification/webhook/signature.ts";
import { until } from "../support/until.ts";
import { type Answering, ok } from "../support/webhook-receiver.ts";
import { suiteOnStage } from "./stage.ts";

const test = suiteOnStage("hanging receivers");

/** Never answers, and counts the most messages that were under way at once: to one address, and to all together. */
function hanging(): { answering: Answering; most: { toOne: number; together: number } } {
  const underWay: string[] = [];
  const most = { toOne: 0, together: 0 };
  return {
    most,
    answering(response, { path }) {
      underWay.push(path);
      most.toOne = Math.max(most.toOne, underWay.filter((other) => other === path).length);
      most.together = Math.max(most.together, underWay.length);
      response.once("close", () => underWay.splice(underWay.indexOf(path), 1));
    },
  };
}

test("a receiver that hangs keeps nobody else waiting, and is called once at a time", async ({
  webhooks,
  working,
  receiving,
  hooked,
  due,
  untilAll,
}) => {
  const { answering, most } = hanging();
  const [slow, quick] = [await receiving(answering), await receiving(ok)];
  const [toSlow, toQuick] = [await hooked(slow.url), await hooked(quick.url)];
  await due(toSlow.id, 100);
  const worker = await working("hanging");
  await until("the hanging receiver is called", () => most.together > 0);
  await due(toQuick.id, 20);
  await untilAll(toQuick.id, "SUCCEEDED", 20);
  await slow.close();
  await webhooks.delete(toSlow.id, { etag: "" });
  await worker.stop();
  assert.is(most.together, 1);
});

test("any number of receivers that hang take a part of a worker, and those that answer go on", async ({
  database,
  working,
  receiving,
  hooked,
  due,
  untilAll,
}) => {
  const { answering, most } = hanging();
  const [slow, quick] = [await receiving(answering), await receiving(ok)];
  const toQuick = await hooked(quick.url);
  const worker = await working("many-hanging");
  await due(toQuick.id, 1);
  await untilAll(toQuick.id, "SUCCEEDED", 1);
  await runSql(
    database,
    `WITH slow AS (
       INSERT INTO webhooks.webhooks (id, url, event_types, description, active, secret)
       SELECT uuidv7(), $1 || n, '{}', '', true, $2 FROM generate_series(1, 300) n RETURNING id
     )
     INSERT INTO webhooks.deliveries (webhook_id, event_type, payload) SELECT id, 'order.confirmed', '{}' FROM slow, generate_series(1, 3)`,
    [slow.url, newSecret()],
  );
  await until("those that hang have their part", () => most.together === MAX_IN_HAND_OF_SLOW);
  await due(toQuick.id, 99);
  await untilAll(toQuick.id, "SUCCEEDED", 100);
  await slow.close();
  await runSql(database, "DELETE FROM webhooks.webhooks");
  await worker.stop();
  assert.equal(most, { toOne: 1, together: MAX_IN_HAND_OF_SLOW });
});

test.run();
