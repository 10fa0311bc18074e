/**
 * The judge of raw bytes has teeth: a process that ended, one that was held up and one that kept something are found,
 * and one that did none of it is not.
 *
 * Method: a small server in a process of its own that misbehaves when it is asked to.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dataDir } from "../../support/environment.ts";
import { childrenOf } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { exchange, type Heard, type Shot } from "./exchange.ts";
import { headersFrames } from "./http2.ts";
import { wrongWithHeard } from "./judge.ts";
import { atRest, inUseOf, lifeWrong, loopMsOfOne, memoryWrong } from "./life.ts";
import { opening } from "../../support/http2-frames.ts";

const PROGRAM = `
  const kept = [];
  const busy = () => { const start = process.cpuUsage().user; while (process.cpuUsage().user - start < 150_000); };
  let first = true;
  const deeds = {
    "/": () => undefined,
    "/dies": () => process.exit(1),
    "/blocks": busy,
    "/blocks-once": () => { if (first) busy(); first = false; },
    "/keeps": () => kept.push(Array.from({ length: 4e6 }, (_, index) => [index])),
    "/drops": () => Array.from({ length: 4e6 }, (_, index) => [index]).length,
    "/faults": (answer) => (answer.statusCode = 500),
  };
  const handler = (request, answer) => { deeds[request.url](answer); if (request.url !== "/hangs") answer.end(); };
  deeds["/hangs"] = () => undefined;
  const http1 = require("node:http").createServer(handler).listen(0, "127.0.0.1");
  const http2 = require("node:http2").createServer(handler).listen(0, "127.0.0.1");
  http2.once("listening", () => console.log(http1.address().port + " " + http2.address().port));
`;

/** What the judge has to say. */
const NOTHING = "nothing";

let child: ChildProcess;
let pid = 0;
let ports: number[] = [];

test.before.each(async () => {
  const collects = new URL("collects.ts", import.meta.url).href;
  child = spawn(process.execPath, [`--import=${collects}`, "--eval", PROGRAM], {
    env: { ...process.env, IN_USE_FOLDER: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  pid = child.pid ?? 0;
  const [said] = child.stdout === null ? [""] : await once(child.stdout, "data");
  ports = String(said).trim().split(" ").map(Number);
});
test.after.each(async () => {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, "exit");
});

function shotAt(path: string): Shot {
  return {
    text: path,
    port: "PORT",
    http2: false,
    whole: true,
    bytes: () => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`),
  };
}

function shotAtHttp2(path: string): Shot {
  const headers = [
    [":method", "GET"],
    [":path", path],
    [":scheme", "http"],
    [":authority", "a"],
  ] as const;
  return {
    text: path,
    port: "PORT",
    http2: true,
    whole: true,
    bytes: () => Buffer.concat([opening(), headersFrames(1, headers, { ends: true })]),
  };
}

async function judged(path: string): Promise<string> {
  const loopMs = await loopMsOfOne([pid], () => exchange(ports[0] ?? 0, shotAt(path), () => atRest([pid])));
  return lifeWrong({ before: [pid], now: childrenOf(process.pid), loopMs }) ?? NOTHING;
}

function memoryJudged(before: number, after: number): string {
  return memoryWrong({ before, after }) ?? NOTHING;
}

function heardJudged(heard: Heard, whole = true): string {
  return wrongWithHeard({ whole }, heard) ?? NOTHING;
}

test("a process that a request ends is found", async () => {
  await exchange(ports[0] ?? 0, shotAt("/dies"), () => atRest([pid]));
  await until("it is gone", () => !childrenOf(process.pid).includes(pid));
  assert.match(
    lifeWrong({ before: [pid], now: childrenOf(process.pid), loopMs: 0 }) ?? NOTHING,
    `process ${pid} ended`,
  );
});

test("a process that each such request holds up is found, and one that answers is not", async () => {
  assert.match(await judged("/blocks"), /took \d{3,} ms of the event loop/);
  assert.is(await judged("/"), NOTHING);
});

test("what held it up once only, as compiling does, is not held against the request", async () => {
  assert.is(await judged("/blocks-once"), NOTHING);
});

test("a process that keeps something of a request is found, and one that drops it is not", async () => {
  await judged("/drops");
  const { inUse: before } = await inUseOf(pid, dataDir);
  await judged("/drops");
  assert.is(memoryJudged(before, (await inUseOf(pid, dataDir)).inUse), NOTHING);
  await judged("/keeps");
  assert.match(memoryJudged(before, (await inUseOf(pid, dataDir)).inUse), /keeps \d+ % more/);
});

for (const [name, shotOf, turn] of [
  ["HTTP/1.1", shotAt, 0],
  ["HTTP/2", shotAtHttp2, 1],
] as const) {
  test(`a fault is found in an answer of ${name}, and none where there is none`, async () => {
    const ask = (path: string): Promise<Heard> => exchange(ports[turn] ?? 0, shotOf(path), () => atRest([pid]));
    assert.equal((await ask("/")).statuses, ["HTTP 200"]);
    assert.is(heardJudged(await ask("/")), NOTHING);
    assert.match(heardJudged(await ask("/faults")), "a fault of ours: HTTP 500");
  });
}

test("codes of gRPC that are faults, a stream that is reset for one, and a request without an end are found", () => {
  const heard = { statuses: ["HTTP 200", "grpc 0"], resets: [], over: true };
  assert.is(heardJudged(heard), NOTHING);
  for (const code of [2, 13, 15])
    assert.match(
      heardJudged({ ...heard, statuses: ["HTTP 200", `grpc ${code}`] }),
      `a fault of ours: HTTP 200, grpc ${code}`,
    );
  assert.match(heardJudged({ ...heard, resets: [2] }), "INTERNAL_ERROR");
  assert.is(heardJudged({ ...heard, statuses: [], resets: [1] }), NOTHING);
  assert.match(heardJudged({ ...heard, over: false }), "no end of an answer");
  assert.is(heardJudged({ ...heard, over: false }, false), NOTHING);
});

test.run();
