/** A mail calls somebody by a name, and by nothing else that a stranger chose. Pure. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { nameToShow, usernameToShow } from "../../src/domains/notification/email/compose/person-name.ts";

const NAMES = [
  "Ada",
  "Jean-Luc",
  "O'Neil",
  "D’Angelo",
  "J. R. R.",
  "María del Carmen",
  "Zoë",
  "Nguyễn",
  "王小明",
  "मीरा",
  "Αλεξάνδρα",
  "می\u200cنا",
  "X",
];

const NO_NAMES = [
  "",
  "https://evil.example/x",
  "you won $1000, claim at https://evil.example/x",
  "www.evil.example",
  "WWW evil",
  "evil.example",
  "visit evil.example now",
  "evil．example",
  "пример.рф",
  "evil@example",
  "call 0900 123",
  "<b>Eve</b>",
  "Eve\u0000",
  "Eve\u202Eelpmaxe",
  "Eve\u200B",
  "Eve, Bcc",
  "you have won a prize",
  "a".repeat(41),
  "- Eve",
];

for (const name of NAMES) {
  test(`"${name}" is shown`, () => assert.is(nameToShow(name), name));
}

for (const text of NO_NAMES) {
  test(`${JSON.stringify(text)} is left out`, () => assert.is(nameToShow(text), ""));
}

test("a name is put on one line", () => {
  assert.is(nameToShow("  Mary\r\n  Ann "), "Mary Ann");
});

test("a name to sign in with is shown unless a mail program would make a link of it", () => {
  assert.equal(["grace", "grace_h-1", "j.r", "grace.example", "www-x"].map(usernameToShow), [
    "grace",
    "grace_h-1",
    "j.r",
    "",
    "",
  ]);
});

test.run();
