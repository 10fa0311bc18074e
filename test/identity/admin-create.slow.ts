/** `admin create`: how an installation gets its first admin. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { PASSWORD, startTestApi, type TestApi } from "../support/api.ts";
import { runCommand } from "../support/command.ts";

let api: TestApi;

test.before(async () => {
  api = await startTestApi();
});
test.after(() => api.stop());

const NAMES = ["--email", "boss@example.com", "--username", "boss", "--first-name", "Ada"];
const production = { NODE_ENV: "production" };

test("an admin is made with the password from standard input, in production too, and signs in", async () => {
  const ran = await runCommand(["admin", "create", ...NAMES], { environment: production, input: `${PASSWORD}\n` });
  assert.equal([ran.code, ran.stderr], [0, ""]);
  assert.match(ran.stdout, /^Made the admin boss \([0-9a-f-]{36}\)\.\n$/);
  assert.not.match(ran.stdout, PASSWORD);
  const { tokens, user } = await api.clients().identity.login({ login: "boss", password: PASSWORD });
  assert.is(user?.firstName, "Ada");
  const { identity } = api.clients({ token: tokens?.accessToken ?? "" });
  await identity.listUsers({});
  const { auditEvents } = await identity.listAuditEvents({ objectId: user?.id ?? "" });
  assert.equal(
    auditEvents.map(({ actorName, address, objectName }) => [actorName, address, objectName]),
    [["admin create", "", "boss"]],
  );
});

test("blanks around the names do not count, as in a request, and blanks alone are no name", async () => {
  const names = ["--email", " grace@example.com\u200B", "--username", "\u00A0grace ", "--first-name", "\u2003Grace "];
  const ran = await runCommand(["admin", "create", ...names], { input: PASSWORD });
  assert.equal([ran.code, ran.stderr], [0, ""]);
  assert.match(ran.stdout, /^Made the admin grace \(/);
  const { user } = await api.clients().identity.login({ login: "grace", password: PASSWORD });
  assert.equal([user?.email, user?.username, user?.firstName], ["grace@example.com", "grace", "Grace"]);
  const blank = await runCommand(["admin", "create", "--email", "a@example.com", "--username", " \u200B"], {
    input: PASSWORD,
  });
  assert.equal([blank.code, blank.stderr], [1, "--username is missing. Try --help.\n"]);
});

test("what Register refuses is refused here too, in a line that says why", async () => {
  const wrong: [string[], string, RegExp][] = [
    [NAMES, PASSWORD, /^The email boss@example.com is taken/],
    [["--email", "other@example.com", "--username", "Boss"], PASSWORD, /^The username Boss is taken/],
    [["--email", "no address", "--username", "x"], "short", /^email: .*\nusername: .*\npassword: /s],
    [
      ["--email", "weak@example.com", "--username", "weak"],
      "password123",
      /^password: is among the first that somebody would guess/,
    ],
    [["--email", "weak@example.com"], PASSWORD, /^--username is missing/],
    [["--email", "weak@example.com", "--username", "weak", "--password", PASSWORD], PASSWORD, /--password/],
  ];
  for (const [options, input, message] of wrong) {
    const { code, stderr } = await runCommand(["admin", "create", ...options], { input });
    assert.is(code, 1);
    assert.match(stderr, message);
    assert.not.match(stderr, "    at ");
  }
  assert.is((await runSql(api.database, "SELECT FROM identity.users WHERE role = 'ADMIN'")).length, 2);
});

test.run();
