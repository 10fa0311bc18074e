/** The turns step: a crowd at the sign-in goes in little by little, and everybody else goes past it. */
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { signInQueueStep } from "../../src/rpc/steps/sign-in-queue.ts";
import { callOf } from "../support/call.ts";

const { login, getProfile } = IdentityService.method;
const message = create(EmptySchema);

test("one sign-in, and a few at once, wait for nobody", async () => {
  const step = signInQueueStep([login]);
  const entered: number[] = [];
  const calls = [1, 2, 3].map((number) => step(callOf({ method: login }), async () => (entered.push(number), message)));
  assert.equal(entered, [1, 2, 3]);
  await Promise.all(calls);
});

test("of a crowd a few go in at each turn of the event loop, in the order of their coming, and all in the end", async () => {
  const step = signInQueueStep([login]);
  const entered: number[] = [];
  const crowd = Array.from({ length: 100 }, (_, number) =>
    step(callOf({ method: login }), async () => (entered.push(number), message)),
  );
  let most = 0;
  while (entered.length < crowd.length) {
    const before = entered.length;
    await new Promise(setImmediate);
    most = Math.max(most, entered.length - before);
  }
  assert.ok(most <= 10, `${most} in one turn`);
  await Promise.all(crowd);
  assert.equal(
    entered,
    crowd.map((_, number) => number),
  );
});

test("other calls do not wait for the crowd", async () => {
  const step = signInQueueStep([login]);
  let signedIn = 0;
  const crowd = Array.from({ length: 1_000 }, () => step(callOf({ method: login }), async () => (signedIn++, message)));
  await step(callOf({ method: getProfile }), async () => message);
  assert.ok(signedIn < 20, `${signedIn} went first`);
  await Promise.all(crowd);
});

test("what waits is bounded, and a crowd that was refused is no trouble to the next one", async () => {
  const step = signInQueueStep([login]);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 12_000 }, () => step(callOf({ method: login }), async () => message)),
  );
  const refused = outcomes.filter(({ status }) => status === "rejected").length;
  assert.ok(refused > 0 && refused < 2_000, `${refused} were refused`);
  await step(callOf({ method: login }), async () => message);
});

test.run();
