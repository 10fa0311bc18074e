/** The sign-in: login and password, and a code where the account has a second factor. */
import { Button, Paper, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { trimmed } from "../../../platform/wire/trim.ts";
import { problemOf } from "../data/problem.ts";
import { Trouble } from "../parts/states.tsx";
import { giveCode, signIn } from "./session.ts";
import { words } from "../words/sign-in.ts";

export function SignIn() {
  const [mfaToken, setMfaToken] = useState<string>();
  const [ended, setEnded] = useState<unknown>();
  const beginAnew = (why: unknown) => {
    setEnded(why);
    setMfaToken(undefined);
  };
  return mfaToken === undefined ? (
    <PasswordForm ended={ended} onCode={setMfaToken} />
  ) : (
    <CodeForm mfaToken={mfaToken} onEnd={beginAnew} />
  );
}

/** @param props.ended why a sign-in that waited for its code is over */
function PasswordForm({ ended, onCode }: { ended: unknown; onCode: (mfaToken: string) => void }) {
  const login = useRef<HTMLInputElement>(null);
  const { send, ...state } = useSending(async (given) => {
    const mfaToken = await signIn(textOf(given, "login"), textOf(given, "password"));
    if (mfaToken !== undefined) onCode(mfaToken);
  }, ended);
  return (
    <Door
      {...state}
      send={(form) => {
        // The browser has let blanks pass as a login; without them it looks again.
        if (login.current !== null) login.current.value = trimmed(login.current.value);
        send(form);
      }}
    >
      <TextInput
        ref={login}
        id="login"
        name="login"
        label={words.login}
        autoComplete="username"
        required
        withAsterisk={false}
        maxLength={254}
        autoFocus
      />
      <TextInput
        name="password"
        label={words.password}
        type="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        maxLength={1024}
      />
    </Door>
  );
}

/** @param props.onEnd called when no code serves any more */
function CodeForm({ mfaToken, onEnd }: { mfaToken: string; onEnd: (why: unknown) => void }) {
  const state = useSending((given) =>
    giveCode(mfaToken, textOf(given, "code")).catch((error: unknown) => {
      if (problemOf(error).reason !== "INVALID_MFA_TOKEN") throw error;
      onEnd(error);
    }),
  );
  return (
    <Door {...state}>
      <TextInput
        name="code"
        label={words.code}
        description={words.codeHint}
        autoComplete="one-time-code"
        required
        withAsterisk={false}
        maxLength={64}
        autoFocus
      />
    </Door>
  );
}

interface Sending {
  send: (form: HTMLFormElement) => void;
  busy: boolean;
  failed: unknown;
}

function Door({ send, busy, failed, children }: Sending & { children: ReactNode }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    send(event.currentTarget);
  };
  return (
    <main className="door">
      <Paper component="form" p="lg" onSubmit={submit}>
        <Stack>
          <Title order={1}>{words.heading}</Title>
          {children}
          {failed === undefined ? null : <Trouble error={failed} />}
          <Button type="submit" loading={busy}>
            {words.signIn}
          </Button>
        </Stack>
      </Paper>
    </main>
  );
}

/** Sends what was typed, and keeps why that was refused. @param before why the one before was */
function useSending(work: (given: FormData) => Promise<void>, before?: unknown): Sending {
  const [failed, setFailed] = useState<unknown>(before);
  const [busy, setBusy] = useState(false);
  async function send(form: HTMLFormElement) {
    if (!form.reportValidity()) return;
    const given = new FormData(form);
    setBusy(true);
    setFailed(undefined);
    try {
      await work(given);
    } catch (error) {
      setFailed(error);
    }
    setBusy(false);
  }
  return { send: (form) => void send(form), busy, failed };
}

function textOf(given: FormData, name: string): string {
  return given
    .getAll(name)
    .filter((one) => typeof one === "string")
    .join("");
}
