/**
 * Ten thousand sign-ins at once: each is answered, by a refusal that says what to do, and the server serves on.
 *
 * What they cost in time and memory is measured by `npm run bench flood`.
 */
// time limit: 120 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startTestApi, type TestApi } from "../support/api.ts";
import { tally } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";

const SIGN_INS = 10_000;
/** Longer than the queue takes. */
const TIMEOUT_MS = 60_000;
const ALLOWED = new Set(["WRONG_CREDENTIALS", "TOO_BUSY", "RATE_LIMITED"]);

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

test("ten thousand sign-ins at once are all answered, hardly any of them by a hash, and others still get in", async () => {
  const { token } = await api.signUp("CUSTOMER");
  const { identity } = api.clients({ transport: api.grpc });
  const outcomes = await Promise.all(
    Array.from({ length: SIGN_INS }, (_, index) =>
      reasonOf(
        identity.login(
          { login: `nobody${index}@example.com`, password: "not the password" },
          { timeoutMs: TIMEOUT_MS },
        ),
      ),
    ),
  );
  const told = tally(outcomes);
  assert.equal(
    Object.keys(told).filter((reason) => !ALLOWED.has(reason)),
    [],
  );
  assert.ok((told["WRONG_CREDENTIALS"] ?? 0) < 1_000, JSON.stringify(told));
  assert.ok((await api.clients({ token }).identity.getProfile({})).user !== undefined);
});

test.run();
