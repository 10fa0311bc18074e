/** A second factor made by somebody else's authenticator: oathtool, from nothing but what EnrolTotp answers. */
import { execFileSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PASSWORD, startTestApi } from "../support/api.ts";
import { programPath } from "../support/program.ts";

test("the codes that oathtool makes of the answered URI turn a second factor on and sign in", async () => {
  const api = await startTestApi();
  try {
    const user = await api.signUp("CUSTOMER");
    const own = api.clients(user).identity;
    const { otpauthUri } = await own.enrolTotp({ currentPassword: PASSWORD });
    const { searchParams } = new URL(otpauthUri);
    const code = (when: string) =>
      execFileSync(programPath("oathtool", "oathtool"), [
        `--totp=${searchParams.get("algorithm")}`,
        `--digits=${searchParams.get("digits")}`,
        `--time-step-size=${searchParams.get("period")}s`,
        `--now=${when}`,
        "--base32",
        searchParams.get("secret") ?? "",
      ])
        .toString()
        .trim();
    await own.confirmTotp({ code: code("30 seconds ago") });
    const { mfaToken } = await api.clients().identity.login({ login: user.email, password: PASSWORD });
    const signedIn = await api.clients().identity.completeLogin({ mfaToken, code: code("now") });
    assert.is(signedIn.user?.id, user.id);
  } finally {
    await api.stop();
  }
});

test.run();
