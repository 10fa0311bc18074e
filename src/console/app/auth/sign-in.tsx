/** The sign-in. */
import { Button, Paper, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { trimmed } from "../../../platform/wire/trim.ts";
import { Trouble } from "../parts/states.tsx";
import { signIn } from "./session.ts";

export function SignIn() {
  const { login, submit, busy, failed } = useSignIn();
  return (
    <main className="door">
      <Paper component="form" p="lg" onSubmit={(event: FormEvent<HTMLFormElement>) => void submit(event)}>
        <Stack>
          <Title order={1}>Bodega console</Title>
          <TextInput
            ref={login}
            id="login"
            name="login"
            label="E-mail or username"
            autoComplete="username"
            required
            withAsterisk={false}
            maxLength={254}
            autoFocus
          />
          <TextInput
            name="password"
            label="Password"
            type="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            maxLength={1024}
          />
          {failed === undefined ? null : <Trouble error={failed} />}
          <Button type="submit" loading={busy}>
            Sign in
          </Button>
        </Stack>
      </Paper>
    </main>
  );
}

/** What the form does: it sends what was typed, and keeps why that was refused. */
function useSignIn() {
  const [failed, setFailed] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const login = useRef<HTMLInputElement>(null);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    // The browser has let blanks pass as a login; without them it looks again.
    if (login.current !== null) login.current.value = trimmed(login.current.value);
    if (!event.currentTarget.reportValidity()) return;
    const given = new FormData(event.currentTarget);
    setBusy(true);
    setFailed(undefined);
    try {
      await signIn(textOf(given, "login"), textOf(given, "password"));
    } catch (error) {
      setFailed(error);
      setBusy(false);
    }
  }
  return { login, submit, busy, failed };
}

function textOf(given: FormData, name: string): string {
  return given
    .getAll(name)
    .filter((one) => typeof one === "string")
    .join("");
}
