/** The page on webhooks: its receiver takes what we send and nothing else, and its numbers are the code's. */
import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { AddressGuard } from "../../src/domains/notification/webhook/address-guard.ts";
import { attempt } from "../../src/domains/notification/webhook/http-attempt.ts";
import { webhookChannel } from "../../src/domains/notification/webhook/channel.ts";
import { MAX_IN_HAND, MAX_IN_HAND_OF_SLOW } from "../../src/domains/notification/webhook/sender.ts";
import { newSecret, signatureHeaders } from "../../src/domains/notification/webhook/signature.ts";
import { LOOPBACK } from "../support/webhook-receiver.ts";
import { read } from "./markdown.ts";

const page = read("docs/webhooks.md");

test("the page's receiver takes a message once, and refuses one that is forged, changed or old", async () => {
  const [, code = ""] = /```ts\n([^]*?)```/.exec(page) ?? [];
  const file = path.join(
    await mkdtemp(path.join(process.env["TEST_DATA_DIR"] ?? tmpdir(), "webhooks-")),
    "receiver.mts",
  );
  await writeFile(file, code);
  const secret = newSecret();
  const example = spawn(process.execPath, [file], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => example.once("exit", resolve));
  const lines = createInterface(example.stdout)[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  try {
    const [, port = ""] = /port: (\d+)/.exec(await nextLine()) ?? [];
    const url = `http://127.0.0.1:${port}/`;
    const guard = new AddressGuard({ allowed: LOOPBACK });
    const message = (payload: object) => ({ id: newId(), url, secret, payload: JSON.stringify(payload) });
    const first = message({ type: "order.confirmed", data: { order: { id: "one" }, sequence: 1 } });
    const second = message({ type: "test", data: {} });
    const sent = [first, first, { ...second, secret: newSecret() }, second];
    const statuses: number[] = [];
    for (const one of sent) statuses.push((await attempt(one, { guard })).status);
    assert.equal(statuses, [204, 204, 401, 204]);
    assert.equal([await nextLine(), await nextLine()], ["order.confirmed one 1", "test - 0"]);

    const body = "{}";
    const old = signatureHeaders(secret, { id: "old", timestamp: Math.floor(Date.now() / 1_000) - 3_600, body });
    assert.is((await fetch(url, { method: "POST", headers: old, body })).status, 401);
    const changed = signatureHeaders(secret, { id: "new", timestamp: Math.floor(Date.now() / 1_000), body });
    assert.is((await fetch(url, { method: "POST", headers: changed, body: "[]" })).status, 401);
  } finally {
    example.kill("SIGKILL");
    await exited;
  }
});

test("the page's pauses are those of the table", () => {
  const units = { s: 1, min: 60, h: 3_600 };
  const [, told = ""] =
    /tried again after ([^,]+(?:, [^,]+)* and [^,]+), each up to a fifth longer/.exec(page.replaceAll("\n", " ")) ?? [];
  const seconds = told.split(/, | and /).map((pause) => {
    const [number, unit = "s"] = pause.split(" ");
    return Number(number) * units[unit as keyof typeof units];
  });
  const { pausesSeconds, jitter } = webhookChannel.schedule;
  assert.equal(seconds, [...pausesSeconds]);
  assert.is(jitter, 1 / 5);
  assert.is(pausesSeconds.length + 1, 10);
});

test("how many are sent at a time is what the page says", () => {
  const text = page.replaceAll("\n", " ");
  for (const said of [
    `${MAX_IN_HAND} at a time`,
    `share ${MAX_IN_HAND_OF_SLOW} of the ${MAX_IN_HAND},`,
    `with more than ${MAX_IN_HAND_OF_SLOW} that hang`,
    `for ${webhookChannel.leaseSeconds} seconds`,
  ]) {
    assert.ok(text.includes(said), said);
  }
});

test.run();
