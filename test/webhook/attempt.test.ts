/**
 * One attempt: signed so that another's library verifies it, to a permitted address only, and never for long.
 *
 * Method: real receivers over HTTP and HTTPS on loopback, which the guard permits by configuration; names are resolved
 * by the test.
 */
import { readFile } from "node:fs/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { parseNetworks } from "../../src/platform/config/ip-networks.ts";
import { type Address, AddressGuard } from "../../src/domains/notification/webhook/address-guard.ts";
import { attempt, type Message } from "../../src/domains/notification/webhook/http-attempt.ts";
import { newSecret } from "../../src/domains/notification/webhook/signature.ts";
import { thrown } from "../support/call.ts";
import { selfSignedCertificate } from "../support/certificate.ts";
import { LOOPBACK, never, ok, receiver, verified } from "../support/webhook-receiver.ts";

const guard = new AddressGuard({ allowed: LOOPBACK });
/** For receivers that never answer. */
const SHORT_MS = 300;

function messageTo(url: string): Message {
  return {
    id: newId(),
    url,
    secret: newSecret(),
    payload: JSON.stringify({ type: "test", data: { name: "Käse ☕" } }),
  };
}

/** A guard whose names are resolved by the test, each time to the next answer. */
function resolvingTo(answers: string[][], asked: string[] = []): AddressGuard {
  const resolve = async (name: string): Promise<Address[]> => {
    asked.push(name);
    return (answers[asked.length - 1] ?? []).map((address) => ({ address, family: 4 }));
  };
  return new AddressGuard({ allowed: LOOPBACK, resolve });
}

test("a receiver verifies a message with the library of Standard Webhooks, and refuses one that was changed", async () => {
  const hook = await receiver(ok);
  const message = messageTo(`${hook.url}hook?a=1`);
  const outcome = await attempt(message, { guard });
  await hook.close();
  const [got] = hook.received;
  assert.is(outcome.succeeded, true);
  assert.is(outcome.status, 204);
  assert.is(got?.path, "/hook?a=1");
  assert.is(got?.id, message.id);
  assert.is(got?.headers["content-type"], "application/json");
  const { body = "", headers = {} } = got ?? {};
  assert.equal(verified(message.secret, got), JSON.parse(message.payload));
  assert.throws(() => verified(message.secret, { headers, body: `${body} ` }), "No matching signature");
  assert.throws(
    () => verified(message.secret, { body, headers: { ...headers, "webhook-id": newId() } }),
    "No matching signature",
  );
  assert.throws(() => verified(newSecret(), got), "No matching signature");
});

test("every status but 2xx is a failure, and is told with what the body says", async () => {
  for (const [status, succeeded] of [
    [200, true],
    [202, true],
    [304, false],
    [400, false],
    [410, false],
    [500, false],
  ] as const) {
    const hook = await receiver(
      (response) => void response.writeHead(status).end(status === 304 ? undefined : `said ${status}`),
    );
    const { durationMs, ...outcome } = await attempt(messageTo(hook.url), { guard });
    await hook.close();
    assert.equal(outcome, { succeeded, status, body: status === 304 ? "" : `said ${status}`, error: "" });
    assert.ok(durationMs >= 0);
  }
});

test("a redirect is a failure and is not followed, wherever it leads", async () => {
  const secret = await receiver(ok);
  for (const status of [301, 302, 303, 307, 308]) {
    const hook = await receiver((response) => void response.writeHead(status, { location: secret.url }).end());
    const outcome = await attempt(messageTo(hook.url), { guard });
    await hook.close();
    assert.is(outcome.status, status);
    assert.is(outcome.succeeded, false);
  }
  await secret.close();
  assert.is(secret.received.length, 0);
});

test("a receiver that never answers costs the time of an attempt, and is told as such", async () => {
  const hook = await receiver(never);
  const outcome = await attempt(messageTo(hook.url), { guard, timeoutMs: SHORT_MS });
  await hook.close();
  assert.equal(
    { ...outcome, durationMs: 0 },
    { succeeded: false, status: 0, body: "", error: "no answer within 0.3 s", durationMs: 0 },
  );
});

test("a name that is never resolved costs no more", async () => {
  const silent = new AddressGuard({ allowed: LOOPBACK, resolve: () => new Promise(() => undefined) });
  const outcome = await attempt(messageTo("http://shop.example/"), { guard: silent, timeoutMs: SHORT_MS });
  assert.is(outcome.error, "no answer within 0.3 s");
});

test("an answer whose body never ends has come with its status", async () => {
  const hook = await receiver((response) => void response.writeHead(200).write("so far"));
  const outcome = await attempt(messageTo(hook.url), { guard, timeoutMs: SHORT_MS });
  await hook.close();
  assert.equal(
    { ...outcome, durationMs: 0 },
    { succeeded: true, status: 200, body: "so far", error: "", durationMs: 0 },
  );
});

test("of 100 MB only the beginning is read", async () => {
  const chunk = Buffer.alloc(1_000_000, "ä");
  let written = 0;
  const hook = await receiver((response) => {
    response.writeHead(500);
    const more = () => {
      while (written < 100_000_000 && !response.destroyed) {
        written += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on("drain", more);
    more();
  });
  const outcome = await attempt(messageTo(hook.url), { guard });
  await hook.close();
  assert.is(outcome.status, 500);
  assert.is(outcome.body, "ä".repeat(1_024));
  assert.ok(written < 50_000_000, `${written} bytes were written`);
});

test("what a database cannot keep does not come through, and a character is never cut in two", async () => {
  const hook = await receiver((response) => void response.end(`a\0b${"😀".repeat(2_000)}`));
  const { body } = await attempt(messageTo(hook.url), { guard });
  await hook.close();
  assert.is(body, `a\u{FFFD}b${"😀".repeat(1_021)}`);
});

test("a receiver that closes the connection, and one that is not there, are told in the system's words", async () => {
  const hook = await receiver((response) => void response.destroy());
  const closed = await attempt(messageTo(hook.url), { guard });
  await hook.close();
  assert.is(closed.status, 0);
  assert.match(closed.error, /socket hang up|ECONNRESET/);
  assert.match((await attempt(messageTo(hook.url), { guard })).error, "ECONNREFUSED");
});

test("a name is resolved once, and the connection goes to that address, whatever the name leads to next", async () => {
  const hook = await receiver(ok);
  const asked: string[] = [];
  const changing = resolvingTo([["127.0.0.1"], ["169.254.169.254"]], asked);
  const url = `http://shop.example:${hook.port}/`;
  const first = await attempt(messageTo(url), { guard: changing });
  assert.is(first.succeeded, true);
  assert.equal(asked, ["shop.example"]);
  assert.is(hook.received[0]?.headers.host, `shop.example:${hook.port}`);
  const second = await attempt(messageTo(url), { guard: changing });
  await hook.close();
  assert.is(second.error, "shop.example leads to 169.254.169.254, which webhooks may not call");
  assert.is(hook.received.length, 1);
});

test("without a configured network loopback is not called, by address or by name", async () => {
  const hook = await receiver(ok);
  const strict = { allowed: parseNetworks(undefined) };
  const byAddress = await attempt(messageTo(hook.url), { guard: new AddressGuard(strict) });
  const byName = await attempt(messageTo(`http://localhost:${hook.port}/`), { guard: new AddressGuard(strict) });
  await hook.close();
  assert.match(byAddress.error, "127.0.0.1, which webhooks may not call");
  assert.match(byName.error, "which webhooks may not call");
  assert.is(hook.received.length, 0);
});

test("HTTPS verifies the certificate for the name of the URL, also when the connection goes to a pinned address", async () => {
  const { certificate, certFile, keyFile } = await selfSignedCertificate();
  const hook = await receiver(ok, { cert: await readFile(certFile), key: await readFile(keyFile) });
  const trusted = await attempt(messageTo(hook.url), { guard, ca: certificate });
  const unknown = await attempt(messageTo(hook.url), { guard });
  const other = await attempt(messageTo(`https://shop.example:${hook.port}/`), {
    guard: resolvingTo([["127.0.0.1"]]),
    ca: certificate,
  });
  await hook.close();
  assert.is(trusted.succeeded, true);
  assert.match(unknown.error, "self-signed certificate");
  assert.match(other.error, "does not match certificate's altnames");
  assert.is(hook.received.length, 1);
});

test("an attempt that is stopped has no outcome", async () => {
  const stop = new AbortController();
  const hook = await receiver(() => stop.abort(new Error("the worker stops")));
  const error = await thrown(attempt(messageTo(hook.url), { guard }, stop.signal));
  await hook.close();
  assert.match(String(error), "the worker stops");
});

test.run();
