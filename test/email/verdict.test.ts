/** What a mail server's words mean: for one message, or for all. Pure; outages.slow.ts has the same with real servers. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verdictOf } from "../../src/domains/notification/email/smtp-verdict.ts";

function failure(fields: { code?: string; responseCode?: number; command?: string }): Error {
  return Object.assign(new Error("no"), fields);
}

const CASES: [what: string, error: unknown, verdict: string][] = [
  ["no such mailbox", failure({ code: "EENVELOPE", responseCode: 550, command: "RCPT TO" }), "refused"],
  ["the message is refused", failure({ code: "EMESSAGE", responseCode: 554, command: "DATA" }), "refused"],
  ["an address that SMTP cannot name", failure({ code: "EENVELOPE", command: "API" }), "refused"],
  ["a message that is too large", failure({ code: "EMESSAGE", command: "MAIL FROM" }), "refused"],
  ["greylisting", failure({ code: "EENVELOPE", responseCode: 450, command: "RCPT TO" }), "deferred"],
  ["a full disk", failure({ code: "EMESSAGE", responseCode: 452, command: "DATA" }), "deferred"],
  ["a server that closes", failure({ code: "EENVELOPE", responseCode: 421, command: "RCPT TO" }), "away"],
  ["a session out of sequence", failure({ code: "EENVELOPE", responseCode: 503, command: "DATA" }), "away"],
  ["a sender that is refused for now", failure({ code: "EENVELOPE", responseCode: 451, command: "MAIL FROM" }), "away"],
  ["a sender that is refused", failure({ code: "EENVELOPE", responseCode: 550, command: "MAIL FROM" }), "away"],
  ["a wrong password", failure({ code: "EAUTH", responseCode: 535, command: "AUTH PLAIN" }), "away"],
  ["no connection", failure({ code: "ESOCKET", command: "CONN" }), "away"],
  ["a certificate that nobody trusts", failure({ code: "ETLS", command: "CONN" }), "away"],
  ["no answer in time", failure({ code: "ETIMEDOUT", command: "CONN" }), "away"],
  ["a send that took too long", failure({ code: "EABORT" }), "away"],
  ["a folder that cannot be written", failure({ code: "ENOSPC" }), "away"],
  ["what is no error", "no", "away"],
];

for (const [what, error, verdict] of CASES) {
  test(`${what}: ${verdict}`, () => assert.is(verdictOf(error), verdict));
}

test.run();
