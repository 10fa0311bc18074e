/** Which passwords are refused: too short or long, among the commonest, or the account's own name. */
import { Failure } from "../../../platform/errors/failure.ts";
import { COMMON_PASSWORDS } from "./common-passwords.ts";

/** NIST SP 800-63B asks for 8 at least; two more cost nobody anything. */
const MIN_LENGTH = 10;
const MAX_LENGTH = 128;

export interface Account {
  email: string;
  username: string;
}

/** @param field the request's field, which the refusal names. @throws Failure WEAK_PASSWORD */
export function refuseWeakPassword(password: string, account: Account, field = "password"): void {
  const description = weakness(password, account);
  if (description === undefined) return;
  throw new Failure("WEAK_PASSWORD", `${field}: ${description}.`, { violations: [{ field, description }] });
}

function weakness(password: string, { email, username }: Account): string | undefined {
  const { length } = Array.from(password);
  if (length < MIN_LENGTH || length > MAX_LENGTH) return `must have ${MIN_LENGTH} to ${MAX_LENGTH} characters`;
  const lower = password.toLowerCase();
  if (COMMON_PASSWORDS.has(lower)) return "is among the commonest passwords; choose one that nobody would guess";
  if (lower === email.toLowerCase() || lower === username.toLowerCase())
    return "must not be the e-mail address or the username";
  return undefined;
}
