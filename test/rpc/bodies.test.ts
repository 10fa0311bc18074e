/**
 * Bodies that are under way: bounded together, each for so long, and given up from the oldest.
 *
 * Method: the accounts by themselves with small bounds; then the real server, in this process, whose account the test
 * fills again and again, so that an unfinished body of each protocol must be refused, and a whole one be answered.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { once } from "node:events";
import { connect, constants, type ClientHttp2Session } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { ServerReflectionRequestSchema } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { BodyBudget, bodyBudget } from "../../src/rpc/bodies/body-budget.ts";
import { inEnvelope } from "../../src/rpc/http/protocols/framing.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { eventually } from "../support/until.ts";

const LOGIN = "/bodega.identity.v1.IdentityService/Login";
const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const LIST = create(ServerReflectionRequestSchema, { messageRequest: { case: "listServices", value: "" } });
/** What may be under way in a process. */
const ALL = 64 * 1024 * 1024;

let api: TestApi;
const sessions: ClientHttp2Session[] = [];

test.before(async () => {
  api = await startTestApi();
});
test.after(async () => {
  for (const session of sessions) session.destroy();
  await api.stop();
});

test("the oldest bodies give way to a new one, and no more of them than must", () => {
  const account = new BodyBudget({ maxBytes: 100, maxAgeMs: 60_000 });
  const refused: string[] = [];
  const open = (name: string) =>
    account.begin(({ reason, retryAfterMs }) => refused.push(`${name} ${reason} ${retryAfterMs}`));
  const [first, second, third] = [open("first"), open("second"), open("third")];
  first.take(40);
  second.take(40);
  third.take(20);
  assert.equal(refused, []);
  third.take(10);
  assert.equal(refused, ["first TOO_BUSY 1000"]);
  second.end();
  third.take(70);
  assert.equal(refused.length, 1);
  first.take(1_000);
  assert.equal(refused.length, 1, "what was given up counts no more");
});

test("a body that does not come to its end is given up, and one that does is not", async () => {
  const account = new BodyBudget({ maxBytes: 100, maxAgeMs: 50 });
  const refused: string[] = [];
  account.begin(({ reason }) => refused.push(`open ${reason}`)).take(1);
  account.begin(({ reason }) => refused.push(`whole ${reason}`)).end();
  await eventually("it is given up", async () => refused.length > 0 || undefined);
  assert.equal(refused, ["open DEADLINE_EXCEEDED"]);
});

interface Half {
  answered: Promise<string>;
  send(): void;
}

/** A request whose body never ends; its answer's HTTP or gRPC status. */
function half(url: string, contentType: string): Half {
  const session = connect(url).on("error", () => undefined);
  sessions.push(session);
  const stream = session.request({ ":method": "POST", ":path": LOGIN, "content-type": contentType, te: "trailers" });
  const { promise, resolve } = Promise.withResolvers<string>();
  stream.on("response", (head) => resolve(String(head["grpc-status"] ?? head[":status"])));
  stream.on("error", () => undefined);
  const begin = Buffer.of(0, 0, 1, 0, 0, 0x0a);
  return { answered: promise, send: () => void stream.write(begin) };
}

/** All the room there is, for a moment: whatever else is under way is older then. */
function fillOnce(): void {
  const crowd = bodyBudget.begin(() => assert.unreachable("the newest was given up"));
  crowd.take(ALL);
  crowd.end();
}

test("an unfinished question to health or reflection is under way like any other body, and what was answered is not", async () => {
  for (const url of [api.baseUrl, `http://${api.grpcAddress}`]) {
    const session = connect(url).on("error", () => undefined);
    sessions.push(session);
    const ask = (path: string) =>
      session
        .request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" })
        .on("error", () => undefined);
    for (const path of ["/grpc.health.v1.Health/Check", REFLECTION]) {
      const stream = ask(path);
      stream.write(Buffer.of(0, 0, 1, 0, 0, 0x0a));
      await eventually("its bytes are under way", async () => bodyBudget.underWay.bytes === 6 || undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      await eventually("nothing is under way", async () => bodyBudget.underWay.count === 0 || undefined);
    }
    const questions = ask(REFLECTION).resume();
    questions.write(inEnvelope(0, toBinary(ServerReflectionRequestSchema, LIST)));
    await once(questions, "response");
    await eventually("the answered question is not", async () => bodyBudget.underWay.count === 0 || undefined);
    assert.is(questions.closed, false);
  }
});

test("an unfinished body is refused when there is no room left, by HTTP/2 and by gRPC, and a whole one is answered", async () => {
  for (const [url, contentType, status] of [
    [api.baseUrl, "application/json", "429"],
    [`http://${api.grpcAddress}`, "application/grpc", "8"],
  ] as const) {
    const { answered, send } = half(url, contentType);
    send();
    const refused = await eventually("it is refused", async () => {
      fillOnce();
      return (await Promise.race([answered, Promise.resolve(undefined)])) ?? undefined;
    });
    assert.is(refused, status, contentType);
    const login = await fetch(`${api.baseUrl}${LOGIN}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"login":"a","password":"b"}',
    });
    assert.is(login.status, 401);
  }
});

test.run();
