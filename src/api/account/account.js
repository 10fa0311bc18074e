/** The script of the account's pages: takes the token out of the address, and sends it when a button is pressed. */

const token = new URLSearchParams(location.search).get("token") ?? "";
// Out of the history, of what is copied from the address bar, and of whatever else reads addresses.
history.replaceState(null, "", location.pathname);

const told = document.getElementById("told");
const reset = document.getElementById("reset");
const ask = document.getElementById("ask");
const verify = document.getElementById("verify");

if (reset !== null && ask !== null) {
  (token === "" ? ask : reset).hidden = false;
  const password = document.getElementById("password");
  const show = document.getElementById("show");
  show.addEventListener("change", () => {
    password.type = show.checked ? "text" : "password";
  });
  onSubmit(reset, async () => {
    await call("ResetPassword", { token, newPassword: password.value });
    done(reset, "Your password is changed. Sign in with the new one.");
  });
  onSubmit(ask, async () => {
    await call("RequestPasswordReset", { email: document.getElementById("email").value.trim() });
    done(ask, "If an account has this address, a mail is on its way to it. Its link serves for 30 minutes.");
  });
} else if (token === "") {
  say("This link is not complete. Open it from the mail once more.");
} else {
  verify.hidden = false;
  onSubmit(verify, async () => {
    const { user } = await call("VerifyEmail", { token });
    done(verify, `The address ${user.email} is confirmed.`);
  });
}

function onSubmit(form, send) {
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say("One moment…");
    send()
      .catch((error) => {
        if (error.reason === "VERIFICATION_TOKEN_INVALID") ended(form);
        else say(error.message);
      })
      .finally(() => {
        button.disabled = false;
      });
  });
}

async function call(method, message) {
  const url = `../bodega.identity.v1.IdentityService/${method}`;
  const headers = { "content-type": "application/json", "connect-protocol-version": "1" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(message) }).catch(() => {
    throw new Error("The shop cannot be reached. Try again in a moment.");
  });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const details = (body.details ?? []).map(({ debug }) => debug ?? {});
  const violation = details.flatMap(({ fieldViolations }) => fieldViolations ?? [])[0];
  const reason = details.find((detail) => detail.reason !== undefined)?.reason;
  const text = violation === undefined ? body.message : sentence(violation);
  throw Object.assign(new Error(text ?? "Something went wrong on our side. Try again in a moment."), { reason });
}

/** Such as "The password must have 10 to 128 characters." */
function sentence({ field, description }) {
  return `The ${field === "email" ? "address" : "password"} ${description}.`;
}

/** The link is of no use any more: a new password may be asked for anew here. */
function ended(form) {
  form.hidden = true;
  if (ask !== null) ask.hidden = false;
  say(
    `This link has been used, has ended, or is not the newest one. ${ask === null ? "Ask for another mail in the app." : "Ask for another mail:"}`,
  );
}

function done(form, text) {
  form.hidden = true;
  say(text);
}

function say(text) {
  told.textContent = text;
  told.focus();
}
