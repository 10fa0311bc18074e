/** Ids: well-formed UUIDv7, rising in the order of their making, never twice. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newId, timeOfId } from "../../src/platform/wire/uuid.ts";

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("an id is a UUID of version 7 and variant 2", () => {
  for (let n = 0; n < 10_000; n++) assert.match(newId(), V7);
});

test("ids rise strictly, also within a millisecond, also when its counter runs out", () => {
  const ids = Array.from({ length: 100_000 }, newId);
  assert.equal(
    ids.findIndex((id, index) => index > 0 && id <= (ids[index - 1] ?? "")),
    -1,
  );
  assert.is(new Set(ids).size, ids.length);
});

test("an id tells when it was made", () => {
  const before = Date.now();
  const id = newId();
  // The run above may have moved the ids' time some milliseconds ahead.
  assert.ok(timeOfId(id).getTime() >= before);
  assert.ok(timeOfId(id).getTime() < before + 1_000);
});

test.run();
