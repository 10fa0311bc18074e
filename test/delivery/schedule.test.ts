/** When what failed is tried again: the tables of both channels, and their ends. Pure. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { pauseAfter, type Schedule } from "../../src/domains/notification/delivery/retry-schedule.ts";
import { emailChannel } from "../../src/domains/notification/email/channel.ts";
import { webhookChannel } from "../../src/domains/notification/webhook/channel.ts";
import { read } from "../docs/markdown.ts";

const DAY = 86_400;

/** All pauses of a message that fails each time, of which nothing keeps its next attempt. */
function pausesOf(schedule: Schedule): number[] {
  const pauses: number[] = [];
  for (let seconds = 0; ;) {
    const pause = pauseAfter({ tries: pauses.length + 1, seconds }, schedule);
    if (pause === undefined) return pauses;
    pauses.push(pause);
    seconds += pause;
  }
}

test("an e-mail is tried again after a second, then after twice as long each time up to a quarter of an hour, for a day", () => {
  const pauses = pausesOf(emailChannel.schedule);
  assert.equal(pauses.slice(0, 12), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  assert.ok(pauses.slice(10).every((pause) => pause === 900));
  const seconds = pauses.reduce((sum, pause) => sum + pause, 0);
  assert.ok(seconds >= DAY && seconds < DAY + 900, `${seconds} s`);
});

test("a webhook is told ten times, over a day and a little", () => {
  const pauses = pausesOf(webhookChannel.schedule);
  assert.is(pauses.length + 1, 10);
  assert.ok(pauses.reduce((sum, pause) => sum + pause, 0) >= DAY);
});

for (const { queue, schedule } of [emailChannel, webhookChannel]) {
  const last = schedule.pausesSeconds.at(-1);
  test(`${queue}: many attempts in a short time end nothing, as in an outage that is probed`, () => {
    assert.is(pauseAfter({ tries: 5_000, seconds: DAY - 1 }, schedule), last);
  });
  test(`${queue}: a long time with few attempts ends nothing, as behind a worker that was away`, () => {
    assert.is(pauseAfter({ tries: 2, seconds: 30 * DAY }, schedule), schedule.pausesSeconds[1]);
  });
}

test("the alert for late e-mail fires long before the first one is given up", () => {
  const rules: unknown = parse(read("docs/prometheus/alerts.yaml"));
  const [, seconds, minutes] =
    /alert":"BodegaMailLate","expr":"[^"]*\\"email\\"}\) > (\d+)","for":"(\d+)m"/.exec(JSON.stringify(rules)) ?? [];
  assert.ok(
    Number(seconds) + 60 * Number(minutes) < emailChannel.schedule.lastsSeconds / 24,
    `${seconds} s and ${minutes} min`,
  );
});

test.run();
