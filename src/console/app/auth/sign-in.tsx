/** The sign-in. */
import { type FormEvent, useRef, useState } from "react";
import { trimmed } from "../../../platform/wire/trim.ts";
import { Trouble } from "../parts/states.tsx";
import { signIn } from "./session.ts";

export function SignIn() {
  const { login, submit, busy, failed } = useSignIn();
  return (
    <main className="door">
      <form className="card" onSubmit={(event) => void submit(event)}>
        <h1>Bodega console</h1>
        <div className="field">
          <label htmlFor="login">E-mail or username</label>
          <input ref={login} id="login" name="login" autoComplete="username" required maxLength={254} autoFocus />
        </div>
        <div className="field">
          <label htmlFor="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
            maxLength={1024}
          />
        </div>
        {failed === undefined ? null : <Trouble error={failed} />}
        <div className="actions">
          <button type="submit" className="primary" disabled={busy}>
            {busy ? "Signing in…" : "Sign in"}
          </button>
        </div>
      </form>
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
