/** Which passwords are refused, in words that say what to do, and which are not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { passwordPolicy, shopWordsOf } from "../../src/domains/identity/password/password-policy.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { PASSWORD } from "../support/api.ts";

const judge = passwordPolicy(shopWordsOf("Corner Gourmet <no-reply@cornergourmet.example>"));
const ADA = { email: "ada.byron@customers.example", username: "countess", firstName: "Augusta", lastName: "Kingsley" };

async function refusal(password: string): Promise<string> {
  try {
    await judge(password, ADA, "new_password");
    return "";
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    assert.is(error.reason, "WEAK_PASSWORD");
    assert.is(error.violations[0]?.field, "new_password");
    return error.message;
  }
}

const GUESSED_FIRST = [
  "Summer2026!",
  "P@ssw0rd123!",
  "password123",
  "1q2w3e4r5t6y",
  "qwertyuiop1",
  "Christmas2026",
  "aaaaaaaaaaaaaaaaaaaa",
  "Pa$$w0rd".repeat(16),
  "zxcvbn".repeat(21),
  "0987654321",
];

for (const password of GUESSED_FIRST)
  test(`${password.slice(0, 20)} is refused, and told what is better`, async () => {
    assert.match(await refusal(password), /^new_password: is among the first .* take four words/);
  });

const OWN = [
  "CornerGourmet",
  "Gourmet2026!",
  "c0rnergourmet1",
  "Kingsley2026",
  "augusta kingsley",
  "AugustaKingsley",
  "Countess1815",
  "adabyron99",
];

for (const password of OWN)
  test(`${password} is refused as a name that belongs to the account or the shop`, async () => {
    assert.match(await refusal(password), /^new_password: is made of a name that belongs to you or to the shop/);
  });

test("the address and the username themselves are refused, whatever their case", async () => {
  assert.match(await refusal(ADA.email.toUpperCase()), "must not be the e-mail address");
  assert.match(
    await judge("a-long-username", { ...ADA, username: "A-Long-Username" }).then(() => "passed", String),
    "must not be",
  );
});

for (const password of [
  PASSWORD,
  "quite another sentence 7",
  "xk29fj3kd0",
  "дом река стол окно",
  "🐘🎈🚲🌋🧊🪁🎷🦉🍋🛶",
  "a".repeat(3) + "vT9#qLm2!x".repeat(12),
])
  test(`${password.slice(0, 24)} passes`, async () => {
    assert.is(await refusal(password), "");
  });

test("its length is bounded in characters, before anything else is looked at", async () => {
  for (const password of ["short", "a".repeat(129), "🐘".repeat(129)])
    assert.match(await refusal(password), "must have 10 to 128 characters");
});

test.run();
