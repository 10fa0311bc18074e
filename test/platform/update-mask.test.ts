/** Update masks: which fields an update writes, and which masks are refused. */
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type User, UserSchema } from "../../gen/bodega/identity/v1/user_pb.ts";
import { PromotionSchema } from "../../gen/bodega/promotion/v1/promotion_pb.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { pathsToWrite } from "../../src/platform/wire/update-mask.ts";

const ALLOWED = ["email", "first_name", "birth_date", "disabled"] as const;

function written(user: User, paths?: string[]): string[] {
  const mask = paths === undefined ? undefined : create(FieldMaskSchema, { paths });
  return pathsToWrite(UserSchema, { resource: user, mask, allowed: ALLOWED });
}

function refused(paths: string[]): Failure {
  try {
    written(create(UserSchema), paths);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${paths.join()} was accepted`);
}

test("without a mask every allowed field that is set is written, and no other", () => {
  const user = create(UserSchema, {
    id: "1",
    email: "a@b.example",
    lastName: "not allowed",
    birthDate: {},
    etag: "v1",
  });
  assert.equal(written(user), ["email", "birth_date"]);
  assert.equal(written(create(UserSchema)), []);
});

test("without a mask an optional field counts as set also when it holds false", () => {
  assert.equal(written(create(UserSchema, { disabled: false })), ["disabled"]);
});

test("without a mask the set member of a oneof is written, also when it holds zero", () => {
  const allowed = ["fixed_amount", "percent"];
  const promotion = create(PromotionSchema, { discount: { case: "percent", value: 0 } });
  assert.equal(pathsToWrite(PromotionSchema, { resource: promotion, mask: undefined, allowed }), ["percent"]);
});

test("a mask without paths, as JSON's empty string gives it, is an absent one", () => {
  assert.equal(written(create(UserSchema, { firstName: "Ada" }), []), ["first_name"]);
});

test("with a mask exactly the named fields are written, empty ones too: that clears them", () => {
  const user = create(UserSchema, { email: "a@b.example", firstName: "" });
  assert.equal(written(user, ["first_name"]), ["first_name"]);
});

test("a path that is named twice is written once, and the order is ours", () => {
  assert.equal(written(create(UserSchema), ["birth_date", "email", "birth_date"]), ["email", "birth_date"]);
});

test("a path that is not allowed, not there, below a field, in JSON's spelling or a star is refused", () => {
  for (const path of ["last_name", "id", "nonsense", "birth_date.year", "firstName", "*", "", "__proto__"]) {
    const { reason, violations } = refused(["email", path]);
    assert.equal([reason, violations.map(({ field }) => field)], ["UNKNOWN_UPDATE_PATH", ["update_mask"]]);
  }
});

test("a refusal names the path and those that there are, and stays short however long the path is", () => {
  assert.match(refused(["last_name"]).message, /"last_name".*email, first_name, birth_date, disabled/);
  assert.ok(refused(["x".repeat(1_000_000)]).message.length < 300);
});

test("an allowed path that the message has no field for is a bug, told at once", () => {
  const misspelt = { resource: create(UserSchema), mask: undefined, allowed: ["emial"] };
  assert.throws(
    () => pathsToWrite(UserSchema, misspelt),
    (error: unknown) => error instanceof TypeError,
  );
});

test.run();
