/** What asking for a new password costs is the same for every address: shown by statements, rows and answers, by an API alone. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { logStatements } from "../support/statements.ts";

let api: TestApi;
test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

test("known, unknown and disabled addresses cost the same statements and rows, and no look at an account", async () => {
  const admin = await api.signUp("ADMIN");
  const [known, disabled] = [await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER")];
  await api.clients({ token: admin.token }).identity.updateUser({ user: { id: disabled.id, disabled: true } });
  const costs: unknown[] = [];
  for (const email of [known.email, disabled.email, `no-${known.email}`]) {
    const log = logStatements();
    const { headers } = await fetchReset(email);
    log.end();
    // The polls of the API are not of the call.
    const own = log.sent.filter(
      ({ text }) =>
        /reset_requests AS r |identity"?\."?users|account_tokens|INSERT INTO email/.test(text) &&
        !/LEFT JOIN/.test(text),
    );
    costs.push({ statements: own.map(({ text }) => text), headers, asked: await askedFor(email) });
  }
  assert.is(JSON.stringify(costs).includes("identity.users"), false);
  assert.equal(costs[1], costs[0]);
  assert.equal(costs[2], costs[0]);
});

/** The answer's headers and body, without what differs at each call. */
async function fetchReset(email: string) {
  const url = `${api.baseUrl}/bodega.identity.v1.IdentityService/RequestPasswordReset`;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ email }) });
  assert.is(await answer.text(), "{}");
  const told = [...answer.headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return { headers: [answer.status, ...told] };
}

async function askedFor(email: string): Promise<unknown> {
  return runSql(
    api.database,
    "SELECT cardinality(asked_at) AS asked FROM identity.reset_requests WHERE mailbox = sha256($1)",
    [Buffer.from(email)],
  );
}

test.run();
