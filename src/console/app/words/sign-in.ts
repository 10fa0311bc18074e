/** The words of the sign-in, and for an account that may not come in. */
export const words = {
  heading: "Bodega console",
  login: "E-mail or username",
  password: "Password",
  code: "Code",
  codeHint: "Six digits of your authenticator app, or a recovery code",
  signIn: "Sign in",
  keptOut: "Not for this account",
  keptOutText: (username: string) =>
    `${username} is signed in, and may not administer the shop. Sign in with an administrator’s account.`,
};
